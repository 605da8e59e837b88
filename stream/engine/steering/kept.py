"""What values were, as they were judged at the time: late events do not rewrite it.

Every instant of the grid is kept for 25 hours and every full hour for 35 days; what a period began with, for as long as
the period.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import MutableMapping
from fractions import Fraction
from typing import Final

from stream.engine.tables import Table

HOUR: Final = 3_600
FINE: Final = 25 * HOUR
LONG: Final = 35 * 24 * HOUR + HOUR
_STALE: Final = HOUR

KeptKey = tuple[str, int]
"""What was kept: segment, value and definition as text; and the second."""
KEPT: Final = Table("kept_values", KeptKey, str)
STARTS: Final = Table("kept_starts", KeptKey, str)

Rows = MutableMapping[KeptKey, str]


class Kept:
    """What values were at some instants; null is kept as such.

    Args:
        rows: the state.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows: Final = rows
        self._instants: dict[str, list[int]] = {}
        for name, instant in rows:
            insort(self._instants.setdefault(name, []), instant)

    def put(self, name: str, instant: int, value: Fraction | int | None) -> None:
        """Keep what a value is at an instant, unless that was kept before."""
        instants = self._instants.setdefault(name, [])
        if (name, instant) not in self._rows:
            self._rows[name, instant] = "" if value is None else str(Fraction(value))
            insort(instants, instant)

    def at(self, name: str, instant: int) -> Fraction | None:
        """Return what a value was at exactly an instant; None where nobody knows."""
        text = self._rows.get((name, instant))
        return Fraction(text) if text else None

    def sample(self, name: str, instant: int, as_of: int) -> Fraction | None:
        """Return the last value that was kept at or before an instant, and not more than an hour before.

        Of what is older than 25 hours at `as_of` only full hours count, whether or not the others are gone already.
        """
        instants = self._instants.get(name, [])
        for place in range(bisect_right(instants, instant) - 1, -1, -1):
            if instants[place] < instant - _STALE:
                return None
            if instants[place] >= as_of - FINE or instants[place] % HOUR == 0:
                return self.at(name, instants[place])
        return None

    def tidy(self, as_of: int, known: set[str]) -> None:
        """Forget what no sample can ask for any more, and everything about values that are not known."""
        for name, instants in list(self._instants.items()):
            gone = [
                instant
                for instant in instants
                if name not in known or instant < as_of - LONG or (instant < as_of - FINE and instant % HOUR)
            ]
            self._forget(name, gone)

    def forget(self, before: dict[str, int]) -> None:
        """Forget what was kept of each value before an instant, and everything of values that are not named."""
        for name, instants in list(self._instants.items()):
            first = before.get(name)
            self._forget(name, [instant for instant in instants if first is None or instant < first])

    def _forget(self, name: str, gone: list[int]) -> None:
        for instant in gone:
            del self._rows[name, instant]
        left = [instant for instant in self._instants[name] if (name, instant) in self._rows] if gone else None
        if left is not None:
            self._instants[name] = left
