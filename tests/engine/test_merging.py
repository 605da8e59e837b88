"""The merge in time: published is what all partitions have reached, judged is every instant of the grid, once.

partition 0   ── 100 ── 101 ────────── 103
partition 1   ── 100 ────────── 102 ── 103
published        100                   103
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine.definitions import Definitions
from stream.engine.intake import Counts
from stream.engine.merging import Merging, Published
from stream.engine.partition import Tick

RULE = {"name": "busy", "value": "events.5m", "above": 10}
DEFINITIONS = Definitions.model_validate({"rules": [RULE], "alerting": {"interval": "10s"}})


class Merge:
    """A merge, and partitions that write to it."""

    def __init__(self, partitions=2, definitions=DEFINITIONS):
        self.published = Published(origin=1)
        self.states = {}
        self.merging = Merging(definitions, partitions, self.published, self.states)
        self.offset = 0

    def write(self, partition, as_of, total=None, *, segment="all", segments=False, **counts):
        if total is not None:
            self.merging.put_total(partition, (segment, "5m", 0), {"events": total})
        self.offset += 1
        self.merging.put_tick(partition, Tick(as_of, segments, {}, Counts(**counts)), self.offset)
        return self

    def publish(self):
        return self.merging.publish()

    def events(self):
        found = self.publish()
        return None if found is None else (found.as_of, found.snapshots["all"]["values"]["events.5m"])


def test_nothing_is_published_before_every_partition_has_come():
    assert Merge().write(0, 100, 1).publish() is None


def test_what_all_have_reached_is_published():
    assert Merge().write(0, 100, 1).write(1, 100, 2).events() == (100, 3)


def test_of_several_instants_the_newest_is_published():
    merge = Merge().write(0, 100, 1).write(0, 103, 5).write(1, 100, 1).write(1, 103, 6)

    assert merge.events() == (103, 11)


def test_what_only_some_have_reached_waits():
    merge = Merge().write(0, 100, 1).write(1, 100, 2).write(0, 101, 50)

    assert merge.events() == (100, 3)


def test_what_a_partition_did_not_write_is_unchanged():
    merge = Merge().write(0, 100, 1).write(1, 100, 2)
    merge.publish()

    assert merge.write(0, 101, 5).write(1, 101).events() == (101, 7)


def test_a_publication_is_complete():
    assert Merge().write(0, 100, 1).write(1, 100, 2).publish().complete


def test_nothing_new_is_nothing_to_publish():
    merge = Merge(1).write(0, 100, 1)
    merge.publish()

    assert merge.publish() is None


def test_what_only_one_has_reached_is_nothing_new_to_publish():
    merge = Merge().write(0, 100, 1).write(1, 100, 2)
    merge.publish()

    assert merge.write(0, 101, 5).publish() is None


def test_an_instant_that_late_events_changed_is_published_again():
    merge = Merge().write(0, 100, 1).write(1, 100, 2)
    merge.publish()

    assert merge.write(0, 100, 5).events() == (100, 7)


def test_every_publication_has_a_higher_revision():
    merge = Merge(1)
    revisions = [merge.write(0, as_of, 1).publish().snapshots["all"]["revision"] for as_of in (100, 100, 101, 105)]

    assert revisions == [1, 2, 3, 4]


def test_all_alone_is_published_where_segments_were_not_written():
    found = Merge(1).write(0, 100, 1, segment="plan=pro").publish()

    assert (list(found.snapshots), found.segments) == (["all"], None)


def test_every_segment_is_published_where_all_partitions_wrote_them():
    merge = Merge().write(0, 100, 1, segment="plan=pro", segments=True).write(1, 100, 1, segments=True)
    found = merge.publish()

    assert (list(found.snapshots), found.segments) == (["all", "plan=pro"], ["all", "plan=pro"])


def test_counts_are_those_of_all_partitions():
    found = Merge().write(0, 100, 1, events=3, late=1).write(1, 100, 1, events=4, dead_letters=2).publish()

    assert {name: n for name, n in found.snapshots["all"]["counts"].items() if n} == {
        "events": 7,
        "late": 1,
        "dead_letters": 2,
    }


def test_what_there_is_is_published_as_incomplete_where_a_partition_stands_still():
    merge = Merge().write(0, 100, 1)
    found = merge.merging.publish_incomplete()

    assert (found.as_of, found.complete, found.snapshots["all"]["values"]["events.5m"]) == (100, False, 1)


def test_the_same_is_not_published_twice_as_incomplete():
    merge = Merge().write(0, 100, 1)
    merge.merging.publish_incomplete()

    assert merge.merging.publish_incomplete() is None


def test_what_was_published_as_incomplete_still_counts_once():
    merge = Merge().write(0, 100, 1)
    merge.merging.publish_incomplete()

    assert merge.write(1, 100, 2).events() == (100, 3)


def test_readers_never_go_back_in_time():
    merge = Merge().write(0, 100, 1).write(0, 105, 5)
    merge.merging.publish_incomplete()
    found = merge.write(1, 100, 2).publish()

    assert (found.as_of, found.snapshots) == (100, {})


@pytest.mark.parametrize("partitions", [1, 2])
def test_offsets_are_those_after_the_last_tick_that_was_published(partitions):
    merge = Merge(partitions)
    for as_of in (100, 101):
        for partition in range(partitions):
            merge.write(partition, as_of, 1)
    merge.publish()
    merge.write(0, 102, 9)
    if partitions == 1:
        merge.publish()

    assert merge.merging.offsets() == ({0: 3} if partitions == 1 else {0: 3, 1: 4})


def judged(merge):
    found = merge.publish()
    return [(one.alert.status, int(one.alert.as_of.timestamp())) for one in found.alerts] if found else []


def test_every_instant_of_the_grid_is_judged_in_order_on_the_values_as_of_then():
    merge = Merge(1)
    for as_of, events in [(100, 0), (110, 20), (120, 0), (130, 20), (131, 0)]:
        merge.write(0, as_of, events)

    assert judged(merge) == [("firing", 110), ("resolved", 120), ("firing", 130)]


def test_what_is_not_on_the_grid_is_not_judged():
    assert judged(Merge(1).write(0, 101, 20)) == []


def test_an_instant_is_judged_once_though_late_events_change_it():
    merge = Merge(1).write(0, 100, 20)
    first = judged(merge)

    assert (first, judged(merge.write(0, 100, 0))) == ([("firing", 100)], [])


def test_nothing_is_judged_that_not_all_have_reached():
    merge = Merge().write(0, 100, 20)

    assert merge.merging.publish_incomplete().alerts == []


def test_what_was_published_as_incomplete_is_judged_when_all_have_reached_it():
    merge = Merge().write(0, 100, 20)
    merge.merging.publish_incomplete()

    assert judged(merge.write(1, 100, 0)) == [("firing", 100)]


def test_a_partition_far_ahead_loses_no_instant_of_the_grid():
    merge = Merge()
    for as_of in range(100, 200):
        merge.write(0, as_of, 20 if as_of < 150 else 0)
    for as_of in (100, 110, 150):
        merge.write(1, as_of, 0)

    assert judged(merge) == [("firing", 100), ("resolved", 150)]


def test_a_partition_far_ahead_is_kept_in_few_ticks():
    merge = Merge()
    for as_of in range(100, 1_100):
        merge.write(0, as_of, 1)

    assert len(merge.merging._waiting[0].ticks) <= 120


def test_where_nothing_is_judged_a_partition_far_ahead_is_kept_in_fewer():
    merge = Merge(2, Definitions())
    for as_of in range(100, 1_100):
        merge.write(0, as_of, 1)

    assert len(merge.merging._waiting[0].ticks) <= 20


def test_what_is_folded_is_not_lost():
    merge = Merge(2, Definitions())
    merge.write(0, 99, 7, segment="plan=pro", segments=True)
    for as_of in range(100, 200):
        merge.write(0, as_of, as_of)
    merge.write(1, 199, 0, segments=True)
    merge.publish()

    assert merge.merging._totals.of("plan=pro") == {"5m": {"events": 7}}


def test_after_a_restart_it_goes_on_where_it_was():
    merge = Merge(1)
    merge.write(0, 100, 3).publish()
    again = Merge(1)
    again.published.reached = again.published.as_of = 100
    again.merging.restored(0, [(("all", "5m", 0), {"events": 3})], Tick(100, False, {}, Counts(events=3)), 1)

    assert (again.merging.offsets(), again.write(0, 101).events()) == (merge.merging.offsets(), (101, 3))


COURSES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20)), max_size=4).map(
    lambda steps: sorted(dict(steps).items())
)


@given(st.data(), COURSES, COURSES)
def test_how_partitions_interleave_changes_neither_values_nor_alerts(data, one, other):
    """Both end at 40, and come to the same instants of the grid."""
    grid = [(as_of, 1) for as_of in (10, 20, 30, 40)]
    courses = [sorted(dict([*grid, *course]).items()) for course in (one, other)]
    turns = [0] * len(courses[0]) + [1] * len(courses[1])

    def run(order):
        merge, places, alerts, last = Merge(), [0, 0], [], None
        for partition in order:
            as_of, events = courses[partition][places[partition]]
            places[partition] += 1
            found = merge.write(partition, 100 + as_of, events).publish()
            if found is not None:
                last = found.snapshots["all"]["values"]
                alerts += [(one.alert.status, one.alert.as_of) for one in found.alerts]
        return last, alerts

    assert run(data.draw(st.permutations(turns))) == run(turns)
