"""Calendar windows: what entered, less what is dated before the period began.

Flows need no sum of their own for a day, a week or a month: a period is what lies between two edges, and all that is
kept of an edge is the sum of what is dated before it. Distinct counts are said by period, and are summed by period.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.engine.calendar import GRAINS, Calendar, Periods
from stream.engine.columns import counted, earlier
from stream.engine.facts import Cells, Span, cells
from stream.engine.rolling import Changes, Level
from stream.engine.totals import Totals
from stream.engine.windows import PERIODS

Period = tuple[str, int]
BACK: Final = 2
"""How many periods before the running one still have a window."""
BY_GRAIN: Final = {
    grain: sorted((window for window in PERIODS.values() if window.grain == grain), key=lambda window: window.back)
    for grain in GRAINS
}
"""The windows of a grain: that of the period that contains `as_of`, that of the one before it, and so on."""


class CalendarWindows:
    """The current local day, week and month, and those before them."""

    def __init__(self, calendar: Calendar, totals: Totals) -> None:
        self._calendar: Final = calendar
        self._totals: Final = totals
        self._sums: Final[dict[Period, Cells]] = {}
        self._current: Periods | None = None
        self._starts: list[tuple[int, str]] = []

    def slide(self, as_of: int, changes: Changes) -> None:
        """Let every window mean the period that it means at `as_of`; forget the sums of those that none means any more.

        Whatever entered until now is dated before the periods that begin now.
        """
        current = self._calendar.periods(as_of)
        if current == self._current:
            return
        for grain, windows in BY_GRAIN.items():
            now = int(getattr(current, grain))
            before = now if self._current is None else int(getattr(self._current, grain))
            if now != before:
                self._totals.turn([earlier(window.name) for window in windows], now - before)
        for window in PERIODS.values():
            was = None if self._current is None else window.ordinal(self._current)
            now = window.ordinal(current)
            if was != now:
                change = changes[counted(window.name)]
                for cell, count in self._sums.get((window.grain, was or 0), {}).items():
                    change[cell] -= count
                for cell, count in self._sums.get((window.grain, now), {}).items():
                    change[cell] += count
        self._current = current
        self._starts = sorted(
            (self._calendar.start(window.grain, window.ordinal(current)), window.name) for window in PERIODS.values()
        )
        for period in [period for period in self._sums if period[1] < self.oldest(period[0])]:
            del self._sums[period]

    def oldest(self, grain: str) -> int:
        """Return the first period of a grain that some window still means."""
        return int(getattr(self._current, grain)) - BACK

    def restore(self, flows: Mapping[Period, Mapping[int, int]], changes: Changes) -> None:
        """Take sums of flows by period as what lies between the edges."""
        for grain, windows in BY_GRAIN.items():
            now = int(getattr(self._current, grain))
            for window in windows:
                for back in range(window.back + 1):
                    for cell, count in flows.get((grain, now - back), {}).items():
                        changes[earlier(window.name)][cell] -= count

    def say(self, period: Period, content: Mapping[int, int], changes: Changes) -> None:
        """Add what is said of a period as a whole."""
        grain, ordinal = period
        if ordinal < self.oldest(grain):
            return
        total = self._sums.get(period)
        if total is None:
            total = self._sums[period] = cells()
        for cell, count in content.items():
            total[cell] += count
        for window in BY_GRAIN[grain]:
            if self._current is not None and window.ordinal(self._current) == ordinal:
                change = changes[counted(window.name)]
                for cell, count in content.items():
                    change[cell] += count

    def add(self, level: Level, grain: int, changes: Changes) -> None:
        """Add flows that have entered, by panes that no period's edge cuts: what is dated before an edge."""
        latest = self._starts[-1][0]
        for number, content in level.items():
            second = number * grain
            if second >= latest:
                continue
            for start, window in self._starts:
                if second < start:
                    change = changes[earlier(window)]
                    for cell, count in content.items():
                        change[cell] += count

    def add_span(self, span: Span, changes: Changes) -> None:
        """Add a span of time that has entered, in milliseconds: the part before an edge."""
        for start, window in self._starts:
            if span.start < start * 1_000:
                part = min(span.end, start * 1_000) - span.start
                changes[earlier(window)][span.cell] += span.sign * part
