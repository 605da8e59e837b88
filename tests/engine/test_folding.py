"""What billing forgets in the course of months is missed by no value."""

from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, replayed
from reference import snapshot
from worlds import DAY, NOW, SEGMENTS, lines, money, subscription, text, worlds

from schemas.times import parse_time

INSTANTS = ("time", "trial_end", "current_period_end", "cancel_at", "canceled_at", "ended_at")
STOPS = [NOW - back * DAY for back in (200, 130, 70, 64, 31, 10, 0)]


@st.composite
def long_worlds(draw):
    """Events of more than half a year: those of a world, each moved back by some months, with all its instants."""
    events = draw(worlds(st.one_of(subscription(), subscription(), subscription(), money()), most=14))
    found = []
    for event in events:
        back = draw(st.sampled_from([0, 30, 64, 90, 150])) * DAY * 1_000_000
        moved = {name: text(parse_time(event[name]) - back) for name in INSTANTS if name in event}
        if "current_period_end" in moved and draw(st.booleans()):
            moved["current_period_end"] = text(
                parse_time(moved["time"]) + draw(st.sampled_from([30, 91, 365])) * DAY * 10**6
            )
        found.append(event | moved)
    return found


@given(long_worlds(), st.sets(st.sampled_from(STOPS[:-1]), max_size=4), SEGMENTS)
def test_values_after_months_are_those_of_all_the_events(events, stops, segment):
    said = replayed(events, [*sorted(stops), NOW], segment)
    for as_of, values in said.items():
        expected = snapshot(events, CONFIG, as_of, segment, lines(events))["values"]
        wrong = {
            name: (values.values.get(name), value)
            for name, value in expected.items()
            if values.values.get(name) != value
        }
        assert not wrong, (as_of, wrong)
