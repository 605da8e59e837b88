"""Panes: the sums of facts in small slices of event time, and the window totals that slide over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from stream.engine.calendar import GRAINS, Calendar
from stream.engine.columns import ROLLING_ONLY, counted, entered, left, moved
from stream.engine.counters import CONFIGURED, LABEL, Cells, Counter, Parts
from stream.engine.facts import BySecond, Dating, Facts, PeriodFacts, by_second, by_window, cells
from stream.engine.periods import CalendarWindows, Period
from stream.engine.rolling import Changes, Level, RollingWindows
from stream.engine.segments import Segments
from stream.engine.settled import Fact, JournalKey, JournalRow, PaneKey, PaneRow, SettledFacts
from stream.engine.slos.counters import Budgets
from stream.engine.slos.model import Slo
from stream.engine.tables import Rows
from stream.engine.totals import Totals
from stream.engine.windows import CALENDAR, COHORTS, HABITS, HP, LP, NOW, RP, WEEKLY, H, L, R


class Panes:
    """Everything that facts add up to in one partition.

    Trackers put facts into `facts_of(counter)` and `period_facts`; `flush` moves the windows to an `as_of` and adds the
    facts. Every fact's time is before that `as_of`.
    """

    def __init__(
        self,
        calendar: Calendar,
        segments: Segments,
        journal: Rows[JournalKey, JournalRow],
        rows: Rows[PaneKey, PaneRow],
        slos: Sequence[tuple[Slo, Parts]] = (),
    ) -> None:
        self.calendar: Final = calendar
        self.segments: Final = segments
        self.cells: Final = Cells(segments)
        self._budgets: Final = Budgets(slos, self.cells) if slos else None
        more = () if self._budgets is None else self._budgets.rolling
        self.totals: Final = Totals(self.cells, () if self._budgets is None else self._budgets.names)
        self.period_facts: Final = PeriodFacts()
        self.window_facts: Final = by_window()
        """What is said of one window alone, such as a maximum in it, by the window's name."""
        self.dating: Final = Dating(
            max([Dating.FINE, *(window.size + 100 for window in more if window.pane < Dating.SLOT)]),
            max([Dating.FINEST, *(window.size + 10 for window in more if window.pane == 1)]),
        )
        self._facts: Final[dict[tuple[str, ...], Facts]] = {names: Facts() for names in (R, H, L, RP, HP, LP, WEEKLY)}
        self._rolling: Final = {names: RollingWindows(names) for names in self._facts}
        if self._budgets is not None:  # the last ones, since the others feed them
            self._facts[self._budgets.names] = Facts()
            self._rolling[self._budgets.names] = RollingWindows(
                self._budgets.names, {window.name: window for window in more}
            )
        self._calendar: Final = CalendarWindows(calendar, self.totals)
        self._settled: Final = SettledFacts(journal, rows, self.cells, calendar, self.dating.fine)
        self._counters: dict[str, Counter] = {}

    def facts_of(self, counter: Counter) -> Facts:
        """Return where the facts of a counter wait for the next flush."""
        self._counters[counter.name] = counter
        return self._facts[counter.rolling]

    def facts_for(self, rolling: tuple[str, ...]) -> Facts:
        """Return where the facts of the counters with these rolling windows wait."""
        return self._facts[rolling]

    def restore(self, as_of: int) -> None:
        """Put the settled facts back, as of the checkpoint; entities then say theirs as at any other time."""
        changes: Changes = defaultdict(cells)
        self._calendar.slide(as_of, changes)
        flows: dict[Period, defaultdict[int, int]] = defaultdict(cells)
        for grain, key, settled in self._settled.panes():
            for names, number, cell, count in self._fed(key, settled):
                if grain in GRAINS:
                    if names not in ROLLING_ONLY:
                        flows[grain, number][cell] += count
                else:
                    pane = self._rolling[names].panes[int(grain)].setdefault(number, cells())
                    pane[cell] += count
        self._calendar.restore(flows, changes)
        for rolling in self._rolling.values():
            rolling.start(as_of, changes)
        finer: dict[tuple[str, ...], BySecond] = defaultdict(by_second)
        self.dating.expect(as_of)
        dated = self.dating.of
        for key, settled in self._settled.recent():
            for names, second, cell, count in self._fed(key, settled):
                finer[names][dated(second)][cell] += count
        for names, facts in finer.items():
            self._add_flows(names, facts, changes)
        self.totals.add(changes)

    def flush(self, as_of: int) -> None:
        """Let all windows end at `as_of` and add the waiting facts to them."""
        changes: Changes = defaultdict(cells)
        self._calendar.slide(as_of, changes)
        for names, rolling in self._rolling.items():
            rolling.slide(as_of, changes)
            self._add(names, changes)
        for period, content in self.period_facts.periods.items():
            if self._budgets is not None:
                self._budgets.spread(content)
            self._calendar.say(period, content, changes)
        for window, content in self.window_facts.items():
            # a rolling window is what entered it, less what has left: what it gains alone has left it by that much less
            change, sign = (changes[counted(window)], 1) if window in CALENDAR else (changes[left(window)], -1)
            for cell, count in content.items():
                change[cell] += sign * count
        changes[NOW] = self.period_facts.gauges
        changes[COHORTS] = self.period_facts.cohorts
        changes[HABITS] = self.period_facts.habits
        self.totals.add(changes)
        self.period_facts.clear()
        self.window_facts.clear()
        self._settled.fold(as_of, self._oldest)

    def _add(self, names: tuple[str, ...], changes: Changes) -> None:
        facts, rolling = self._facts[names], self._rolling[names]
        if self._budgets is not None and names != self._budgets.names:
            self._budgets.take(facts, self._facts[self._budgets.names])
        if facts.settled:
            self._add_flows(names, facts.settled, changes)
            self._settled.add(facts.settled)
        if facts.dated:
            self._add_flows(names, facts.dated, changes)
        if facts.moving:
            rolling.add(facts.moving, changes[moved(names)], changes)
        for span in facts.spans:
            rolling.add_span(span, changes[entered(names)], changes)
            self._calendar.add_span(span, changes)
        facts.clear()

    def _add_flows(self, names: tuple[str, ...], facts: Level, changes: Changes) -> None:
        levels = self._rolling[names].add(facts, changes[entered(names)], changes)
        if names not in ROLLING_ONLY:
            self._calendar.add(levels[Dating.SLOT], Dating.SLOT, changes)

    def _oldest(self, grain: str) -> int:
        """Return the first pane of a grain that a window still holds."""
        if grain in GRAINS:
            return self._calendar.oldest(grain)
        wanted = (
            [self._rolling[RP]] if self._budgets is None else [self._rolling[RP], self._rolling[self._budgets.names]]
        )
        return min(rolling.oldest(int(grain)) for rolling in wanted)

    def _fed(self, key: str, facts: Iterable[Fact]) -> Iterator[tuple[tuple[str, ...], int, int, int]]:
        """Yield where settled facts of a key count: the windows, when, the cell, how much; objectives made of them too.

        There are none where the key is of a counter that the configuration no longer declares.
        """
        name, separator, label = key.partition(LABEL)
        if key.startswith(CONFIGURED) and name not in self._counters:
            return
        counter, number, budgets = self._counters[name], self.cells.number, self._budgets
        for when, member, count in facts:
            cell = number(counter, member, label if separator else None)
            yield counter.rolling, when, cell, count
            if budgets is not None:
                for own, part in budgets.fed(cell, count):
                    yield budgets.names, when, own, part
