"""Events ahead of `as_of` wait as state, and come in the order of time when it has passed."""

import json

from hypothesis import given
from hypothesis import strategies as st
from worlds import text

from stream.engine.decoding import decode
from stream.engine.waiting import ROW_BYTES, TABLE, Waiting
from stream.runtime.tables import Codec

SECOND = 1_000_000
NOW = 1_795_341_600


def applied(number, at, size=0):
    data = {
        "id": f"e{number}",
        "source": "web",
        "type": "usage.tracked",
        "time": text(at),
        "account_id": "acme",
        "user_id": "ann",
        "name": "n",
        "attributes": {"text": "x" * size},
    }
    line = json.dumps(data).encode()
    return (at, "acme", decode(line)[1], line)


def ids(batches):
    return [event.id for events in batches for _, _, event, _ in events]


def holding(*ats, rows=None):
    waiting = Waiting({} if rows is None else rows)
    for number, at in enumerate(ats):
        waiting.hold(applied(number, at))
    return waiting


def test_nothing_is_due_before_its_second_has_passed():
    assert ids(holding(NOW * SECOND).due(NOW)) == []


def test_an_event_is_due_once_its_second_has_passed():
    assert ids(holding(NOW * SECOND + 999_999).due(NOW + 1)) == ["e0"]


def test_events_come_second_by_second():
    waiting = holding((NOW + 2) * SECOND, NOW * SECOND, (NOW + 1) * SECOND)

    assert ids(waiting.due(NOW + 3)) == ["e1", "e2", "e0"]


def test_what_was_due_does_not_wait_any_more():
    waiting = holding(NOW * SECOND, (NOW + 5) * SECOND)
    list(waiting.due(NOW + 1))

    assert (waiting.size, waiting.next()) == (1, NOW + 5)


def test_when_nothing_waits_there_is_no_next():
    assert holding().next() is None


def test_a_row_holds_a_second():
    rows = {}
    holding(NOW * SECOND, NOW * SECOND + 5, (NOW + 1) * SECOND, rows=rows).settle()

    assert {second: len(row) for second, row in rows.items()} == {NOW: 2, NOW + 1: 1}


def test_a_row_goes_when_its_second_has_passed():
    rows = {}
    waiting = holding(NOW * SECOND, (NOW + 1) * SECOND, rows=rows)
    waiting.settle()
    list(waiting.due(NOW + 1))
    waiting.settle()

    assert list(rows) == [NOW + 1]


def test_what_waits_no_longer_than_a_checkpoint_is_never_written():
    rows = {}
    waiting = holding(NOW * SECOND, rows=rows)
    list(waiting.due(NOW + 1))
    waiting.settle()

    assert rows == {}


@given(st.lists(st.integers(0, 5 * SECOND), max_size=8), st.integers(0, 6))
def test_a_restart_changes_nothing(offsets, passed):
    rows = {}
    waiting = holding(*(NOW * SECOND + offset for offset in offsets), rows=rows)
    list(waiting.due(NOW + passed // 2))
    waiting.settle()
    again = Waiting(dict(rows))

    assert (again.size, list(again.due(NOW + passed))) == (waiting.size, list(waiting.due(NOW + passed)))


def test_a_second_with_much_to_hold_has_several_rows_and_only_the_last_is_written_again():
    rows = {}
    waiting = Waiting(rows)
    for number in range(8):
        waiting.hold(applied(number, NOW * SECOND, ROW_BYTES // 3))
    waiting.settle()
    keys = [NOW, (NOW, 1), (NOW, 2)]
    assert [len(rows[key]) for key in keys] == [3, 3, 2]

    rows.clear()
    waiting.hold(applied(8, NOW * SECOND))
    waiting.settle()
    assert list(rows) == [(NOW, 2)]


def test_the_rows_of_a_second_go_together_and_bytes_are_counted():
    rows = {}
    waiting = Waiting(rows)
    for number in range(8):
        waiting.hold(applied(number, (NOW + number % 2) * SECOND, ROW_BYTES))
    waiting.settle()
    assert waiting.bytes > 8 * ROW_BYTES
    again = Waiting(dict(rows))
    assert (again.bytes, again.size) == (waiting.bytes, 8)

    assert ids(waiting.due(NOW + 1)) == ["e0", "e2", "e4", "e6"]
    waiting.settle()
    assert sorted(rows, key=str) == sorted([NOW + 1, *((NOW + 1, part) for part in (1, 2, 3))], key=str)
    list(waiting.due(NOW + 2))
    waiting.settle()
    assert (rows, waiting.bytes, waiting.size) == ({}, 0, 0)


def test_a_row_of_the_version_before_goes_on_in_a_row_of_its_own():
    """It held a whole second, however large that was."""
    held = [applied(number, NOW * SECOND, ROW_BYTES) for number in range(3)]
    rows = {NOW: [(key, data) for _, key, _, data in held]}
    waiting = Waiting(rows)
    waiting.hold(applied(3, NOW * SECOND))
    waiting.settle()

    assert [(key, len(row)) for key, row in rows.items()] == [(NOW, 3), ((NOW, 1), 1)]
    assert ids(Waiting(written_and_read_alone(rows)).due(NOW + 1)) == ["e0", "e1", "e2", "e3"]


def written_and_read_alone(rows):
    codec, found = Codec(TABLE), {}
    for key, row in rows.items():
        written, value = codec.write(key, row)
        found[codec.read_key(written.partition(b"\0")[2])] = codec.read_row(value)
    return found


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0, ROW_BYTES // 2, ROW_BYTES]), st.booleans()), max_size=12),
    st.integers(0, 3),
)
def test_a_restart_changes_nothing_however_large_events_are(held, passed):
    rows = {}
    waiting, straight = Waiting(rows), Waiting({})
    for number, (second, size, restarted) in enumerate(held):
        for one in (waiting, straight):
            one.hold(applied(number, (NOW + second) * SECOND, size))
        waiting.settle()
        if restarted:
            rows = written_and_read_alone(rows)
            waiting = Waiting(rows)

    assert [*waiting.due(NOW + passed)] == [*straight.due(NOW + passed)]
    assert (waiting.size, waiting.bytes) == (straight.size, straight.bytes)
