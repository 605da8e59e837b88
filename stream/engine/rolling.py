"""Rolling windows: what entered, less what has left.

A fact enters once, for all windows together, and is subtracted once from each window when its pane leaves: the sum of a
window is all that ever entered, less all that has left it. A fact that comes so late that its pane has left already is
among both. The cost of a fact depends neither on how long a window is nor on how finely it slides.
For some counters what leaves a window enters the one just before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from stream.engine.columns import left, past
from stream.engine.facts import Cells, Span, cells
from stream.engine.windows import DOUBLED, ROLLING, Rolling

Changes = defaultdict[str, Cells]
"""By column of the totals: what it changes by."""
Level = Mapping[int, Mapping[int, int]]
"""The cells of each pane of one grain."""


class RollingWindows:
    """The panes of the counters that share one set of rolling windows."""

    def __init__(self, names: Collection[str], known: Mapping[str, Rolling] = ROLLING) -> None:
        self.windows: Final[list[Rolling]] = [known[name] for name in names if name in known]
        self._doubled: Final = {name: double for name, double in DOUBLED.items() if double.name in names}
        self._all: Final = [*self.windows, *self._doubled.values()]
        self.grains: Final = tuple(sorted({window.pane for window in self.windows}))
        self.panes: Final[dict[int, dict[int, Cells]]] = {grain: {} for grain in self.grains}
        self._first: dict[str, int] = {}

    def start(self, as_of: int, changes: Changes) -> None:
        """Take the panes that a restore put there as what is in the windows at `as_of`."""
        for window in self.windows:
            first = self._first[window.name] = window.first_pane(as_of)
            gone = changes[left(window.name)]
            for pane, content in self.panes[window.pane].items():
                if pane >= first:
                    for cell, count in content.items():
                        gone[cell] -= count
        for name, double in self._doubled.items():
            first = self._first[double.name] = double.first_pane(as_of)
            panes, entered = self.panes[double.pane], changes[past(name)]
            for pane in _between(panes, first, self._first[name]):
                _add(entered, panes[pane])

    def oldest(self, grain: int) -> int:
        """Return the first pane of a grain that some window still holds."""
        return min(self._first[window.name] for window in self._all if window.pane == grain)

    def slide(self, as_of: int, changes: Changes) -> None:
        """Move every window to end at `as_of`; forget the panes that none holds any more."""
        for window in self.windows:
            first = window.first_pane(as_of)
            panes, gone = self.panes[window.pane], changes[left(window.name)]
            for pane in _between(panes, self._first.get(window.name, first), first):
                _add(gone, panes[pane])
                if window.name in self._doubled:
                    _add(changes[past(window.name)], panes[pane])
            self._first[window.name] = first
        for name, double in self._doubled.items():
            first = double.first_pane(as_of)
            panes, entered = self.panes[double.pane], changes[past(name)]
            for pane in _between(panes, self._first.get(double.name, first), first):
                _take(entered, panes[pane])
            self._first[double.name] = first
        for grain, panes in self.panes.items():
            oldest = self.oldest(grain)
            for pane in [number for number in panes if number < oldest]:
                del panes[pane]

    def add(self, by_second: Level, entered: Cells, changes: Changes) -> dict[int, Level]:
        """Add facts by second; return the panes that they add up to, by grain."""
        levels = self._levels(by_second)
        for grain, level in levels.items():
            oldest, panes = self.oldest(grain), self.panes[grain]
            for number, content in level.items():
                if number >= oldest:
                    pane = panes.get(number)
                    if pane is None:
                        pane = panes[number] = cells()
                    _add(pane, content)
        for content in levels[self.grains[-1]].values():
            _add(entered, content)
        for window in self.windows:
            gone = changes[left(window.name)]
            for content in before(levels, self._first[window.name] * window.pane):
                _add(gone, content)
        for name, double in self._doubled.items():
            inside = changes[past(name)]
            for content in before(levels, self._first[name] * double.pane):
                _add(inside, content)
            for content in before(levels, self._first[double.name] * double.pane):
                _take(inside, content)
        return levels

    def add_span(self, span: Span, entered: Cells, changes: Changes) -> None:
        """Give every pane its overlap with a span of time, in milliseconds."""
        entered[span.cell] += span.sign * (span.end - span.start)
        for grain, panes in self.panes.items():
            width = grain * 1_000
            for number in range(max(span.start // width, self.oldest(grain)), (span.end - 1) // width + 1):
                overlap = min(span.end, (number + 1) * width) - max(span.start, number * width)
                pane = panes.get(number)
                if pane is None:
                    pane = panes[number] = cells()
                pane[span.cell] += span.sign * overlap
        for window in self.windows:
            start = self._first[window.name] * window.pane * 1_000
            if span.start < start:
                changes[left(window.name)][span.cell] += span.sign * (min(span.end, start) - span.start)
        for name, double in self._doubled.items():
            start = self._first[double.name] * double.pane * 1_000
            end = self._first[name] * double.pane * 1_000
            overlap = min(span.end, end) - max(span.start, start)
            if overlap > 0:
                changes[past(name)][span.cell] += span.sign * overlap

    def _levels(self, by_second: Level) -> dict[int, Level]:
        levels: dict[int, Level] = {}
        finer, size = by_second, 1
        for grain in self.grains:
            finer = finer if grain == size else summed(finer, grain // size)
            size = grain
            levels[grain] = finer
        return levels


def before(levels: Mapping[int, Level], second: int) -> Iterator[Mapping[int, int]]:
    """Yield what adds up to the facts before a second, in the coarsest panes that it does not cut.

    The second is the edge of a pane of the finest grain that matters there.
    """
    covered = None
    for grain in sorted(levels, reverse=True):
        for number, content in levels[grain].items():
            start = number * grain
            if start + grain <= second and (covered is None or (start // covered + 1) * covered > second):
                yield content
        covered = grain


def summed(finer: Level, factor: int) -> Level:
    """Return panes added up to panes that are `factor` times as long."""
    coarser: defaultdict[int, Cells] = defaultdict(cells)
    for number, content in finer.items():
        _add(coarser[number // factor], content)
    return coarser


def _add(total: Cells, content: Mapping[int, int]) -> None:
    for cell, count in content.items():
        total[cell] += count


def _take(total: Cells, content: Mapping[int, int]) -> None:
    for cell, count in content.items():
        total[cell] -= count


def _between(panes: Mapping[int, Cells], first: int, end: int) -> list[int]:
    """Return the numbers in `[first, end)` that there are, looking through whichever is shorter."""
    if end - first > len(panes):
        return [number for number in panes if first <= number < end]
    return [number for number in range(first, end) if number in panes]
