"""Accounts as users of the product: when they were active, and how much on which day."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from stream.engine.calendar import Periods
from stream.engine.counters import Counter
from stream.engine.money import MICRO
from stream.engine.panes import Panes
from stream.engine.tables import Rows, declare
from stream.engine.trackers.marks import ActivityFacts, Mark, copied, see
from stream.engine.windows import R

ACTIVE_ACCOUNTS: Final = Counter("active_accounts", R)
LONG_AGO: Final = -(1 << 62)
LATER: Final = 1 << 62


class Account(Struct, array_like=True, gc=False):
    """The use that one account makes of the product; times of events in µs.

    Marks stand by combination: an account's people rarely all have the same. Uses (activity except pings, impressions and
    identifications) are counted by local day; what they meant up to the day `judged` is folded into `dropped_since`.
    """

    first_event: int
    first: int
    marks: dict[int, Mark]
    last_use: int = LONG_AGO
    first_use_day: int | None = None
    uses: dict[int, int] = {}
    judged: int | None = None
    dropped_since: int | None = None
    touched: bool = False
    """Whether what it said is kept since the last settlement."""


TABLE: Final = declare("accounts", str, Account)


class Accounts:
    """The accounts of one partition."""

    def __init__(self, panes: Panes, rows: Rows[str, Account]) -> None:
        self.rows: Final = rows
        self.seen: Final[set[str]] = set()
        """The accounts that used the product, or became known, by the last settlement."""
        self.past_changed: Final[set[str]] = set()
        """Those of them of which something older than their last use came to be known."""
        self.revised: Final[set[str]] = set()
        self._calendar: Final = panes.calendar
        self._facts: Final = ActivityFacts(panes, ACTIVE_ACCOUNTS)
        self._before: dict[str, tuple[int, list[Mark]]] = {}

    def row(self, key: str, row: Account | None, at: int) -> Account:
        """Return the row of an account that something happened to at `at` (µs); keep what it said."""
        if row is None:
            row = self.rows[key] = Account(at, LATER, {}, LONG_AGO, None, {})
            self._before[key] = (LATER, [])
        else:
            self._before[key] = (row.first, [copied(mark) for mark in row.marks.values()])
        row.touched = True
        return row

    def note(self, key: str, at: int) -> None:
        """Let an account be known for an event at `at` (µs) that is no use of the product."""
        row = self.rows.get(key)
        if row is None:
            self.row(key, row, at)
        elif at < row.first_event:
            if not row.touched:
                self.row(key, row, at)
            self.known_earlier(key, row, at)

    def known_earlier(self, key: str, row: Account, at: int) -> None:
        """Let the first event of a touched row be an earlier one."""
        row.first_event = at
        self.revised.add(key)

    def see(self, row: Account, combination: int, second: int, periods: Periods) -> None:
        """Let a touched row be active."""
        row.first = min(row.first, second)
        mark = row.marks.get(combination)
        if mark is None:
            day, week, month = periods
            row.marks[combination] = Mark(combination, second, day, 1, week, 1, month, 1)
        else:
            see(mark, second, periods)

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
        self.seen.clear()
        self.past_changed.clear()
        self.past_changed.update(self.revised)
        self.revised.clear()
        self.seen.update(self._before)
        for key, (first, before) in self._before.items():
            row = self.rows[key]
            after = list(row.marks.values())
            if before != after:
                if before:
                    self._facts.say(before, first, now, -1)
                self._facts.say(after, row.first, now, 1)
            row.touched = False
            self.rows[key] = row
        self._before.clear()

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say."""
        now = self._calendar.periods(as_of)
        for row in self.rows.values():
            if row.marks:
                self._facts.say(list(row.marks.values()), row.first, now, 1)
