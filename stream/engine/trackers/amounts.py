"""Amounts: how much of what each account used on which local day, to be held against the limits of its plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from stream.engine.calendar import Calendar
from stream.engine.names import Names
from stream.engine.tables import Rows, declare

AmountsKey = tuple[str, int]
"""Account and local day."""
AmountsRow = dict[str, int]
"""Σ of `value` in millionths by the name of the event; by the empty name that of all."""

TABLE: Final = declare("amounts", AmountsKey, AmountsRow)

KEPT_DAYS: Final = 66
"""Two months, and a few days; longer where a period that is known to have a limit began before that."""
LONGEST_DAYS: Final = 400
ALL_NAMES: Final = ""


class Amounts:
    """The amounts of the accounts of one partition.

    Args:
        calendar: the business's days.
        rows: by account and day.
        names: the names that are kept apart.
    """

    def __init__(self, calendar: Calendar, rows: Rows[AmountsKey, AmountsRow], names: Names) -> None:
        self.fresh: Final[defaultdict[tuple[str, int, str], int]] = defaultdict(int)
        """What came since the last settlement: millionths by account, local day and name."""
        self.changed: Final[dict[str, int]] = {}
        """The accounts that used something, as of the last settlement, with the earliest day of it."""
        self._calendar: Final = calendar
        self._rows: Final = rows
        self._names: Final = names
        self._accounts: Final[dict[int, set[str]]] = {}
        self._tidied = 0
        for account, day in rows:
            self._accounts.setdefault(day, set()).add(account)

    def sum(self, account: str, name: str, first: int, last: int) -> int:
        """Return how much of a name (empty: of all) an account used on the local days from `first` to `last`."""
        rows = (self._rows.get((account, day)) for day in range(first, last + 1))
        return sum(row.get(name, 0) for row in rows if row)

    def settle(self, as_of: int, since: Callable[[str], int | None]) -> None:
        """Write what changed by `as_of` (seconds); forget what is too old.

        Args:
            as_of: seconds.
            since: the first local day that an account's limits may ask for; None where it has none.
        """
        self.changed.clear()
        touched: dict[AmountsKey, AmountsRow] = {}
        for (account, day, name), amount in self.fresh.items():
            key = account, day
            row = touched.get(key)
            if row is None:
                row = touched[key] = self._rows.get(key) or {}
                self._accounts.setdefault(day, set()).add(account)
                self.changed[account] = min(day, self.changed.get(account, day))
            for kept in (ALL_NAMES, self._names.of(name)):
                row[kept] = row.get(kept, 0) + amount
        self.fresh.clear()
        for key, row in touched.items():
            self._rows[key] = row
        today = self._calendar.periods(as_of).day
        if today != self._tidied:
            self._tidied = today
            self._forget(today, since)

    def _forget(self, today: int, since: Callable[[str], int | None]) -> None:
        for day in [day for day in self._accounts if day < today - KEPT_DAYS]:
            held = self._accounts[day]
            for account in list(held):
                first = since(account)
                if first is None or day < max(first, today - LONGEST_DAYS):
                    held.discard(account)
                    del self._rows[account, day]
            if not held:
                del self._accounts[day]
