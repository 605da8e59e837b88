"""Complaining accounts: whose answers and tickets are complaints (catalogue part 3, section 2.2).

One customer on three channels is one, whatever the entities are that say so. What is kept here is derived from their
rows: each tells it anew when it changes.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from stream.engine.calendar import GRAINS
from stream.engine.counters import Counter
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.windows import R

COMPLAINING_ACCOUNTS: Final = Counter("complaining_accounts", R)

Who = tuple[str, str]
"""Whose it is: `account` and its id; without an account the `respondent` or the `ticket` stands for it."""


class Complaint(NamedTuple):
    """When something was complained of (seconds), and in which membership it counts."""

    second: int
    member: int


class Complaints:
    """Counts the accounts of one partition that complain."""

    def __init__(self, panes: Panes) -> None:
        self._calendar: Final = panes.calendar
        self._segments: Final = panes.segments
        self._sayings: Final = Sayings(panes)
        self._told: dict[Who, dict[Hashable, Sequence[Complaint]]] = {}
        self._before: dict[Who, Saying] = {}

    def put(self, who: Who, entity: Hashable, complaints: Sequence[Complaint]) -> None:
        """Let these be the complaints that an entity of somebody's makes."""
        told = self._told.get(who)
        if (() if told is None else told.get(entity, ())) == complaints:
            return
        if who not in self._before:
            self._before[who] = self._say(who)
        if complaints:
            self._told.setdefault(who, {})[entity] = complaints
        elif told is not None:
            told.pop(entity, None)
            if not told:
                del self._told[who]

    def settle(self) -> None:
        """Write what changed."""
        for who, before in self._before.items():
            self._sayings.change(before, self._say(who))
        self._before.clear()

    def _say(self, who: Who) -> Saying:
        """Say the latest complaint in each segment, and the days, weeks and months in which there was one."""
        members, segments = self._segments.members, self._segments
        latest: dict[int, int] = {}
        periods: dict[tuple[str, int], int] = {}
        for complaints in self._told.get(who, {}).values():
            for second, member in complaints:
                for segment in members[member]:
                    latest[segment] = max(second, latest.get(segment, second))
                for period in zip(GRAINS, self._calendar.periods(second), strict=True):
                    there = periods.get(period)
                    periods[period] = member if there is None else segments.union(there, member)
        by_second: dict[int, list[int]] = {}
        for segment, second in latest.items():
            by_second.setdefault(second, []).append(segment)
        for second, found in by_second.items():
            self._sayings.moving(COMPLAINING_ACCOUNTS, second, segments.membership(found), 1)
        for (grain, ordinal), member in periods.items():
            self._sayings.period(COMPLAINING_ACCOUNTS, grain, ordinal, member, 1)
        return self._sayings.take()
