"""Calendar windows: one running sum for each local day, week and month that a window can mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stream.engine.calendar import GRAINS, Calendar, Periods
from stream.engine.facts import Cells, Span, cells
from stream.engine.rolling import Changes, Level
from stream.engine.windows import CALENDAR

Period = tuple[str, int]


class CalendarWindows:
    """The sums of the current and the previous local day, week and month."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar: Final = calendar
        self.sums: Final[dict[Period, Cells]] = {}
        self._current: Periods | None = None

    def slide(self, as_of: int, changes: Changes) -> list[Period]:
        """Let every window mean the period that it means at `as_of`; return the periods that none means any more."""
        current = self.calendar.periods(as_of)
        if current == self._current:
            return []
        for window in CALENDAR.values():
            before = None if self._current is None else window.ordinal(self._current)
            now = window.ordinal(current)
            if before != now:
                change = changes[window.name]
                for cell, count in self.sums.get((window.grain, before or 0), {}).items():
                    change[cell] -= count
                for cell, count in self.sums.get((window.grain, now), {}).items():
                    change[cell] += count
        self._current = current
        gone = [period for period in self.sums if period[1] < self.oldest(period[0])]
        for period in gone:
            del self.sums[period]
        return gone

    def oldest(self, grain: str) -> int:
        """Return the first period of a grain that some window still means."""
        return int(getattr(self._current, grain)) - 1

    def add(self, period: Period, content: Mapping[int, int], changes: Changes) -> None:
        """Add the cells of one period."""
        grain, ordinal = period
        if ordinal < self.oldest(grain):
            return
        total = self.sums.get(period)
        if total is None:
            total = self.sums[period] = cells()
        for cell, count in content.items():
            total[cell] += count
        for window in CALENDAR.values():
            if window.grain == grain and self._current is not None and window.ordinal(self._current) == ordinal:
                change = changes[window.name]
                for cell, count in content.items():
                    change[cell] += count

    def of_level(self, level: Level, grain: int) -> dict[Period, Cells]:
        """Return what panes add up to by period; no pane of 15 minutes or less is cut by a period's edge."""
        found: dict[Period, Cells] = {}
        for number, content in level.items():
            for period in zip(GRAINS, self.calendar.periods(number * grain), strict=True):
                total = found.get(period)
                if total is None:
                    total = found[period] = cells()
                for cell, count in content.items():
                    total[cell] += count
        return found

    def add_span(self, span: Span, changes: Changes) -> None:
        """Give every period its overlap with a span of time, in milliseconds."""
        first, last = self.calendar.periods(span.start // 1_000), self.calendar.periods((span.end - 1) // 1_000)
        for grain in GRAINS:
            for ordinal in range(max(getattr(first, grain), self.oldest(grain)), getattr(last, grain) + 1):
                start = max(span.start, 1_000 * self.calendar.start(grain, ordinal))
                end = min(span.end, 1_000 * self.calendar.start(grain, ordinal + 1))
                self.add((grain, ordinal), {span.cell: span.sign * (end - start)}, changes)
