"""Totals of partitions add up, in whatever order and parts they come."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stream.engine.merge import MergedTotals

SEGMENTS = st.sampled_from(["all", "plan=pro"])
WINDOWS = st.sampled_from(["5m", "30d", "now"])
TOTALS = st.dictionaries(st.sampled_from(["events", "mrr", "uses:a"]), st.integers(-3, 3), max_size=3)
WRITES = st.lists(st.tuples(st.integers(0, 2), st.tuples(SEGMENTS, WINDOWS, st.integers(0, 1)), TOTALS), max_size=12)


def merged(writes):
    found = MergedTotals()
    for partition, part, total in writes:
        found.put(partition, [(part, total)])
    return {segment: {w: dict(t) for w, t in found.of(segment).items() if t} for segment in ("all", "plan=pro")}


def last_of_each(writes):
    return [(*where, total) for where, total in {(partition, part): total for partition, part, total in writes}.items()]


@given(WRITES)
def test_totals_are_the_sums_of_what_partitions_wrote_last(writes):
    expected = {"all": {}, "plan=pro": {}}
    for _, (segment, window, _), total in last_of_each(writes):
        expected[segment].setdefault(window, Counter()).update(total)
    for windows in expected.values():
        for window, total in list(windows.items()):
            windows[window] = {key: count for key, count in total.items() if count}
            if not windows[window]:
                del windows[window]

    assert merged(writes) == expected


@given(st.data(), WRITES)
def test_the_order_of_partitions_changes_nothing(data, writes):
    last = last_of_each(writes)

    assert merged(data.draw(st.permutations(last))) == merged(writes)


@given(WRITES)
def test_what_is_written_again_counts_once(writes):
    assert merged([*writes, *last_of_each(writes)]) == merged(writes)


@given(WRITES)
def test_a_counter_that_adds_up_to_nothing_is_not_there(writes):
    assert 0 not in [
        count for windows in merged(writes).values() for total in windows.values() for count in total.values()
    ]


def test_a_copy_goes_its_own_way():
    found = MergedTotals()
    found.put(0, [(("all", "5m", 0), {"events": 1})])
    other = found.copy()
    other.put(0, [(("all", "5m", 0), {"events": 5})])

    assert (found.of("all"), other.of("all")) == ({"5m": {"events": 1}}, {"5m": {"events": 5}})


def test_a_segment_never_seen_has_no_totals():
    assert MergedTotals().of("plan=nobody") == {}


def ranked(**events):
    found = MergedTotals()
    for name, count in events.items():
        found.put(0, [((f"plan={name}", "30d", 0), {"events": count})])
    return found.segments()


def test_all_is_always_published():
    assert ranked() == ["all"]


def test_a_hundred_segments_of_a_dimension_are_published():
    assert len(ranked(**{f"p{number}": 1 for number in range(150)})) == 101


def test_those_with_the_most_events_in_30_days_are_published():
    assert "plan=small" not in ranked(small=1, **{f"p{number}": 2 for number in range(100)})


def test_of_equals_the_first_by_name_are_published():
    assert ranked(**{f"p{number:03}": 1 for number in range(101)}) == ["all", *(f"plan=p{n:03}" for n in range(100))]


def test_each_dimension_has_a_hundred_of_its_own():
    found = MergedTotals()
    for number in range(101):
        for dimension in ("plan", "country"):
            found.put(0, [((f"{dimension}={number}", "30d", 0), {"events": 1})])

    assert len(found.segments()) == 201


LEAST = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([None, 3, 5, 8])), max_size=8)


@given(LEAST)
def test_of_a_gauge_that_is_no_sum_the_smallest_counts(writes):
    writes = [(partition, ("all", "now", 0), {"least_x": n} if n else {}) for partition, n in writes]
    there = [total["least_x"] for *_, total in last_of_each(writes) if total]

    assert merged(writes)["all"] == ({"now": {"least_x": min(there)}} if there else {})


def test_a_copy_keeps_the_smallest_apart():
    totals = MergedTotals()
    totals.put(0, [(("all", "now", 0), {"least_x": 5})])
    copy = totals.copy()
    copy.put(1, [(("all", "now", 0), {"least_x": 3})])

    assert totals.of("all")["now"] == {"least_x": 5}
    assert copy.of("all")["now"] == {"least_x": 3}


def test_a_segment_reads_the_first_usage_of_all_and_no_other_minimum():
    totals = MergedTotals()
    totals.put(0, [(("all", "now", 0), {"least_x": 5, "least_first_usage": 7}), (("plan=pro", "now", 0), {"mrr": 1})])

    assert totals.of("plan=pro")["now"] == {"mrr": 1, "least_first_usage": 7}
