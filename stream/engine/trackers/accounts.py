"""Accounts as users of the product: when they were active, and how much on which day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from stream.engine.calendar import Periods
from stream.engine.counters import Counter
from stream.engine.panes import Panes
from stream.engine.segments import ALL
from stream.engine.tables import Rows, declare
from stream.engine.trackers.marks import ActivityFacts, Mark, copied, see
from stream.engine.trackers.retained import RETAINED_ACCOUNTS, RetentionFacts
from stream.engine.trackers.uses import COMBINATION, SHIFT
from stream.engine.units import MICRO
from stream.engine.windows import R

ACTIVE_ACCOUNTS: Final = Counter("active_accounts", R)
LONG_AGO: Final = -(1 << 62)


class Account(Struct, array_like=True, gc=False):
    """The use that one account makes of the product; times of events in µs.

    Marks stand by segment: an account's people are in many, and an account counts once in each. Uses (activity except
    pings, impressions and identifications) are counted by local day; what they meant up to the day `judged` is folded
    into `dropped_since`.
    """

    first_event: int
    marks: dict[int, Mark]
    last_use: int = LONG_AGO
    first_use_day: int | None = None
    uses: dict[int, int] = {}
    judged: int | None = None
    dropped_since: int | None = None
    recent: dict[int, int] = {}
    """Activity since the last settlement: last second by day and combination, packed."""
    touched: bool = False
    first_month: int | None = None
    """Of the first activity; rows of earlier versions lack it."""
    last_second: int = LONG_AGO
    """Of the latest event of any kind; rows of earlier versions lack it."""
    told: bool = True
    """Whether readers know of the account; they do where a row of an earlier version does not say it."""


TABLE: Final = declare("accounts", str, Account)


class Accounts:
    """The accounts of one partition."""

    def __init__(self, panes: Panes, rows: Rows[str, Account]) -> None:
        self.rows: Final = rows
        self.seen: Final[set[str]] = set()
        """The accounts that used the product, or became known, by the last settlement."""
        self.past_changed: Final[set[str]] = set()
        """Those of them of which something of an earlier day, or older than their last use, came to be known."""
        self.revised: Final[set[str]] = set()
        self._calendar: Final = panes.calendar
        self._segments: Final = panes.segments
        self._facts: Final = ActivityFacts(panes, ACTIVE_ACCOUNTS)
        self._cohorts: Final = RetentionFacts(panes, RETAINED_ACCOUNTS)
        self._touched: Final[list[str]] = []

    def row(self, key: str, row: Account | None, at: int) -> Account:
        """Return the row of an account that something happened to at `at` (µs)."""
        if row is None:
            row = self.rows[key] = Account(
                at, {}, LONG_AGO, None, {}, None, None, {}, last_second=at // MICRO, told=False
            )
        self._touched.append(key)
        row.touched = True
        return row

    def note(self, key: str, at: int) -> None:
        """Let an account be known for an event at `at` (µs) that is no use of the product."""
        row = self.rows.get(key)
        if row is None:
            self.row(key, row, at)
        elif at < row.first_event or at // MICRO > row.last_second:
            if not row.touched:
                self.row(key, row, at)
            row.last_second = max(row.last_second, at // MICRO)
            if at < row.first_event:
                self.known_earlier(key, row, at)

    def known_earlier(self, key: str, row: Account, at: int) -> None:
        """Let the first event of a touched row be an earlier one."""
        row.first_event = at
        self.revised.add(key)

    def use(self, key: str, row: Account, at: int, day: int) -> None:
        """Count an active use of a touched row."""
        row.uses[day] = row.uses.get(day, 0) + 1
        if at > row.last_use:
            row.last_use = at
        elif day != self._calendar.periods(row.last_use // MICRO).day:
            self.revised.add(key)
        if row.first_use_day is None or day < row.first_use_day:
            row.first_use_day = day

    def settle(self, as_of: int) -> None:
        """Write what changed by `as_of` (seconds)."""
        now = self._calendar.periods(as_of)
        self._cohorts.turn(now)
        self.seen.clear()
        self.seen.update(self._touched)
        self.past_changed.clear()
        self.past_changed.update(self.revised)
        self.revised.clear()
        for key in self._touched:
            row = self.rows[key]
            if any(packed >> SHIFT < now.day for packed in row.recent):
                self.past_changed.add(key)
            self._settle(row, now)
            row.touched = False
            self.rows[key] = row
        self._touched.clear()

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say."""
        now = self._calendar.periods(as_of)
        for key, row in self.rows.items():
            row.touched = False
            if row.last_second == LONG_AGO:  # nothing tells how long ago it was: so it is counted from here
                row.last_second = as_of
                self.rows[key] = row
            if row.recent:
                self.row(key, row, row.first_event)
            for segment, mark in row.marks.items():
                self._facts.change(self._segments.membership((segment,)), None, mark, now)
            self._say_cohort(row.marks, _first_month(row), now, 1)

    def _settle(self, row: Account, now: Periods) -> None:
        """Enter the recent activity into the marks of its segments; write how they changed."""
        calendar, members = self._calendar, self._segments
        before: dict[int, Mark | None] = {}
        row.last_second = max((row.last_second, *row.recent.values()))
        born = first = _first_month(row)
        for packed, second in row.recent.items():
            day = packed >> SHIFT
            periods = Periods(day, calendar.week_of(day), calendar.month_of(day))
            first = periods.month if first is None else min(first, periods.month)
            for segment in members.members[members.combination_members[packed & COMBINATION]]:
                mark = row.marks.get(segment)
                if segment not in before:
                    before[segment] = None if mark is None else copied(mark)
                if mark is None:
                    row.marks[segment] = Mark(segment, second, day, 1, periods.week, 1, periods.month, 1)
                else:
                    see(mark, second, periods)
        for segment, old in before.items():
            self._facts.change(members.membership((segment,)), old, row.marks[segment], now)
        row.recent.clear()
        row.first_month = first
        months = [(old, row.marks[segment]) for segment, old in before.items()]
        if born != first or any(
            old is None or (old.month, old.months) != (new.month, new.months) for old, new in months
        ):
            said = {segment: before.get(segment, mark) for segment, mark in row.marks.items()}
            self._say_cohort({segment: mark for segment, mark in said.items() if mark is not None}, born, now, -1)
            self._say_cohort(row.marks, first, now, 1)

    def _say_cohort(self, marks: Mapping[int, Mark], born: int | None, now: Periods, sign: int) -> None:
        """Say (sign 1) or take back (sign −1) in which months an account was active."""
        if born is None or not self._cohorts.holds("month", born, now):
            return
        there = [segment for segment, mark in marks.items() if mark.months >> (mark.month - born) & 1]
        everywhere = marks[ALL]
        member = self._segments.membership(there)
        self._cohorts.say("month", born, member, (everywhere.month, everywhere.months), now, sign)


def _first_month(row: Account) -> int | None:
    mark = row.marks.get(ALL)
    if row.first_month is not None or mark is None:
        return row.first_month
    return mark.month - mark.months.bit_length() + 1
