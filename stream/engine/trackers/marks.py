"""Marks: when an entity last did something, and in which local days, weeks and months, under each combination.

*Rolling distinct counts, exactly*: an entity says +1 at the second of its last activity. Active again: −1 there, +1 at
the new one. "Active in the last W" is then a sum of panes, for every W at once, and adds up over partitions.
*Calendar distinct counts*: +1 in a period when its bit goes from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from stream.engine.calendar import GRAINS, Calendar, Periods
from stream.engine.counters import CellsOf, Counter
from stream.engine.panes import Panes
from stream.engine.periods import BACK
from stream.engine.segments import Segments

DAYS_KEPT: Final = 100
WEEKS_KEPT: Final = 26
MONTHS_KEPT: Final = 26
_DAYS: Final = (1 << DAYS_KEPT) - 1
_WEEKS: Final = (1 << WEEKS_KEPT) - 1
_MONTHS: Final = (1 << MONTHS_KEPT) - 1


class Mark(Struct, array_like=True, gc=False):
    """Activity under one combination: its last second, and the newest period of each grain with a bitmap back from it.

    Bit i of `days` is set if there was activity on day `day - i`; weeks and months alike.
    """

    combination: int
    last: int
    day: int
    days: int
    week: int
    weeks: int
    month: int
    months: int


class Activity(Mark, array_like=True, gc=False):
    """The activity of one entity: the mark of the combination it was first seen under, and the others by theirs."""

    first: int
    others: dict[int, Mark] | None = None

    def marks(self) -> list[Mark]:
        """Return one mark for each combination."""
        return [self] if self.others is None else [self, *self.others.values()]

    def see(self, combination: int, second: int, periods: Periods) -> None:
        """Be seen under a combination."""
        self.first = min(self.first, second)
        if combination == self.combination:
            see(self, second, periods)
            return
        if self.others is None:
            self.others = {}
        found = self.others.get(combination)
        if found is None:
            day, week, month = periods
            self.others[combination] = Mark(combination, second, day, 1, week, 1, month, 1)
        else:
            see(found, second, periods)


def see(mark: Mark, second: int, periods: Periods) -> None:
    """Let a mark hold one more activity."""
    mark.last = max(mark.last, second)
    day, week, month = periods
    if day == mark.day:
        return
    if day > mark.day:
        mark.days, mark.day = (mark.days << min(day - mark.day, DAYS_KEPT) | 1) & _DAYS, day
    else:
        mark.days = (mark.days | 1 << (mark.day - day)) & _DAYS
    if week > mark.week:
        mark.weeks, mark.week = (mark.weeks << min(week - mark.week, WEEKS_KEPT) | 1) & _WEEKS, week
    else:
        mark.weeks = (mark.weeks | 1 << (mark.week - week)) & _WEEKS
    if month > mark.month:
        mark.months, mark.month = (mark.months << min(month - mark.month, MONTHS_KEPT) | 1) & _MONTHS, month
    else:
        mark.months = (mark.months | 1 << (mark.month - month)) & _MONTHS


def copied(mark: Mark) -> Mark:
    """Return a mark of its own with the same content."""
    return Mark(mark.combination, mark.last, mark.day, mark.days, mark.week, mark.weeks, mark.month, mark.months)


def latest_by_membership(lasts: Sequence[tuple[int, int]], segments: Segments) -> dict[int, int]:
    """Return {membership: second} such that every segment stands under its latest second.

    Args:
        lasts: pairs of a combination and the last second under it.
        segments: what the combinations belong to.
    """
    if len(lasts) == 1:
        ((combination, last),) = lasts
        return {segments.combination_members[combination]: last}
    latest: dict[int, int] = {}
    for combination, last in lasts:
        for segment in segments.members[segments.combination_members[combination]]:
            if last > latest.get(segment, -(1 << 62)):
                latest[segment] = last
    by_second: dict[int, list[int]] = {}
    for segment, last in latest.items():
        by_second.setdefault(last, []).append(segment)
    return {segments.membership(found): last for last, found in by_second.items()}


class ActivityFacts:
    """What marks say: distinct entities active in every window, and new ones where that is counted."""

    def __init__(self, panes: Panes, active: Counter, new: Counter | None = None) -> None:
        self._segments: Final = panes.segments
        self._calendar: Final[Calendar] = panes.calendar
        self._periods: Final = panes.period_facts.periods
        self._moving: Final = panes.facts_of(active).moving
        self._dating: Final = panes.dating
        self._active: Final = CellsOf(panes.cells, active)
        self._new: Final = None if new is None else CellsOf(panes.cells, new)
        self._moving_new: Final = panes.facts_of(active if new is None else new).moving

    def change(self, member: int, before: Mark | None, after: Mark, now: Periods) -> None:
        """Write the difference between two states of the one mark that an entity has under a membership."""
        (cell,) = self._active[member]
        dated, moving = self._dating.of, self._moving
        if before is None:
            moving[dated(after.last)][cell] += 1
        elif before.last != after.last:
            moving[dated(before.last)][cell] -= 1
            moving[dated(after.last)][cell] += 1
        if before is not None and before.day == after.day and before.days == after.days:
            return
        for grain, current in zip(GRAINS, now, strict=True):
            said = set() if before is None else set(periods_of(before, grain, current - BACK))
            for ordinal in set(periods_of(after, grain, current - BACK)) - said:
                self._periods[grain, ordinal][cell] += 1

    def move(self, combination: int, before: int, after: int) -> None:
        """Say that the last activity under a combination, the only one, is at another second now."""
        (cell,) = self._active[self._segments.combination_members[combination]]
        dated = self._dating.of
        self._moving[dated(before)][cell] -= 1
        self._moving[dated(after)][cell] += 1

    def say(self, marks: Sequence[Mark], first: int, now: Periods, sign: int) -> None:
        """Say (sign 1) or take back (sign −1) everything that the marks of one entity say."""
        self.say_instants(marks, first, sign)
        self.say_periods(marks, first, now, sign)

    def say_instants(self, marks: Sequence[Mark], first: int, sign: int) -> None:
        """Say or take back when an entity was active last, and first."""
        members, segments = self._segments.combination_members, self._segments
        lasts = [(mark.combination, mark.last) for mark in marks]
        for member, last in latest_by_membership(lasts, segments).items():
            self._moving[self._dating.of(last)][self._active[member][0]] += sign
        if self._new is not None:
            member = members[marks[0].combination]
            for mark in marks[1:]:
                member = segments.union(member, members[mark.combination])
            self._moving_new[self._dating.of(first)][self._new[member][0]] += sign

    def say_periods(self, marks: Sequence[Mark], first: int, now: Periods, sign: int) -> None:
        """Say or take back in which periods an entity was active; a larger sign is that of as many who are alike."""
        members, segments = self._segments.combination_members, self._segments
        for grain, current, born in zip(GRAINS, now, self._calendar.periods(first), strict=True):
            active: dict[int, int] = {}
            for mark in marks:
                member = members[mark.combination]
                for ordinal in periods_of(mark, grain, current - BACK):
                    there = active.get(ordinal)
                    active[ordinal] = member if there is None else segments.union(there, member)
            for ordinal, member in active.items():
                content = self._periods[grain, ordinal]
                content[self._active[member][0]] += sign
                if ordinal == born and self._new is not None:
                    content[self._new[member][0]] += sign


def periods_of(mark: Mark, grain: str, oldest: int) -> Iterator[int]:
    """Yield the periods of a grain, `oldest` and later, in which there was activity."""
    if grain == "day":
        newest, bitmap = mark.day, mark.days
    elif grain == "week":
        newest, bitmap = mark.week, mark.weeks
    else:
        newest, bitmap = mark.month, mark.months
    while bitmap and newest >= oldest:
        if bitmap & 1:
            yield newest
        bitmap >>= 1
        newest -= 1
