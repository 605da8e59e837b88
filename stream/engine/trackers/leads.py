"""Leads: how far somebody has come on the way to be a customer (catalogue part 2, section 3.4).

Of a lead's events only what decides is kept: the first of this, the latest of that. Two such lives of one lead make one
by taking the smaller or the larger of each, so neither the order of events matters nor how they were put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from msgspec import Struct

from stream.engine.events import LeadChanged
from stream.engine.segments import text_of
from stream.engine.tables import declare

STAGES: Final = ("visited", "created", "qualified", "signed_up", "trial_started", "converted")
"""In the order of the funnel."""
LEAD_HOLD: Final = 400 * 86_400_000_000
"""µs: an event that comes so long after the latest one of a decided lead is of a new lead."""

Order = tuple[int, str, str]
"""What events of a lead are ordered by: time (µs), source, id."""
Text = tuple[int, str, str, str]
"""A text, after the order of the event that said it."""
Least = TypeVar("Least", Order, Text)


class Life(Struct, array_like=True, gc=False):
    """What some events of a lead said together."""

    begin: int
    """µs; of the earliest event."""
    latest: int
    """µs; of the latest event."""
    first: dict[str, int]
    """Stage → µs."""
    lost: Order | None
    """The latest `lost`."""
    going: Order | None
    """The latest event of another stage."""
    named: dict[str, Text]
    """Channel, campaign and configured dimensions: the first value that is not empty."""
    referrer: Text | None
    """The first one; so is the account."""
    account: Text | None
    trial_ends: tuple[int, str, str, int] | None
    """The latest one."""

    @property
    def lost_at(self) -> int | None:
        """When it was lost (µs), if it is: no other stage came later."""
        return self.lost[0] if self.lost is not None and (self.going is None or self.going < self.lost) else None

    @property
    def decided(self) -> bool:
        """Whether it was won or lost."""
        return "converted" in self.first or self.lost_at is not None

    def value(self, dimension: str) -> str | None:
        """Return its value of a dimension."""
        told = self.named.get(dimension)
        return None if told is None else told[3]

    def went(self, start: str, end: str) -> bool:
        """Say whether it was at one stage, and at or after that at another; each at its first time."""
        begin = self.first.get(start)
        return begin is not None and self.first.get(end, begin - 1) >= begin


Lead = list[Life]
"""The lives of one lead id, in the order of time, each a hold apart from the next."""

TABLE: Final = declare("leads", str, Lead)


def life_of(event: LeadChanged, at: int, dimensions: Iterable[str]) -> Life:
    """Return what one event says, at its time (µs)."""
    order = (at, event.source, event.id)
    own = {"channel": event.channel, "campaign": event.campaign}
    attributes = event.attributes or {}
    named = {
        name: (*order, value)
        for name in dict.fromkeys((*own, *dimensions))
        if (value := text_of(own.get(name)) or text_of(attributes.get(name))) is not None
    }
    is_lost = event.stage == "lost"
    return Life(
        at,
        at,
        {} if is_lost else {event.stage: at},
        order if is_lost else None,
        None if is_lost else order,
        named,
        (*order, event.referrer_id) if event.referrer_id else None,
        (*order, event.account_id) if event.account_id else None,
        None if event.trial_ends_at is None else (*order, int(event.trial_ends_at)),
    )


def put(lead: Lead, life: Life) -> None:
    """Let a lead have lived this, too; lives less than a hold apart become one."""
    apart = []
    for other in lead:
        if other.begin - life.latest < LEAD_HOLD and life.begin - other.latest < LEAD_HOLD:
            life = _together(other, life)
        else:
            apart.append(other)
    lead[:] = sorted([*apart, life], key=lambda one: one.begin)


def leads_of(lead: Sequence[Life]) -> Iterator[Life]:
    """Yield the leads that a lead id stood for: the next one begins a hold after one that was decided."""
    current: Life | None = None
    for life in lead:
        if current is not None and current.decided:
            yield current
            current = None
        current = life if current is None else _together(current, life)
    if current is not None:
        yield current


def _together(one: Life, other: Life) -> Life:
    first = dict(one.first)
    for stage, at in other.first.items():
        first[stage] = min(at, first.get(stage, at))
    named = dict(one.named)
    for name, told in other.named.items():
        named[name] = min(told, named.get(name, told))
    ends = [end for end in (one.trial_ends, other.trial_ends) if end is not None]
    return Life(
        min(one.begin, other.begin),
        max(one.latest, other.latest),
        first,
        _latest(one.lost, other.lost),
        _latest(one.going, other.going),
        named,
        _first(one.referrer, other.referrer),
        _first(one.account, other.account),
        max(ends, default=None),
    )


def _first(one: Least | None, other: Least | None) -> Least | None:
    return min((told for told in (one, other) if told is not None), default=None)


def _latest(one: Least | None, other: Least | None) -> Least | None:
    return max((told for told in (one, other) if told is not None), default=None)
