"""Panes: the sums of facts in small slices of event time, and the window totals that slide over them."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from stream.engine.calendar import GRAINS, Calendar
from stream.engine.counters import LABEL, Cells, Counter
from stream.engine.facts import Dating, Facts, PeriodFacts, cells
from stream.engine.periods import CalendarWindows
from stream.engine.rolling import Changes, RollingWindows
from stream.engine.segments import Segments
from stream.engine.settled import PaneKey, PaneRow, SettledPanes
from stream.engine.tables import Rows
from stream.engine.totals import Totals
from stream.engine.windows import NOW, H, L, R


class Panes:
    """Everything that facts add up to in one partition.

    Trackers put facts into `facts_of(counter)` and `period_facts`; `flush` moves the windows to an `as_of` and adds the
    facts. Every fact's time is before that `as_of`.
    """

    def __init__(self, calendar: Calendar, segments: Segments, rows: Rows[PaneKey, PaneRow]) -> None:
        self.calendar: Final = calendar
        self.segments: Final = segments
        self.cells: Final = Cells(segments)
        self.totals: Final = Totals(self.cells)
        self.period_facts: Final = PeriodFacts()
        self.dating: Final = Dating()
        self._facts: Final[dict[tuple[str, ...], Facts]] = {names: Facts() for names in (R, H, L)}
        self._rolling: Final = {names: RollingWindows(names) for names in self._facts}
        self._calendar: Final = CalendarWindows(calendar)
        self._settled: Final = SettledPanes(rows, segments, self.cells)
        self._counters: dict[str, Counter] = {}

    def facts_of(self, counter: Counter) -> Facts:
        """Return where the facts of a counter wait for the next flush."""
        self._counters[counter.name] = counter
        return self._facts[counter.rolling]

    def facts_for(self, rolling: tuple[str, ...]) -> Facts:
        """Return where the facts of the counters with these rolling windows wait."""
        return self._facts[rolling]

    def restore(self, as_of: int) -> None:
        """Put the settled panes back, as of the checkpoint; entities then say their facts as at any other time."""
        changes: Changes = defaultdict(cells)
        self._calendar.slide(as_of, changes)
        for grain, number, cell, count in self._settled.cells():
            if grain in GRAINS:
                self._calendar.add((grain, number), {cell: count}, changes)
            else:
                counter = self._counters[self.cells.keys[cell].partition(LABEL)[0]]
                pane = self._rolling[counter.rolling].panes[int(grain)].setdefault(number, cells())
                pane[cell] += count
        for rolling in self._rolling.values():
            rolling.start(as_of, changes)
        self.totals.add(changes)

    def flush(self, as_of: int) -> None:
        """Let all windows end at `as_of` and add the waiting facts to them."""
        changes: Changes = defaultdict(cells)
        gone = {(grain, number) for grain, number in self._calendar.slide(as_of, changes)}
        for names, rolling in self._rolling.items():
            gone.update((str(grain), number) for grain, number in rolling.slide(as_of, changes))
            self._add(self._facts[names], rolling, changes)
        for period, cells_of_period in self.period_facts.periods.items():
            self._calendar.add(period, cells_of_period, changes)
        changes[NOW] = self.period_facts.gauges
        self.totals.add(changes)
        self.period_facts.clear()
        for grain, number in gone:
            self._settled.drop(grain, number)

    def _add(self, facts: Facts, rolling: RollingWindows, changes: Changes) -> None:
        finest_of_calendar = 300
        for by_second in (facts.settled, facts.dated):
            if not by_second:
                continue
            levels = rolling.add(by_second, changes)
            periods = self._calendar.of_level(levels[finest_of_calendar], finest_of_calendar)
            for period, cells_of_period in periods.items():
                self._calendar.add(period, cells_of_period, changes)
            if by_second is facts.settled:
                for grain, level in levels.items():
                    oldest = rolling.oldest(grain)
                    for number, content in level.items():
                        if number >= oldest:
                            self._settled.add(str(grain), number, content)
                for (grain_name, ordinal), cells_of_period in periods.items():
                    if ordinal >= self._calendar.oldest(grain_name):
                        self._settled.add(grain_name, ordinal, cells_of_period)
        if facts.moving:
            rolling.add(facts.moving, changes)
        for span in facts.spans:
            rolling.add_span(span, changes)
            self._calendar.add_span(span, changes)
        facts.clear()
