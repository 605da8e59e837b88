"""Totals of every window are the sums of the facts in it, whenever those come and wherever a restart falls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sums import DISTINCT, FLOWS, OPEN, PEOPLE, PERIODS, ROLLING, SEEN, SIZES, USES, VISITS, Bench, Fact, bounds
from worlds import DAY, EDGES, NOW

from stream.engine.calendar import GRAINS, Calendar
from stream.engine.counters import CellsOf, LabelledCells, packed, unpacked
from stream.engine.facts import Dating

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Asia/Kathmandu"])
AGES = st.builds(
    lambda edge, jitter: max(1, edge + jitter),
    st.sampled_from(EDGES),
    st.one_of(st.integers(-2, 2), st.integers(-4_000, 4_000)),
)
STEPS = st.sampled_from([1, 7, 10, 299, 300, 3_600, 5_000, DAY, 8 * DAY, 31 * DAY, 70 * DAY])
AFTERWARDS = st.sampled_from(["flush", "flush, restart"])
HOWS = st.sampled_from(["settled", "settled", "dated", "moving", "period", "span", "gauge"])


@st.composite
def facts(draw, as_of, calendar):
    """A fact before `as_of`, near an edge of a window, more often late than not."""
    how = draw(HOWS)
    counter = draw(st.sampled_from(DISTINCT if how in ("moving", "period") else FLOWS))
    plan = draw(st.sampled_from([None, "pro", "free"]))
    count = draw(st.sampled_from([1, 1, 2, -1]))
    label = draw(st.sampled_from(["export", "share: all"])) if counter.name in ("uses", "adopters") else None
    second = as_of - draw(AGES)
    if how == "gauge":
        return Fact(how, None, OPEN, plan, count)
    if how == "span":
        edges = [1_000 * one + draw(st.sampled_from([0, 0, -1, 1, 500])) for one in (second, as_of - draw(AGES))]
        start, end = sorted(min(edge, as_of * 1_000) for edge in edges)
        return Fact(how, (start, max(end, start + 1)), SEEN, plan, count)
    if how == "period":
        grain = draw(st.sampled_from(GRAINS))
        return Fact(how, (grain, getattr(calendar.periods(second), grain)), counter, plan, count, label)
    return Fact(how, second, counter, plan, count, label)


def play(data, bench, *, steps=4):
    """Let time pass in steps, each with facts before it, and what happens after it."""
    as_of = NOW - 100 * DAY
    for _ in range(data.draw(st.integers(1, steps))):
        as_of += data.draw(STEPS)
        bench.panes.dating.expect(as_of)
        for fact in data.draw(st.lists(facts(as_of, bench.calendar), max_size=6)):
            bench.say(fact)
        for what in data.draw(AFTERWARDS).split(", "):
            bench.restart() if what == "restart" else getattr(bench, what)(as_of)
    bench.flush(as_of)


@given(st.data(), ZONES)
def test_totals_are_the_sums_of_the_facts(data, zone):
    bench = Bench(zone)
    play(data, bench)

    assert bench.totals() == bench.expected()


@given(st.data(), ZONES)
def test_totals_of_a_segment_are_the_sums_of_its_facts(data, zone):
    bench = Bench(zone)
    play(data, bench)

    assert bench.totals("plan=pro") == bench.expected("plan=pro")


@given(st.data(), ZONES)
def test_a_restart_changes_no_total(data, zone):
    bench = Bench(zone)
    play(data, bench)
    before = bench.totals()
    bench.restart()

    assert bench.totals() == before


@given(st.data(), ZONES)
def test_no_row_remains_once_nothing_can_reach_it(data, zone):
    bench = Bench(zone)
    play(data, bench)
    bench.flush(bench.as_of + 100 * DAY)

    assert (dict(bench.journal), dict(bench.settled_panes)) == ({}, {})


@given(st.data(), ZONES)
def test_no_pane_remains_once_nothing_can_reach_it(data, zone):
    bench = Bench(zone)
    play(data, bench)
    bench.flush(bench.as_of + 100 * DAY)

    rolling = [pane for windows in bench.panes._rolling.values() for panes in windows.panes.values() for pane in panes]
    assert (rolling, bench.panes._calendar._sums) == ([], {})


@given(st.data(), ZONES)
def test_every_row_of_panes_is_in_a_window(data, zone):
    bench = Bench(zone)
    play(data, bench)
    as_of, calendar = bench.as_of, bench.calendar
    starts = {str(pane): bounds(window, as_of, calendar)[0] // pane for window, (_, pane) in SIZES.items()}
    starts["300"] = bounds("before_24h", as_of, calendar)[0] // 300
    starts["3600"] = min(bounds(window, as_of, calendar)[0] // 3_600 for window in ("before_7d", "before_30d"))
    starts |= {grain: getattr(calendar.periods(as_of), grain) - 2 for grain in GRAINS}

    assert [key for key in bench.settled_panes if key[1] < starts[key[0]]] == []


@given(st.data())
def test_the_journal_holds_what_windows_still_tell_apart_by_seconds(data):
    bench = Bench()
    play(data, bench)

    assert [key for key in bench.journal if (key[0] + 1) * Dating.SLOT <= bench.as_of - Dating.FINE] == []


@given(st.integers(NOW, NOW + DAY), st.integers(0, DAY), AGES, ZONES)
def test_a_fact_is_dated_no_finer_than_any_window_can_tell(expected, passed, age, zone):
    dating, calendar = Dating(), Calendar(zone)
    dating.expect(expected)
    second, as_of = expected - age, expected + passed

    holding = [start <= second < end for start, end in (bounds(w, as_of, calendar) for w in (*ROLLING, *PERIODS))]
    dated = dating.of(second)
    assert [s <= dated < e for s, e in (bounds(w, as_of, calendar) for w in (*ROLLING, *PERIODS))] == holding


def test_nothing_is_dated_coarsely_before_anything_is_expected():
    assert Dating().of(NOW - 3 * DAY + 1) == NOW - 3 * DAY + 1


def test_an_earlier_expectation_takes_none_back():
    dating = Dating()
    dating.expect(NOW)
    dating.expect(NOW - DAY)

    assert dating.of(NOW - 4_000 + 7) == NOW - 4_000 + 7 - (NOW - 4_000 + 7) % Dating.SLOT


@pytest.mark.parametrize(
    ("grain", "days", "windows"),
    [
        ("day", 1, [["today"], ["yesterday"], ["before_yesterday"], []]),
        ("week", 7, [["week"], ["last_week"], ["before_last_week"], []]),
        ("month", 31, [["month"], ["last_month"], ["before_last_month"], []]),
    ],
)
def test_what_was_said_of_a_period_leaves_with_it(grain, days, windows):
    bench = Bench()
    bench.say(Fact("period", (grain, getattr(bench.calendar.periods(NOW), grain)), PEOPLE, None, 1))
    held = []
    for passed in range(4):
        bench.flush(NOW + passed * days * DAY)
        held.append(list(bench.totals()))

    assert held == windows


INTEGERS = st.integers(-(2**53), 2**53)


@given(st.lists(st.one_of(st.sampled_from([-(2**55), 2**55 - 1]), INTEGERS), min_size=1, max_size=4))
def test_fields_that_were_packed_are_found_again(fields):
    assert unpacked(packed(*fields), len(fields)) == fields


@given(st.lists(st.tuples(INTEGERS, INTEGERS, INTEGERS), max_size=3))
def test_packed_fields_add_up_field_by_field(facts):
    total = sum(packed(*fields) for fields in facts)

    assert unpacked(total, 3) == [sum(fields[place] for fields in facts) for place in range(3)]


def test_a_cell_is_one_counter_label_and_membership():
    cells = Bench().panes.cells
    named = [(SEEN, 0, None), (SEEN, 1, None), (USES, 0, "a"), (USES, 0, "b"), (VISITS, 0, None)]
    cells.segments.membership((0, 1))
    numbers = [cells.number(*one) for one in named]

    assert numbers == [cells.number(*one) for one in named] == [0, 1, 2, 3, 4]


def test_cells_looked_up_together_are_the_cells_themselves():
    cells = Bench().panes.cells

    assert CellsOf(cells, SEEN, USES)[0] == (cells.number(SEEN, 0), cells.number(USES, 0))


def test_labelled_cells_are_looked_up_by_label_then_membership():
    cells = Bench().panes.cells

    assert LabelledCells(cells, USES)["export"][0] == (cells.number(USES, 0, "export"),)
