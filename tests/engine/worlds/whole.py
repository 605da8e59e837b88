"""Whole worlds: lists of events, and from where and when to look at them."""

import json

from hypothesis import strategies as st

from .instants import DAY, HOUR, NOW, text, times


@st.composite
def worlds(draw, kinds, *, least=0, most=40, conflicts=False, instants=None):
    """A list of events with their times; identities may repeat."""
    events = []
    drawing = st.tuples(kinds, times() if instants is None else instants)
    for number, (drawn, at) in enumerate(draw(st.lists(drawing, min_size=least, max_size=most))):
        event = {name: value for name, value in drawn.items() if value is not None}
        if event["type"] == "uptime.status_changed" and draw(st.booleans()):
            event["until"] = text(at + draw(st.integers(1, 10**10)))
        events.append(event | {"id": f"e{number}", "source": draw(st.sampled_from(["a", "b"])), "time": text(at)})
    if conflicts:
        for event in draw(st.lists(st.sampled_from(events), max_size=3)) if events else []:
            moved = event | {"time": text(draw(times()))}
            moved.pop("until", None)
            events.append(moved)
    return events


def lines(events):
    return [json.dumps(event, separators=(",", ":")).encode() for event in events]


SEGMENTS = st.sampled_from(
    [
        *("all", "all", "plan=pro", "country=DE", "service=web", "service=api", "plan=nobody"),
        *("region=eu", "severity=1"),
    ]
)
AS_OFS = st.sets(st.sampled_from([NOW - DAY, NOW - 12 * HOUR, NOW - HOUR, NOW - 300, NOW - 1, NOW]), max_size=3).map(
    lambda found: sorted(found | {NOW})
)
