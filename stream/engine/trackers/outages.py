"""Outages: runs of down of one service, and the longest of them in each window (catalogue part 3, section 4.2).

An outage is counted where it began. How long it was inside a window is no sum: each service says its longest one of
each window, and the merge takes the largest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter as Sum
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from stream.engine.counters import Counter
from stream.engine.panes import Panes
from stream.engine.trackers.timeline import MAINTENANCE, Stretch
from stream.engine.windows import L, R

OUTAGES: Final = Counter("outages", R)
LONGEST_OUTAGE: Final = Counter("longest_outage_ms", L)
"""By service, of one window alone: labels do not meet, so adding partitions up leaves each as it is."""

Bounds = tuple[int, int]
"""Start and end of a window, in seconds."""


class Outage(NamedTuple):
    """The runs of down that are one outage, `[start, end)` in ms, in order."""

    runs: tuple[tuple[int, int], ...]

    @property
    def begin(self) -> int:
        """Its first ms of down."""
        return self.runs[0][0]

    @property
    def end(self) -> int:
        """The end of its last run."""
        return self.runs[-1][1]

    def within(self, start: int, end: int) -> int:
        """Return the ms of down inside `[start, end)`."""
        return sum(max(0, min(run[1], end) - max(run[0], start)) for run in self.runs)


class Outages:
    """The outages of one service in order, and what was said of the longest."""

    def __init__(self) -> None:
        self.found: list[Outage] = []
        self.version = 0
        self.longest: dict[str, tuple[tuple[int, int, int], int]] = {}

    def of(self, instant: int, detect_within: int) -> Outage | None:
        """Return the outage that covers an instant (ms), else the latest that ended at most so long (ms) before."""
        place = bisect_right(self.found, instant, key=_begin) - 1
        if place < 0 or instant - self.found[place].end > detect_within:
            return None
        return self.found[place]


def outages_in(line: Sequence[Stretch], down: Collection[int], merge: int) -> list[Outage]:
    """Return the outages of a timeline: runs less than `merge` ms apart, or with only maintenance between, are one."""
    found: list[list[tuple[int, int]]] = []
    maintained = False
    for stretch in line:
        if stretch.status not in down:
            maintained = maintained and stretch.status == MAINTENANCE
            continue
        run = (stretch.start, stretch.end)
        if found and (maintained or stretch.start - found[-1][-1][1] < merge):
            if found[-1][-1][1] == stretch.start:  # degraded counts as down, too
                found[-1][-1] = (found[-1][-1][0], stretch.end)
            else:
                found[-1].append(run)
        else:
            found.append([run])
        maintained = True
    return [Outage(tuple(runs)) for runs in found]


class OutageFacts:
    """Says the outages of a partition's services.

    Args:
        panes: where they are said.
        down: the statuses that count as down.
        merge: ms; two runs of down that are closer than this are one outage.
    """

    def __init__(self, panes: Panes, down: Collection[int], merge: int) -> None:
        self.changed: Final[dict[str, int]] = {}
        """Services whose outages are others since this was last cleared, and from which instant on (ms)."""
        self._panes: Final = panes
        self._dated: Final = panes.facts_of(OUTAGES).dated
        self._down: Final = down
        self._merge: Final = merge
        panes.facts_of(LONGEST_OUTAGE)

    def rebuild(self, name: str, member: int, held: Outages, line: Sequence[Stretch], start: int) -> None:
        """Find the outages anew where the timeline changed from `start` (ms) on."""
        # the last one that began before may end otherwise, or go on
        keep = max(0, bisect_left(held.found, start, key=_begin) - 1)
        begin = min([start, *(outage.begin for outage in held.found[keep : keep + 1])])
        tail = line[bisect_right(line, begin, key=_end) :]
        before, after = held.found[keep:], outages_in(tail, self._down, self._merge)
        if before == after:
            return
        oldest = line[0].start if line else 0
        held.found = [one for one in held.found[:keep] if one.end > oldest] + after
        held.version += 1
        change = Sum(outage.begin for outage in after)
        change.subtract(outage.begin for outage in before)
        cell = self._panes.cells.number(OUTAGES, member)
        for instant, count in change.items():
            if count:
                self._dated[instant // 1_000][cell] += count
        self.changed[name] = min([self.changed.get(name, begin), begin])

    def extend(self, held: Outages, stretch: Stretch) -> None:
        """Let the timeline go on as it was, through a stretch."""
        if stretch.status in self._down:
            last = held.found[-1]
            held.found[-1] = Outage((*last.runs[:-1], (last.runs[-1][0], stretch.end)))
            held.version += 1

    def say_longest(self, name: str, member: int, held: Outages, bounds: Mapping[str, Bounds], as_of: int) -> None:
        """Say the longest outage in each window; cheap where neither the outages nor the window's edges moved."""
        if not held.found and not held.longest:
            return
        for window, (start, end) in bounds.items():
            state = (start, 0 if end == as_of else end, held.version)
            known = held.longest.get(window)
            if known is not None and known[0] == state:
                continue
            first = bisect_right(held.found, start * 1_000, key=_outage_end)
            longest = max((one.within(start * 1_000, end * 1_000) for one in held.found[first:]), default=0)
            difference = longest - (0 if known is None else known[1])
            if difference:
                cell = self._panes.cells.number(LONGEST_OUTAGE, member, name)
                self._panes.window_facts[window][cell] += difference
            held.longest[window] = (state, longest)


def _begin(outage: Outage) -> int:
    return outage.begin


def _outage_end(outage: Outage) -> int:
    return outage.end


def _end(stretch: Stretch) -> int:
    return stretch.end
