"""Attendance: on which local days somebody was there, by the visits that the world planned."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeAlias

from stream.simulate.instants import local_day, midnight
from stream.simulate.segments import ALL
from stream.simulate.truth.periods import GRAINS, period
from stream.simulate.visits import Act, Part, Step, Visit

Periods: TypeAlias = dict[str, frozenset[int]]
"""Grain → the periods with activity."""


class Attender:
    """Somebody, a user or an account, and the local days of their activity."""

    def __init__(self) -> None:
        self._days: dict[str, set[int]] = {}
        self._periods: dict[str, Periods] = {}

    def came(self, segments: Iterable[str], days: Iterable[int]) -> None:
        """Note that they were there."""
        for segment in segments:
            self._days.setdefault(segment, set()).update(days)
        self._periods.clear()

    def join(self, other: Attender) -> None:
        """Turn out to be the same as another."""
        for segment, days in other._days.items():
            self.came([segment], days)

    def days(self, segment: str) -> set[int]:
        """The days on which they were there."""
        return self._days.get(segment, set())

    def periods(self, segment: str) -> Periods:
        """The days, weeks and months in which they were there."""
        if segment not in self._periods:
            days = self.days(segment)
            self._periods[segment] = {grain: frozenset(period(grain, day) for day in days) for grain in GRAINS}
        return self._periods[segment]

    def first(self, grain: str) -> int:
        """Find the period in which they were there first, in any segment."""
        return min(self.periods(ALL)[grain])


class Attendance:
    """Who was there when.

    Args:
        as_of: Steps before it count, no others; milliseconds since the epoch.
        zone: IANA name of the zone of the business.
        end: Where the simulated span ends; steps from there on never happened.
    """

    def __init__(self, as_of: int, zone: str, end: int) -> None:
        self._limit = min(as_of, end)
        self._zone = zone
        self._users: dict[Hashable, Attender] = {}
        self._accounts: dict[str, Attender] = {}
        self._named: dict[Hashable, Hashable] = {}

    @property
    def accounts(self) -> Sequence[Attender]:
        """The accounts."""
        return list(self._accounts.values())

    @property
    def users(self) -> Sequence[Attender]:
        """The users; a stranger who said who they are is one with whom they turned out to be."""
        met: dict[Hashable, Attender] = {}
        for name, user in self._users.items():
            met.setdefault(self._named.get(name, name), Attender()).join(user)
        return list(met.values())

    def noting(self, visits: Iterable[Visit]) -> Iterator[Visit]:
        """Pass visits on, and note who comes."""
        for visit in visits:
            if visit.active and not visit.excluded:
                for part in visit.parts:
                    self._note(visit, part)
            yield visit

    def _note(self, visit: Visit, part: Part) -> None:
        steps = [step for step in part.steps if step[0] < self._limit]
        if not steps:
            return
        stranger = (visit.account or part.anonymous, False, part.anonymous)
        name = (visit.account, True, part.user) if part.user else stranger
        if any(act is Act.IDENTIFY for _, act, _, _ in steps):
            self._named[stranger] = name
        days = self._days(steps)
        self._users.setdefault(name, Attender()).came(part.segments, days)
        if visit.account:
            self._accounts.setdefault(visit.account, Attender()).came(part.segments, days)

    def _days(self, steps: Sequence[Step]) -> set[int]:
        """Find the local days of steps in time order: mostly it is one."""
        day = local_day(self._zone, steps[0][0])
        days = {day}
        if steps[-1][0] >= midnight(self._zone, day + 1):
            days |= {local_day(self._zone, at) for at, *_ in steps}
        return days
