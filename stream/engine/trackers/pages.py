"""Pages: how long somebody looks at one, from the pings that its view sends meanwhile.

```
heartbeat   |    10 s    |    10 s    |    10 s    |    10 s    |      the same edges for everyone, since the epoch
pings          ●   ●          ●                         ●              three intervals have one
engaged     min_visit + 2 × heartbeat, said at the last ping; nothing as long as no view of the page is known
```
A page is a run of views and pings of one person: those with the same `page_view_id`, else those of one path within one
session. An event less than 24 h after the one before belongs to it. It counts in every segment of one of its events.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from stream.engine.counters import CellsOf, Counter, LabelledCells
from stream.engine.definitions import SessionsSection
from stream.engine.panes import Panes
from stream.engine.quantiles import cell_of
from stream.engine.segments import Segments
from stream.engine.units import MICRO
from stream.engine.windows import HP, L

WITHIN: Final = 86_400 * MICRO
"""Events of one run are less than this (µs) apart."""

ENGAGED: Final = Counter("engaged_ms", HP)
PAGE_CELLS: Final = Counter("page_cells", L)

Visit = tuple[int, int, int]
"""What the pings of a page say: the second of the last one, membership, engaged ms."""


class Run(Struct, array_like=True, gc=False):
    """What one raw id told of one page (impression, click) without a day's pause; times in µs."""

    first: int
    last: int
    seen: int | None
    """The earliest view (impression, click); None: pings alone so far."""
    combination: int
    others: list[int] | None = None
    pinged: int | None = None
    """The last ping."""
    beats: list[int] = []
    """The intervals with a ping: the first and the last one of each row of them, ascending."""
    touched: bool = False
    """Whether what it said is kept since the last settlement."""

    @classmethod
    def of_view(cls, at: int, combination: int) -> Run:
        """Return a run of one view (impression, click) at `at` (µs)."""
        return cls(at, at, at, combination)

    @classmethod
    def of_ping(cls, at: int, combination: int, beat: int) -> Run:
        """Return a run of one ping, in the interval with the number `beat`."""
        return cls(at, at, None, combination, None, at, [beat, beat])

    def goes_on(self, at: int, combination: int) -> bool:
        """Say whether an event only makes this run longer: in order, under the combination that there is."""
        return self.combination == combination and self.last <= at < self.last + WITHIN

    def beat(self, at: int, number: int) -> None:
        """Be pinged once more, after everything that is known, in the interval with a number."""
        self.last = self.pinged = at
        beats = self.beats
        if beats and number <= beats[-1] + 1:
            beats[-1] = number
        else:
            beats += (number, number)


def joined(runs: Iterable[Run]) -> list[Run]:
    """Return runs in the order of time, those joined that are less than a day apart; the given ones stay as they are.

    >>> joined([Run(5, 5, 5, 0), Run(1, 1, None, 1, None, 1, [0, 0])])
    [Run(first=1, last=5, seen=5, combination=1, others=[0], pinged=1, beats=[0, 0], touched=False)]
    """
    found: list[Run] = []
    for run in sorted(runs, key=_order):
        if found and run.first < found[-1].last + WITHIN:
            _absorb(found[-1], run)
        else:
            found.append(_copied(run))
    return found


def union(runs: Iterable[Run]) -> Run:
    """Return what several runs are together, whatever lies between them."""
    first, *others = sorted(runs, key=_order)
    whole = _copied(first)
    for run in others:
        _absorb(whole, run)
    return whole


def absorb(pages: dict[str, list[Run]], others: dict[str, list[Run]]) -> None:
    """Let the pages of a session be those of another one, too."""
    for path, runs in others.items():
        pages[path] = joined([*pages.get(path, ()), *runs])


def _order(run: Run) -> tuple[int, int]:
    return run.first, run.last


def _copied(run: Run) -> Run:
    others = None if run.others is None else list(run.others)
    return Run(run.first, run.last, run.seen, run.combination, others, run.pinged, list(run.beats))


def _absorb(run: Run, other: Run) -> None:
    """Let a run be itself and one that begins no earlier."""
    run.last = max(run.last, other.last)
    if run.seen is None or (other.seen is not None and other.seen < run.seen):
        run.seen = other.seen
    if other.combination != run.combination or other.others is not None:
        more = {other.combination, *(other.others or ()), *(run.others or ())} - {run.combination}
        run.others = sorted(more) or None
    if other.pinged is not None:
        run.pinged = other.pinged if run.pinged is None else max(run.pinged, other.pinged)
        run.beats = _merged(run.beats, other.beats)


def _merged(beats: list[int], others: list[int]) -> list[int]:
    """Return the intervals of both.

    >>> _merged([1, 3, 9, 9], [4, 4, 7, 8])
    [1, 4, 7, 9]
    """
    merged: list[int] = []
    rows = [(rows[place], rows[place + 1]) for rows in (beats, others) for place in range(0, len(rows), 2)]
    for first, last in sorted(rows):
        if merged and first <= merged[-1] + 1:
            merged[-1] = max(merged[-1], last)
        else:
            merged += (first, last)
    return merged


def member_of(run: Run, segments: Segments) -> int:
    """Return the membership of a run: every segment of one of its events."""
    member = segments.combination_members[run.combination]
    for combination in run.others or ():
        member = segments.union(member, segments.combination_members[combination])
    return member


class PageFacts:
    """What pages with pings say to the panes."""

    def __init__(self, panes: Panes, sessions: SessionsSection) -> None:
        self.heartbeat: Final = sessions.heartbeat * MICRO
        self._heartbeat_ms: Final = sessions.heartbeat * 1_000
        self._least_ms: Final = sessions.min_visit * 1_000
        self._segments: Final = panes.segments
        self._dating: Final = panes.dating
        self._engaged: Final = panes.facts_of(ENGAGED)
        self._spread: Final = panes.facts_of(PAGE_CELLS)
        self._cells: Final = CellsOf(panes.cells, ENGAGED)
        self._durations: Final = LabelledCells(panes.cells, PAGE_CELLS)

    def said(self, runs: Iterable[Run]) -> list[Visit]:
        """Return what runs say: those with a view and with pings."""
        return [
            self.visit(run, member_of(run, self._segments))
            for run in runs
            if run.pinged is not None and run.seen is not None
        ]

    def visit(self, run: Run, member: int) -> Visit:
        """Return what a run with a view and with pings says under its membership."""
        beats = run.beats
        more = beats[1] - beats[0] if len(beats) == 2 else sum(beats[1::2]) - sum(beats[::2]) + len(beats) // 2 - 1
        return (run.pinged or 0) // MICRO, member, self._least_ms + self._heartbeat_ms * more

    def say(self, visits: Iterable[Visit], sign: int, *, settled: bool = False) -> None:
        """Say (sign 1) or take back (sign −1) how long pages were looked at."""
        engaged = self._engaged.settled if settled else self._engaged.dated
        spread = self._spread.settled if settled else self._spread.dated
        for second, member, milliseconds in visits:
            at = self._dating.of(second)
            engaged[at][self._cells[member][0]] += sign * milliseconds
            spread[at][self._durations[cell_of(milliseconds)][member][0]] += sign
