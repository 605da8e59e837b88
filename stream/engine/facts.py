"""Facts on their way to the panes, added up by cell before any pane is touched.

A fact is (when, cell, integer). How it is dated, and whether a row can say it again, decides where it waits:

| where | rolling windows | calendar | a restart gets it back from |
| --- | --- | --- | --- |
| `settled` | by its second | by its second | the rows of the panes: nothing else knows it |
| `dated` | by its second | by its second | the row of the entity that says it |
| `moving` | by its second | – | the row: the latest time of something, for distinct counts |
| `periods` | – | its period | the row: the other half of distinct counts |
| `spans` | by overlap, in ms | by overlap | the row: time spent in a state |
| `gauges` | – | – | the row: what holds now |
| `window_facts` | one of them | one of them | the row: what is no sum, such as a maximum |
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final, NamedTuple

Cells = defaultdict[int, int]
BySecond = defaultdict[int, Cells]


def cells() -> Cells:
    """Return an empty sum of cells."""
    return defaultdict(int)


def by_second() -> BySecond:
    """Return empty sums of cells by second."""
    return defaultdict(cells)


def by_window() -> defaultdict[str, Cells]:
    """Return empty sums of cells by window."""
    return defaultdict(cells)


class Span(NamedTuple):
    """Time spent, `[start, end)` in milliseconds since the epoch, counted `sign` times."""

    start: int
    end: int
    cell: int
    sign: int


class Dating:
    """How finely facts are dated: to the second while a window with panes of a second can still hold them.

    Once it is known that the next flush is at `as_of` or later, seconds need no telling apart where by then only
    windows with panes of ten seconds, or of five minutes, are left. So facts of a catch-up add up before any pane
    is touched.
    """

    SLOT: Final = 300
    FINE: Final = 3_700
    """Seconds: the longest window with panes of less than a slot, and more than a pane."""
    FINEST: Final = 310
    """Seconds: the longest window with panes of a second, and a pane of the next grain."""

    def __init__(self, fine: int = FINE, finest: int = FINEST) -> None:
        self.fine: Final = fine
        """Seconds after which no window needs anything finer than a slot."""
        self._finest: Final = finest
        self._seconds_from = self._tens_from = -(1 << 62)

    def expect(self, as_of: int) -> None:
        """Say that the next flush is not before `as_of` (seconds)."""
        self._seconds_from = max(self._seconds_from, as_of - self._finest)
        self._tens_from = self._seconds_from + self._finest - self.fine

    def of(self, second: int) -> int:
        """Return the second that stands for a second."""
        if second >= self._seconds_from:
            return second
        return second - second % (10 if second >= self._tens_from else self.SLOT)


class Facts:
    """The facts of the counters that share one set of rolling windows, since the last flush."""

    def __init__(self) -> None:
        self.settled: Final = by_second()
        self.dated: Final = by_second()
        self.moving: Final = by_second()
        self.spans: Final[list[Span]] = []

    def clear(self) -> None:
        """Forget what has been flushed."""
        self.settled.clear()
        self.dated.clear()
        self.moving.clear()
        self.spans.clear()


class PeriodFacts:
    """Facts that belong to a local day, week or month as a whole, by (grain, ordinal)."""

    def __init__(self) -> None:
        self.periods: Final[defaultdict[tuple[str, int], Cells]] = defaultdict(cells)
        self.gauges: Final = cells()
        self.cohorts: Final = cells()
        self.habits: Final = cells()
        """Gauges, too, by windows of their own: they have many labels and change rarely."""

    def clear(self) -> None:
        """Forget what has been flushed."""
        self.periods.clear()
        self.gauges.clear()
        self.cohorts.clear()
        self.habits.clear()
