"""Rolling windows: panes that enter are added, panes that leave are subtracted, and nothing else.

The cost of a fact does not depend on how long a window is or how finely it slides. Facts are added up by second first;
each grain is summed from the finer one, so that many facts of an hour touch its pane once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from stream.engine.facts import Cells, Span, cells
from stream.engine.windows import ROLLING, Rolling

Changes = defaultdict[str, Cells]
"""By window: what its sums change by."""
Level = Mapping[int, Mapping[int, int]]
"""The cells of each pane of one grain."""


class RollingWindows:
    """The panes of the counters that share one set of rolling windows."""

    def __init__(self, names: Iterable[str]) -> None:
        self._grains: Final[dict[int, list[Rolling]]] = {}
        for name in names:
            self._grains.setdefault(ROLLING[name].pane, []).append(ROLLING[name])
        self.grains: Final = tuple(sorted(self._grains))
        self.panes: Final[dict[int, dict[int, Cells]]] = {grain: {} for grain in self.grains}
        self._first: dict[str, int] = {}

    def start(self, as_of: int, changes: Changes) -> None:
        """Take the panes that were put there by a restore as the sums at `as_of`."""
        for grain, windows in self._grains.items():
            for window in windows:
                first = self._first[window.name] = window.first_pane(as_of)
                for pane, content in self.panes[grain].items():
                    if pane >= first:
                        _add(changes[window.name], content)

    def oldest(self, grain: int) -> int:
        """Return the first pane of a grain that some window still holds."""
        return min(self._first[window.name] for window in self._grains[grain])

    def slide(self, as_of: int, changes: Changes) -> list[tuple[int, int]]:
        """Move every window to end at `as_of`; return the (grain, pane) that no window holds any more."""
        gone: list[tuple[int, int]] = []
        for grain, windows in self._grains.items():
            panes = self.panes[grain]
            for window in windows:
                first = window.first_pane(as_of)
                for pane in _between(panes, self._first.get(window.name, first), first):
                    _subtract(changes[window.name], panes[pane])
                self._first[window.name] = first
            oldest = self.oldest(grain)
            expired = [pane for pane in _expired(panes, oldest)]
            for pane in expired:
                del panes[pane]
                gone.append((grain, pane))
        return gone

    def add(self, by_second: Level, changes: Changes) -> dict[int, Level]:
        """Add dated facts; return the panes that they add up to, by grain."""
        levels: dict[int, Level] = {}
        finer, size = by_second, 1
        for grain in self.grains:
            finer = finer if grain == size else summed(finer, grain // size)
            size = grain
            levels[grain] = finer
            oldest, panes, windows = self.oldest(grain), self.panes[grain], self._grains[grain]
            for number, content in finer.items():
                if number < oldest:
                    continue
                pane = panes.get(number)
                if pane is None:
                    pane = panes[number] = cells()
                _add(pane, content)
                for window in windows:
                    if number >= self._first[window.name]:
                        _add(changes[window.name], content)
        return levels

    def add_span(self, span: Span, changes: Changes) -> None:
        """Give every pane its overlap with a span of time, in milliseconds."""
        for grain, windows in self._grains.items():
            width, panes = grain * 1_000, self.panes[grain]
            for number in range(max(span.start // width, self.oldest(grain)), (span.end - 1) // width + 1):
                overlap = min(span.end, (number + 1) * width) - max(span.start, number * width)
                pane = panes.get(number)
                if pane is None:
                    pane = panes[number] = cells()
                pane[span.cell] += span.sign * overlap
                for window in windows:
                    if number >= self._first[window.name]:
                        changes[window.name][span.cell] += span.sign * overlap


def summed(finer: Level, factor: int) -> Level:
    """Return panes added up to panes that are `factor` times as long."""
    coarser: defaultdict[int, Cells] = defaultdict(cells)
    for number, content in finer.items():
        _add(coarser[number // factor], content)
    return coarser


def _add(total: Cells, content: Mapping[int, int]) -> None:
    for cell, count in content.items():
        total[cell] += count


def _subtract(total: Cells, content: Mapping[int, int]) -> None:
    for cell, count in content.items():
        total[cell] -= count


def _between(panes: Mapping[int, Cells], first: int, end: int) -> list[int]:
    """Return the numbers in `[first, end)` that there are, looking through whichever is shorter."""
    if end - first > len(panes):
        return [number for number in panes if first <= number < end]
    return [number for number in range(first, end) if number in panes]


def _expired(panes: Mapping[int, Cells], oldest: int) -> list[int]:
    # panes are few (hundreds a grain), and most calls find none to drop at the front
    return [number for number in panes if number < oldest]
