"""Duplicates: a repeat, a conflict, or new; in little memory; forgotten when their time is over; restored from rows."""

import sys
import tracemalloc
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine import duplicates
from stream.engine.duplicates import HOUR, Duplicates, Index, Seen, identity

MINUTE = HOUR // 60
HORIZONS = [HOUR, 35 * 24 * HOUR]
LONG_AGO = -(1 << 62)
TEXT = st.text("ab,1 é", max_size=4)


class Door:
    """Looks events up as the intake does."""

    def __init__(self, rows=None):
        self.rows = {} if rows is None else rows
        self.index = Duplicates(self.rows, HORIZONS)

    def see(self, event, content=b"", *, topic=0, at=0):
        hashed, check = identity("key", "source", event), crc32(content)
        bucket, fresh = self.index.bucket(topic, (at + HORIZONS[topic]) // HOUR)
        value = check << 32 | bucket
        known = self.index.put(hashed, value)
        seen = Seen.NEW if known is None else self.index.judge(known, hashed, value)
        if seen is Seen.NEW:
            fresh.append(hashed << 32 | check)
        return seen

    def settle(self, *watermarks):
        self.index.settle([*watermarks, LONG_AGO][:2] if watermarks else [LONG_AGO, LONG_AGO])

    def again(self):
        self.settle()
        return Door(dict(self.rows))


def test_what_was_not_seen_is_new():
    assert Door().see("e1") is Seen.NEW


def test_the_same_bytes_again_are_a_repeat():
    door = Door()
    door.see("e1", b"a")

    assert door.see("e1", b"a") is Seen.REPEATED


@pytest.mark.parametrize("settled", [False, True])
def test_what_was_not_counted_after_all_is_new_again_also_after_a_restart(settled):
    door = Door()
    door.see("e1")
    door.see("e2")
    door = door.again() if settled else door

    door.index.forget(identity("key", "source", "e1"))
    door.index.forget(identity("key", "source", "never seen"))

    again = door.again()
    assert (again.see("e1"), again.see("e2")) == (Seen.NEW, Seen.REPEATED)
    assert (door.see("e1"), door.see("e2"), door.see("e1")) == (Seen.NEW, Seen.REPEATED, Seen.REPEATED)


def test_other_bytes_under_the_same_identity_are_a_conflict():
    door = Door()
    door.see("e1", b"a")

    assert door.see("e1", b"b") is Seen.CONFLICTING


def test_after_a_conflict_the_first_still_counts():
    door = Door()
    door.see("e1", b"a")
    door.see("e1", b"b")

    assert door.see("e1", b"a") is Seen.REPEATED


def test_one_identity_is_one_over_all_topics():
    door = Door()
    door.see("e1", b"a", topic=0)

    assert door.see("e1", b"a", topic=1) is Seen.REPEATED


@given(st.tuples(TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT))
def test_an_identity_is_its_three_parts(one, other):
    assert (identity(*one) == identity(*other)) == (one == other)


def test_an_identity_has_64_bits():
    assert all(0 <= identity("k", "s", str(number)) < 2**64 for number in range(100))


def test_an_identity_stays_the_same_over_versions():
    """It stands in rows that were written by the version before."""
    assert identity("acme", "web", "e1") == 12288166915813334532


def test_within_its_horizon_an_event_is_remembered():
    door = Door()
    door.see("e1", at=0)
    door.settle(HOUR - 1)

    assert door.see("e1", at=HOUR - 1) is Seen.REPEATED


def test_after_its_hour_an_event_is_forgotten():
    door = Door()
    door.see("e1", at=0)
    door.settle(3 * HOUR)

    assert door.see("e1", at=3 * HOUR) is Seen.NEW


def test_an_event_that_came_back_after_its_hour_is_remembered_anew():
    door = Door()
    door.see("e1", at=0)
    door.settle(3 * HOUR)
    door.see("e1", at=3 * HOUR)

    assert door.see("e1", at=3 * HOUR) is Seen.REPEATED


def test_an_event_from_before_1970_is_remembered():
    door = Door()
    door.see("e1", at=-100_000 * HOUR)

    assert door.see("e1", at=-100_000 * HOUR) is Seen.REPEATED


def test_an_event_from_before_1970_is_forgotten_once_that_is_over():
    door = Door()
    door.see("e1", at=-100_000 * HOUR)
    door.settle(2 * HOUR)

    assert door.see("e1", at=2 * HOUR) is Seen.NEW


def test_each_topic_forgets_by_its_own_watermark():
    door = Door()
    door.see("e1", topic=1, at=0)
    door.index.settle([1_000 * HOUR, 0])

    assert door.see("e1", topic=1, at=HOUR) is Seen.REPEATED


def test_rows_of_an_hour_that_is_over_are_gone():
    door = Door()
    door.see("e1", at=0)
    door.settle()
    door.settle(3 * HOUR)

    assert door.rows == {}


def test_what_is_forgotten_leaves_the_memory():
    door = Door()
    for number in range(10_000):
        door.see(str(number), at=0)
    door.settle()
    for _ in range(20):
        door.settle(3 * HOUR)

    assert len(door.index) == 0


def test_forgetting_some_forgets_no_others():
    door = Door()
    for number in range(5_000):
        door.see(str(number), at=number % 2 * 3 * HOUR)
    for _ in range(20):
        door.settle(3 * HOUR)

    assert {door.see(str(number), at=3 * HOUR) for number in range(1, 5_000, 2)} == {Seen.REPEATED}


def test_after_a_restart_a_repeat_is_a_repeat():
    door = Door()
    door.see("e1", b"a")

    assert door.again().see("e1", b"a") is Seen.REPEATED


def test_after_a_restart_a_conflict_is_a_conflict():
    door = Door()
    door.see("e1", b"a")

    assert door.again().see("e1", b"b") is Seen.CONFLICTING


def test_after_a_restart_the_memory_is_as_before():
    door = Door()
    for number in range(10_000):
        door.see(str(number))
    door.settle()

    assert door.again().index.memory() == pytest.approx(door.index.memory(), rel=0.05)


def test_after_a_restart_events_are_forgotten_as_before():
    door = Door()
    door.see("e1", at=0)
    again = door.again()
    again.settle(3 * HOUR)

    assert (again.rows, again.see("e1", at=3 * HOUR)) == ({}, Seen.NEW)


def test_a_settlement_writes_one_row_an_hour_not_a_row_an_event():
    door = Door()
    for number in range(1_000):
        door.see(str(number), at=number % 3 * HOUR)
    door.settle()

    assert len(door.rows) == 3


def test_a_settlement_leaves_earlier_rows_alone():
    door = Door()
    door.see("e1")
    door.settle()
    before = dict(door.rows)
    door.see("e2")
    door.settle()

    assert before.items() <= door.rows.items()


def test_a_row_has_an_upper_size(monkeypatch):
    monkeypatch.setattr(duplicates, "IDS_A_ROW", 10)
    door = Door()
    for number in range(25):
        door.see(str(number))
    door.settle()

    assert sorted(map(len, door.rows.values())) == [5 * 12, 10 * 12, 10 * 12]


def test_an_id_takes_less_than_32_bytes_of_memory_at_every_size():
    door, most = Door(), 0
    of_identities = tracemalloc.Filter(inclusive=True, filename_pattern=duplicates.__file__)  # whatever else runs here
    tracemalloc.start()
    for batch in range(40):
        for number in range(1_000):
            door.see(f"{batch},{number}")
        door.settle()
        rows = sum(map(sys.getsizeof, door.rows.values()))
        if batch % 3 == 0:  # to look takes longer than all else
            held = tracemalloc.take_snapshot().filter_traces([of_identities]).statistics("filename")
            most = max(most, (sum(one.size for one in held) - rows) / len(door.index))
    tracemalloc.stop()

    assert most < 32


def test_an_id_takes_12_bytes_of_a_row():
    door = Door()
    for number in range(1_000):
        door.see(str(number))
    door.settle()

    assert sum(map(len, door.rows.values())) == 12_000


def test_the_memory_that_is_reported_is_that_of_the_arrays():
    door = Door()
    for number in range(10_000):
        door.see(str(number))
    door.settle()
    arrays = [*door.index._index._hashes, *door.index._index._values]

    assert door.index.memory() == pytest.approx(sum(map(sys.getsizeof, arrays)), rel=0.1)


@given(st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=60), st.integers(0, 60), st.integers(1, 4))
def test_an_index_is_a_map_however_it_is_filled(hashes, at_once, cell):
    index = Index()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_CELL", cell)
        known = [(hashed, value) for value, hashed in enumerate(hashes)]
        index.fill(known[:at_once], len(known[:at_once]))
        for hashed, value in known[at_once:]:
            index.put(hashed, value)
            index.grew(1)

    assert index.size == len(hashes)
    assert [index.put(hashed, -1) for hashed in hashes] == list(range(len(hashes)))


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("see"), st.integers(0, 5), st.integers(0, 1), st.integers(0, 1), st.integers(0, 6)),
            st.tuples(st.just("settle"), st.integers(0, 8), st.integers(0, 900)),
            st.tuples(st.just("restart")),
        ),
        max_size=30,
    )
)
def test_any_course_agrees_with_a_plain_dictionary(course):
    door, known, passed = Door(), {}, [LONG_AGO, LONG_AGO]
    for what, *values in course:
        if what == "restart":
            door = door.again()
        elif what == "settle":
            passed = [max(one, hours * HOUR) for one, hours in zip(passed, values, strict=True)]
            door.settle(*passed)
            known = {
                event: (content, topic, hour)
                for event, (content, topic, hour) in known.items()
                if hour + 1 >= passed[topic] // HOUR
            }
        else:
            event, content, topic, hours = values
            hour = (hours * HOUR + HORIZONS[topic]) // HOUR
            expected = Seen.NEW
            if event in known:
                expected = Seen.REPEATED if known[event][0] == content else Seen.CONFLICTING
            else:
                known[event] = (content, topic, hour)

            assert door.see(str(event), bytes([content]), topic=topic, at=hours * HOUR) is expected
