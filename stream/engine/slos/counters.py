"""The counters of objectives: what was good and what was valid, in windows of their own.

They are fed by the facts of other counters as these are flushed: nothing is counted twice, nothing is written, and a
restart finds them again with the facts that they come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from stream.engine.counters import LABEL, Cells, Counter, Parts, unpacked
from stream.engine.facts import BySecond, Facts, Span
from stream.engine.rolling import Level
from stream.engine.segments import ALL
from stream.engine.slos.model import Slo, window_name
from stream.engine.windows import Rolling

_PANES: Final = (3_600, 300, 10, 1)
"""Panes that facts are kept by; a window has the longest that is at most a sixtieth of it."""
_SHARE: Final = 60


def good_key(slo: str) -> str:
    """Return the name that the good part of an objective has in the totals."""
    return f"slo_good{LABEL}{slo}"


def valid_key(slo: str) -> str:
    """Return the name that the valid part of an objective has in the totals."""
    return f"slo_valid{LABEL}{slo}"


def rolling_of(slos: Sequence[Slo]) -> tuple[Rolling, ...]:
    """Return the rolling windows of objectives, the shortest first."""
    sizes = sorted({size for slo in slos for size in slo.rolling})
    return tuple(
        Rolling(window_name(size), size, next(pane for pane in _PANES if pane * _SHARE <= size)) for size in sizes
    )


class _Target(NamedTuple):
    cell: int
    weight: int
    field: int | None
    """The field of the counter that it reads, if that has several."""
    fields: int

    def of(self, count: int) -> int:
        if self.field is not None:
            count = unpacked(count, self.fields)[self.field]
        return self.weight * count


class Budgets:
    """Feeds the objectives of one partition from the facts of others.

    Args:
        slos: the objectives, each with what the facts of counters mean for it.
        cells: what cells stand for.
    """

    def __init__(self, slos: Sequence[tuple[Slo, Parts]], cells: Cells) -> None:
        self.rolling: Final = rolling_of([slo for slo, _ in slos])
        self.names: Final = ("slo", *(window.name for window in self.rolling))
        """The key of these windows among the others: no counter is kept for a window `slo`."""
        self._slos: Final = slos
        self._cells: Final = cells
        self._good: Final = Counter("slo_good", self.names)
        self._valid: Final = Counter("slo_valid", self.names)
        self._targets: Final[dict[int, list[_Target]]] = {}
        self._known = 0

    def take(self, facts: Facts, into: Facts) -> None:
        """Take what objectives need of facts that are flushed."""
        targets = self._now()
        if not targets:
            return
        for level in (facts.settled, facts.dated):
            self._feed(level, into.dated)
        self._feed(facts.moving, into.moving)
        for span in facts.spans:
            for target in targets.get(span.cell, ()):
                into.spans.append(Span(span.start, span.end, target.cell, span.sign * target.weight))

    def fed(self, cell: int, count: int) -> Iterable[tuple[int, int]]:
        """Yield the cells of objectives that a fact counts in, and how much."""
        return [(target.cell, target.of(count)) for target in self._now().get(cell, ())]

    def spread(self, content: dict[int, int]) -> None:
        """Add to what is said by cell what objectives need of it."""
        for cell, targets in self._now().items():
            count = content.get(cell)
            if count:
                for target in targets:
                    content[target.cell] = content.get(target.cell, 0) + target.of(count)

    def _feed(self, level: Level, into: BySecond) -> None:
        for second, content in level.items():
            for cell, targets in self._targets.items():
                count = content.get(cell)
                if count:
                    for target in targets:
                        into[second][target.cell] += target.of(count)

    def _now(self) -> dict[int, list[_Target]]:
        """Return what is fed by which cell, with those that there are since the last time."""
        while self._known < len(self._cells.keys):
            self._look_at(self._known)
            self._known += 1
        return self._targets

    def _look_at(self, cell: int) -> None:
        counter = self._cells.counters[cell]
        if counter.rolling in ((), self.names):
            return
        key = self._cells.keys[cell]
        name, _, label = key.partition(LABEL)
        segments = {self._cells.segments.names[number] for number in self._cells.owners[cell]}
        for slo, sources in self._slos:
            if slo.of not in segments:
                continue
            for place, field in enumerate(counter.fields or (name,)):
                weigh = sources.get(field)
                if weigh is None:
                    continue
                for own, weight in zip((self._good, self._valid), weigh(label), strict=True):
                    if weight:
                        self._aim(cell, own, slo.name, weight, place if counter.fields else None, len(counter.fields))

    def _aim(self, cell: int, own: Counter, slo: str, weight: int, field: int | None, fields: int) -> None:
        member = self._cells.segments.membership((ALL,))
        target = _Target(self._cells.number(own, member, slo), weight, field, fields)
        self._targets.setdefault(cell, []).append(target)
