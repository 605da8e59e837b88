"""The life-cycle of people, period by period: returning, gone dormant, retained.

```
period        p-2   p-1    p    p+1
active         ●     ●     ·     ●
said of it     …  returning ·  (resurrected: active, neither new nor returning)
                          dormant
```
Nothing waits for a period's end: *dormant* is said of the period after each active one as long as nothing happens in
it, and only read once it has ended. So the class of a person in p depends on the bits p − 1 and p alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from stream.engine.calendar import GRAINS, Periods
from stream.engine.counters import CellsOf, Counter
from stream.engine.panes import Panes
from stream.engine.periods import BACK
from stream.engine.segments import Segments
from stream.engine.trackers.marks import Mark, periods_of
from stream.engine.trackers.retained import RETAINED_USERS, RetentionFacts

RETURNING: Final = Counter("returning_users")
DORMANT: Final = Counter("dormant_users")
"""Said of periods alone: no rolling window has them."""


class LifecycleFacts:
    """What the marks of people say of periods, beyond that they were active and new in them."""

    def __init__(self, panes: Panes) -> None:
        self._calendar: Final = panes.calendar
        self._segments: Final = panes.segments
        self._periods: Final = panes.period_facts.periods
        self._cells: Final = CellsOf(panes.cells, RETURNING, DORMANT)
        self.cohorts: Final = RetentionFacts(panes, RETAINED_USERS)

    def say(self, marks: Sequence[Mark], first: int, now: Periods, sign: int) -> None:
        """Say (sign 1) or take back (sign −1) the life-cycle of one person."""
        members = self._segments.combination_members
        for grain, current, born in zip(GRAINS, now, self._calendar.periods(first), strict=True):
            oldest = current - BACK
            active = memberships(marks, grain, oldest - 1, self._segments)
            for ordinal, member in active.items():
                if ordinal >= oldest and ordinal - 1 in active:
                    self._periods[grain, ordinal][self._cells[member][0]] += sign
                if ordinal + 1 not in active:
                    self._periods[grain, ordinal + 1][self._cells[member][1]] += sign
            if len(marks) == 1:
                self.cohorts.say(grain, born, members[marks[0].combination], bits(marks[0], grain), now, sign)
            elif self.cohorts.holds(grain, born, now):
                there = memberships(marks, grain, born, self._segments, until=born)
                self.cohorts.say(grain, born, there[born], union_of_bits(marks, grain), now, sign)


def memberships(
    marks: Sequence[Mark], grain: str, oldest: int, segments: Segments, until: int | None = None
) -> Mapping[int, int]:
    """Return {period: membership} of the periods, `oldest` and later, in which there was activity."""
    found: dict[int, int] = {}
    for mark in marks:
        member = segments.combination_members[mark.combination]
        for ordinal in periods_of(mark, grain, oldest):
            if until is None or ordinal <= until:
                there = found.get(ordinal)
                found[ordinal] = member if there is None else segments.union(there, member)
    return found


def bits(mark: Mark, grain: str) -> tuple[int, int]:
    """Return the newest active period of a grain, and the bitmap back from it."""
    if grain == "day":
        return mark.day, mark.days
    return (mark.week, mark.weeks) if grain == "week" else (mark.month, mark.months)


def union_of_bits(marks: Sequence[Mark], grain: str) -> tuple[int, int]:
    """Return the newest period of a grain that is active under any mark, and the bitmap of all of them."""
    each = [bits(mark, grain) for mark in marks]
    newest = max(one for one, _ in each)
    union = 0
    for one, bitmap in each:
        union |= bitmap << (newest - one)
    return newest, union
