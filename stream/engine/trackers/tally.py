"""The tally of usage events: what each adds to the counters of plain events, by its type."""

from __future__ import annotations

from typing import Final

from stream.engine import events
from stream.engine.counters import Counter, packed
from stream.engine.windows import RP

EVENTS: Final = Counter(
    "usage",
    RP,
    (
        "events",
        "activity_events",
        "attempts",
        "failures",
        "page_views",
        "page_pings",
        "clicks",
        "impressions",
        "downloads",
    ),
)
_OWN: Final = {
    events.PageViewed: "page_views",
    events.PagePinged: "page_pings",
    events.Clicked: "clicks",
    events.Impressed: "impressions",
    events.Downloaded: "downloads",
}
KINDS: Final = (
    events.Tracked,
    events.PageViewed,
    events.PagePinged,
    events.Impressed,
    events.Clicked,
    events.Downloaded,
    events.PreferenceSet,
    events.Identified,
)


def weight(*fields: str) -> int:
    """Return the integer that adds one to some fields of the tally."""
    return packed(*(int(field in fields) for field in EVENTS.fields))


FAILED: Final = weight("failures")


def _weights(kind: type[events.Usage]) -> tuple[int, int]:
    attempts = ("attempts",) if kind is events.Tracked else ()
    own = (_OWN[kind],) if kind in _OWN else ()
    return weight("events", *attempts), weight("events", "activity_events", *attempts, *own)


WEIGHTS: Final = {kind: _weights(kind) for kind in KINDS}
"""What an event of a type adds: an inactive one, an active one; a failure adds `FAILED`."""
