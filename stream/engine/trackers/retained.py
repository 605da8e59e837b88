"""Cohorts: of those who were first active in a period, how many were active in each period after it.

Cell n of a cohort counts those of its members that were active in the period cohort + n. In a segment a cohort is its
members that were active there in the cohort's own period; later they count wherever they are active.
"""

from __future__ import annotations

from typing import Final

from stream.engine.calendar import GRAINS, Periods
from stream.engine.counters import Counter
from stream.engine.facts import Cells, cells
from stream.engine.panes import Panes

SHOWN: Final = {"day": 31, "week": 13, "month": 13}
"""Cohorts of a table; it has as many columns."""
_KEPT: Final = {grain: shown + 1 for grain, shown in SHOWN.items()}
"""The gauge of the last column is of the cohort before the first of the table."""
SLOTS: Final = 2
"""Numbers of cohorts are used again after so many tables: where partitions are a period apart, they do not mix."""


def slot(grain: str, cohort: int) -> int:
    """Return the number under which a cohort is kept."""
    return cohort % (SLOTS * _KEPT[grain])


class RetentionFacts:
    """What the periods of people, or of accounts, say to the tables of retention."""

    def __init__(self, panes: Panes, counters: dict[str, Counter]) -> None:
        self._panes: Final = panes
        self._counters: Final = counters
        self._gauges: Final = panes.period_facts.cohorts
        self._said: Final[dict[tuple[str, int], Cells]] = {}

    def turn(self, now: Periods) -> None:
        """Forget the cohorts that are in no table any more."""
        for grain, cohort in [key for key in self._said if key[1] <= self._before(key[0], now)]:
            for cell, count in self._said.pop((grain, cohort)).items():
                self._gauges[cell] -= count

    def holds(self, grain: str, born: int, now: Periods) -> bool:
        """Say whether something shows the cohort of a period, or will."""
        return born > self._before(grain, now)

    def say(self, grain: str, born: int, member: int, active: tuple[int, int], now: Periods, sign: int) -> None:
        """Say (sign 1, or as many as are alike) or take back (sign −1) in which periods somebody was active.

        Args:
            grain: of the periods.
            born: the period of the first activity.
            member: the segments with activity in that period.
            active: the newest period with activity anywhere, and the bitmap of periods back from it.
            now: the current periods.
            sign: 1, −1, or how many say it.
        """
        if not self.holds(grain, born, now):
            return
        newest, bitmap = active
        said = self._said.get((grain, born))
        if said is None:
            said = self._said[grain, born] = cells()
        counter, number = self._counters[grain], slot(grain, born)
        for period in range(min(newest - born, SHOWN[grain] - 1) + 1):
            if bitmap >> (newest - born - period) & 1:
                cell = self._panes.cells.number(counter, member, f"{number}.{period}")
                said[cell] += sign
                self._gauges[cell] += sign

    def _before(self, grain: str, now: Periods) -> int:
        """Return the newest cohort that is in no table any more."""
        return int(getattr(now, grain)) - _KEPT[grain]


RETAINED_USERS: Final = {grain: Counter(f"retained_users_{grain}") for grain in GRAINS}
RETAINED_ACCOUNTS: Final = {"month": Counter("retained_accounts_month")}
