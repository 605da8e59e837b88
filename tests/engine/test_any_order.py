"""Any order, duplicates, any partitioning, restarts anywhere: the same values, to the last integer."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, PATIENT, Worker, definitions_of, replayed
from worlds import (
    DAY,
    HOUR,
    NOW,
    SEGMENTS,
    answer,
    beats,
    browsing,
    growth,
    money,
    subscription,
    ticket,
    uptime,
    usage,
    worlds,
)

from schemas.times import parse_time

KINDS = st.one_of(usage(), usage(), subscription(), money(), uptime(), answer(), ticket(), growth())
STEPS = st.sampled_from(["advance", "advance, restart", "restart", ""])
STOPS = [NOW - 40 * DAY, NOW - 8 * DAY, NOW - DAY - 1, NOW - 12 * HOUR, NOW - 3_600, NOW - 60, NOW]


def batches(events):
    """Events in their order, cut into a few batches; some may be empty."""
    cuts = st.lists(st.integers(0, len(events)), min_size=2, max_size=6).map(sorted)
    return cuts.map(lambda found: [events[start:end] for start, end in pairwise([0, *found, len(events)])])


@st.composite
def courses(draw, events):
    """Batches that hold all events, in some order and some of them twice, with what happens after each."""
    order = draw(st.permutations(events))
    repeats = draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    order = draw(st.permutations([*order, *repeats])) if repeats else order
    return [(batch, draw(STEPS), draw(st.sampled_from(STOPS))) for batch in draw(batches(order))]


def run(worker, course):
    reached = 0
    for events, steps, stop in course:
        worker.take(events)
        reached = max(reached, stop)
        for step in filter(None, steps.split(", ")):
            worker.restart() if step == "restart" else getattr(worker, step)(reached)
    worker.advance(NOW)


def differences(worker, events, segment, definitions):
    expected = replayed(events, [NOW], segment, definitions)[NOW]
    said = worker.values(segment)
    names = expected.values.keys() | said.values.keys()
    return {
        n: (said.values.get(n), expected.values.get(n)) for n in names if said.values.get(n) != expected.values.get(n)
    }


@given(st.data(), worlds(KINDS, most=30), st.integers(1, 3), SEGMENTS)
def test_order_duplicates_partitions_and_restarts_change_nothing(data, events, partitions, segment):
    definitions = definitions_of(CONFIG | PATIENT)
    worker = Worker(definitions, partitions)
    run(worker, data.draw(courses(events)))

    assert not worker.refused
    assert not differences(worker, events, segment, definitions)
    counts = [engine.progress.counts for engine in worker.engines]
    assert sum(one.events + one.excluded for one in counts) == len(events)


@given(st.data(), worlds(st.one_of(answer(), ticket(), ticket(), subscription()), most=30), st.integers(1, 3), SEGMENTS)
def test_nor_do_they_change_what_customers_say(data, events, partitions, segment):
    definitions = definitions_of(CONFIG | PATIENT)
    worker = Worker(definitions, partitions)
    run(worker, data.draw(courses(events)))

    assert not worker.refused
    assert not differences(worker, events, segment, definitions)


@given(st.data(), worlds(browsing(), least=10, instants=beats()), st.integers(1, 2), SEGMENTS)
def test_nor_do_they_change_how_long_pages_are_looked_at(data, events, partitions, segment):
    definitions = definitions_of(CONFIG | PATIENT)
    worker = Worker(definitions, partitions)
    run(worker, data.draw(courses(events)))

    assert not worker.refused
    assert not differences(worker, events, segment, definitions)


@given(
    st.data(),
    st.one_of(worlds(usage(), most=40), worlds(browsing(), least=10, instants=beats())),
    st.integers(1, 2),
    SEGMENTS,
)
def test_state_that_no_event_can_reach_leaves_without_a_trace(data, events, partitions, segment):
    """Events up to the grace late, so that sessions are let go of on the way; some wait long for their time to come."""
    delays = data.draw(st.lists(st.integers(0, 3_500), min_size=len(events), max_size=len(events)))
    arrival = [parse_time(event["time"]) // 1_000_000 + delay for event, delay in zip(events, delays, strict=True)]
    events = [event for _, event in sorted(zip(arrival, events, strict=True), key=lambda pair: pair[0])]
    definitions = definitions_of(CONFIG)
    worker = Worker(definitions, partitions)
    course, seconds = [], []
    for batch in data.draw(batches(events)):
        seconds += [parse_time(event["time"]) // 1_000_000 for event in batch]
        stop = data.draw(st.sampled_from([max(seconds), *seconds])) if seconds else 0
        course.append((batch, data.draw(STEPS), min(NOW, stop + 1)))
    run(worker, course)

    assert not worker.refused
    assert not differences(worker, events, segment, definitions)
