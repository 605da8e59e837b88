"""Members: the people of each account, and on which local days they were active."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.engine.tables import Rows
from stream.engine.trackers.links import Links, PersonKey
from stream.engine.trackers.marks import Mark
from stream.engine.trackers.persons import Person


class Members:
    """The people of the accounts of one partition.

    Args:
        rows: the people, a row for each raw id.
        links: which anonymous id belongs to which user.
        accounts: the accounts that there are.
    """

    def __init__(self, rows: Rows[PersonKey, Person], links: Links, accounts: Iterable[str]) -> None:
        self.met: Final[set[str]] = set()
        """The accounts that had somebody active since the last judgement."""
        self._rows: Final = rows
        self._links: Final = links
        self._of: Final[dict[str, list[PersonKey]]] = {account: [] for account in accounts} if rows else {}
        for key in rows:
            if key[1] in self._of:
                self._of[key[1]].append(key)

    def meet(self, account: str, key: PersonKey, *, new: bool) -> None:
        """Let a raw id be active in an account, for the first time or again."""
        if new:
            self._of.setdefault(account, []).append(key)
        self.met.add(account)

    def active_days(self, account: str, today: int) -> list[int]:
        """Return for each person of an account the days of activity: bit i is set for the local day `today` − i."""
        found: dict[PersonKey, int] = {}
        for raw in self._of.get(account, ()):
            person = self._links.person(raw)
            for key in {raw, person}:
                row = self._rows.get(key)
                if row is not None:
                    found[person] = found.get(person, 0) | days_of(row.marks(), today)
        return list(found.values())


def days_of(marks: Iterable[Mark], today: int) -> int:
    """Return the days of activity of marks: bit i is set for the local day `today` − i."""
    days = 0
    for mark in marks:
        back = today - mark.day
        days |= mark.days << back if back >= 0 else mark.days >> -back
    return days
