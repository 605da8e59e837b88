"""Window totals: what every counter adds up to, by segment and window, at one `as_of`.

What is kept of a segment are columns: what entered, what has left each rolling window, what is dated before each
calendar window. A window's total is made of them when somebody asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from stream.engine.columns import KEPT_FOR, ROLLING_ONLY, counted, earlier, entered, left, moved, past
from stream.engine.counters import Cells, unpacked
from stream.engine.segments import ALL
from stream.engine.windows import COHORTS, DOUBLED, HABITS, NOW, PERIODS, ROLLING

Total = dict[str, int]
"""Counters by key (`sessions`, `uses:export`); what is 0 is not there."""


class _Formula(NamedTuple):
    plus: tuple[str, ...]
    minus: tuple[str, ...]


def _kept_for(more: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return (*KEPT_FOR, more) if more else KEPT_FOR


def _formulas(more: tuple[str, ...]) -> dict[str, _Formula]:
    kept_for = _kept_for(more)
    rolling = dict.fromkeys((*ROLLING, *more[1:]))
    found = {
        name: _Formula(
            tuple(column(kept) for kept in (*kept_for, *ROLLING_ONLY) if name in kept for column in (entered, moved)),
            (left(name),),
        )
        for name in rolling
    }
    found |= {double.name: _Formula((past(name),), ()) for name, double in DOUBLED.items()}
    by_place = {(window.grain, window.back): name for name, window in PERIODS.items()}
    for (grain, back), name in by_place.items():
        end = (earlier(by_place[grain, back - 1]),) if back else tuple(map(entered, kept_for))
        found[name] = _Formula((*end, counted(name)), (earlier(name),))
    return found | {gauges: _Formula((gauges,), ()) for gauges in (NOW, COHORTS, HABITS)}


class Totals:
    """The totals of one partition, and which of them changed since they were last taken.

    `all` is brought up to date by every flush. The other segments are taken less often; until then what changed waits
    by cell, where most of it cancels out.

    Args:
        cells: what cells stand for.
        more: the key and the names of rolling windows that some counters have beyond the usual ones.
    """

    def __init__(self, cells: Cells, more: tuple[str, ...] = ()) -> None:
        self._cells: Final = cells
        self._entered: Final = tuple(map(entered, _kept_for(more)))
        self._formulas: Final = _formulas(more)
        columns = {column for formula in self._formulas.values() for column in (*formula.plus, *formula.minus)}
        self._windows_of: Final = {
            column: [window for window, formula in self._formulas.items() if column in (*formula.plus, *formula.minus)]
            for column in columns
        }
        self._columns: Final[dict[int, dict[str, Total]]] = {ALL: {}}
        self._changed: set[tuple[int, str]] = set()
        self._waiting: Final[dict[str, defaultdict[int, int]]] = {}

    def add(self, changes: Mapping[str, Mapping[int, int]]) -> None:
        """Add what flushed facts change, by column."""
        owners = self._cells.owners
        for column, change in changes.items():
            if not change:
                continue
            waiting = self._waiting.get(column)
            if waiting is None:
                waiting = self._waiting[column] = defaultdict(int)
            total = self._columns[ALL].setdefault(column, {})
            changed = False
            for cell, count in change.items():
                if count:
                    waiting[cell] += count
                    if owners[cell][0] == ALL:
                        changed = True
                        self._put(total, cell, count)
            if changed:
                self._changed.update((ALL, window) for window in self._windows_of[column])

    def turn(self, edges: Sequence[str], steps: int) -> None:
        """Let new periods begin: all flows that entered are dated before them.

        Args:
            edges: the columns before the period that runs, before the one before it, and so on.
            steps: how many periods have begun.
        """
        self._spread()
        for segment, columns in self._columns.items():
            before: Total = {}
            for column in self._entered:
                before |= columns.get(column, {})
            for place in range(len(edges) - 1, -1, -1):
                columns[edges[place]] = columns.get(edges[place - steps], {}) if place >= steps else dict(before)
            self._changed.update((segment, window) for column in edges for window in self._windows_of[column])

    def of(self, segment: int, window: str) -> Total:
        """Return the total of a segment and window as it is now."""
        if segment != ALL:
            self._spread()
        return self._total(self._columns.get(segment, {}), window)

    def by_window(self, segment: str) -> Mapping[str, Total]:
        """Return the totals of a segment, by its name, as they are now."""
        number = self._cells.segments.number(segment)
        return {} if number is None else {window: self.of(number, window) for window in self._formulas}

    def take_changed(self, *, every_segment: bool) -> Iterator[tuple[int, str, Total]]:
        """Yield the totals that changed since they were last taken, of `all` or of every segment."""
        if every_segment:
            self._spread()
        due = sorted(item for item in self._changed if every_segment or item[0] == ALL)
        self._changed.difference_update(due)
        for segment, window in due:
            yield segment, window, self._total(self._columns.get(segment, {}), window)

    def change_all(self) -> None:
        """Let every total of every segment that was ever seen count as changed."""
        numbers = range(len(self._cells.segments.names))
        self._changed.update((segment, window) for segment in numbers for window in self._formulas)

    def changed(self) -> bool:
        """Say whether any total changed since it was last taken."""
        return bool(self._changed) or any(self._waiting.values())

    def _total(self, columns: Mapping[str, Total], window: str) -> Total:
        formula = self._formulas[window]
        total: Total = {}
        for column in formula.plus:
            total.update(columns.get(column, {}))  # no counter is in two of them
        for column in formula.minus:
            for key, count in columns.get(column, {}).items():
                rest = total.get(key, 0) - count
                if rest:
                    total[key] = rest
                else:
                    total.pop(key, None)
        return total

    def _spread(self) -> None:
        """Bring the segments other than `all` up to date."""
        owners, columns_of = self._cells.owners, self._columns
        for column, waiting in self._waiting.items():
            for cell, count in waiting.items():
                if not count:
                    continue
                for segment in owners[cell]:
                    if segment != ALL:
                        columns = columns_of.get(segment)
                        if columns is None:
                            columns = columns_of[segment] = {}
                        total = columns.get(column)
                        if total is None:
                            total = columns[column] = {}
                        self._put(total, cell, count)
                        self._changed.update([(segment, window) for window in self._windows_of[column]])
            waiting.clear()

    def _put(self, total: Total, cell: int, count: int) -> None:
        fields = self._cells.counters[cell].fields
        if fields:
            for name, value in zip(fields, unpacked(count, len(fields)), strict=True):
                if value:
                    _add(total, name, value)
        else:
            _add(total, self._cells.keys[cell], count)


def _add(total: Total, key: str, count: int) -> None:
    now = total.get(key, 0) + count
    if now:
        total[key] = now
    else:
        del total[key]
