"""Support: what the tickets come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from stream.simulate.segments import ALL, segments
from stream.simulate.tickets import Ticket
from stream.simulate.truth.numbers import Values, ratio, seconds
from stream.simulate.truth.quantiles import cell, quantile
from stream.simulate.truth.windows import CALENDAR, LONG, Window

_WINDOWS = (*LONG, *CALENDAR)


@dataclass(slots=True)
class Case:
    """A ticket as it stands at an instant.

    Attributes:
        ticket: The ticket.
        created: When it came into being; all instants are milliseconds since the epoch.
        segments: Where it counts.
        open: Whether it is neither solved nor closed.
        responded: When a person first answered.
        solved: When it was solved, the first time and all the others.
        stands: Whether the last solution still holds.
        reopened: When it was reopened.
        waits: Since when its customer waits, if so.
        complaint: Whether it turned out to be one.
    """

    ticket: Ticket
    created: int
    segments: tuple[str, ...]
    open: bool = True
    responded: int | None = None
    solved: list[int] = field(default_factory=list)
    stands: bool = False
    reopened: list[int] = field(default_factory=list)
    waits: int | None = None
    complaint: bool = False

    @property
    def last_solved(self) -> int | None:
        """When it was solved for good, as far as is known."""
        return self.solved[-1] if self.stands else None


def case(ticket: Ticket, as_of: int) -> Case | None:
    """Say how a ticket stands; None if it is not there yet, or gone into another one."""
    facts = list(ticket.known(as_of))
    if not facts or any(fact == "merged" for _, fact in facts):
        return None
    channel = ticket.about.get("channel")
    where = (*segments(ticket.plan, ticket.country), *((f"channel={channel}",) if channel else ()))
    found = Case(ticket, facts[0][0], where)
    for at, fact in facts:
        if fact in ("solved", "closed"):
            found.open = False
        if fact == "solved":
            found.solved.append(at)
            found.stands = True
        elif fact == "reopened":
            found.open, found.stands = True, False
            found.reopened.append(at)
        elif fact == "responded":
            found.responded = at
        elif fact in ("waits", "served"):
            found.waits = at if fact == "waits" else None
    found.complaint = any(fact == "complaint" for _, fact in facts)
    return found


class Support:
    """The tickets before an instant.

    Args:
        tickets: All tickets, with all that happened.
        as_of: What was told before it counts; milliseconds since the epoch.
        named: The windows.
    """

    def __init__(self, tickets: Iterable[Ticket], as_of: int, named: dict[str, Window]) -> None:
        self._as_of = as_of
        self._named = named
        self.cases = [found for ticket in tickets if (found := case(ticket, as_of)) is not None]
        self.segments = {ALL} | {segment for found in self.cases for segment in found.segments}

    def values(self, segment: str) -> Values:
        """Say the values of support in a segment."""
        mine = [found for found in self.cases if segment in found.segments]
        waiting = [found.waits for found in mine if found.waits is not None]
        values: Values = {
            "tickets_open": sum(1 for found in mine if found.open),
            "tickets_waiting": len(waiting),
            "waiting_longest": seconds(self._as_of - min(waiting)) if waiting else 0,
        }
        for name, window in self._named.items():
            values[f"tickets_opened.{name}"] = sum(1 for found in mine if _in(found.created, window))
            values[f"tickets_solved.{name}"] = sum(1 for found in mine if _in(found.last_solved, window))
            values[f"tickets_reopened.{name}"] = sum(1 for one in mine for at in one.reopened if _in(at, window))
        for name in _WINDOWS:
            values |= self._durations(mine, name)
        return values

    def _durations(self, cases: Sequence[Case], name: str) -> Values:
        window = self._named[name]
        responses = [(found, found.responded) for found in cases]
        first = [(found, found.solved[0] if found.solved else None) for found in cases]
        last = [(found, found.last_solved) for found in cases]
        values: Values = {}
        for kpi, pairs in (("first_response", responses), ("resolution", first), ("full_resolution", last)):
            cells = Counter(cell(at - found.created) for found, at in pairs if at is not None and _in(at, window))
            values[f"{kpi}_p50.{name}"] = quantile(cells, Fraction(1, 2))
            values[f"{kpi}_p90.{name}"] = quantile(cells, Fraction(9, 10))
        solved = [found for found, at in first if _in(at, window)]
        again = sum(1 for found in solved if any(at > found.solved[0] for at in found.reopened))
        values[f"reopen_rate.{name}"] = ratio(again, len(solved))
        return values


def _in(at: int | None, window: Window) -> bool:
    return at is not None and window.start <= at < window.end
