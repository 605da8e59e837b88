"""The last value of each entity, put together: a gauge."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import Final

from msgspec import Struct

from stream.engine import events
from stream.engine.counters import Counter
from stream.engine.custom.events import Reading
from stream.engine.custom.fields import comparable, reader
from stream.engine.custom.numbers import bounded, millionths
from stream.engine.custom.series import odd
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.tables import Rows, declare
from stream.engine.timers import Timers
from stream.engine.units import MICRO

EntityKey = tuple[str, tuple[str, ...]]
"""Series, and the fields of an entity as text."""


class Latest(Struct, array_like=True, frozen=True, gc=False):
    """The last event of an entity (µs, source, id), its value in millionths, and where it counts."""

    at: int
    source: str
    id: str
    value: int
    combination: int
    group: str | None = None

    def order(self) -> tuple[int, str, str]:
        """Return what the last is chosen by."""
        return self.at, self.source, self.id


TABLE: Final = declare("custom_latest", EntityKey, Latest)


class Gauge:
    """One KPI of last values in one partition."""

    def __init__(self, reading: Reading, panes: Panes, rows: Rows[EntityKey, Latest]) -> None:
        kpi = reading.series.kpi
        self._reading: Final = reading
        self._series: Final = reading.series
        self._by: Final = None if kpi.by is None else [reader(name) for name in kpi.by]
        self._expire: Final = None if kpi.expire is None else kpi.expire * MICRO
        self._rows: Final = rows
        self._panes: Final = panes
        self._sayings: Final = Sayings(panes)
        self._extremes: Final = _Extremes(panes, self._series.least) if kpi.combine in ("min", "max") else None
        self._sign: Final = -1 if kpi.combine == "max" else 1
        self._timers: Final = Timers[EntityKey]()
        self._before: dict[EntityKey, Saying] = {}
        self._as_of = 0

    def take(self, at: int, event: events.Event, key: str, combination: int) -> None:
        """Let an event that matches be the last of its entity, unless a later one is known."""
        by: list[object] = [key] if self._by is None else [read(event) for read in self._by]
        value = bounded(self._reading.value(event)) if self._reading.of else 0
        if value is None or None in by:
            return
        entity = (self._series.kpi.series, tuple(repr(comparable(one)) for one in by))  # type: ignore[arg-type]
        group = self._reading.group(event)
        latest = Latest(at, event.source, event.id, millionths(value), combination, group)
        known = self._rows.get(entity)
        if known is not None and known.order() > latest.order():
            return
        if entity not in self._before:
            self._before[entity] = {} if known is None else self._say(entity, known)
        self._rows[entity] = latest
        self._await(entity, latest)

    def settle(self, as_of: int) -> None:
        """Write what changed by `as_of` (seconds); who has been silent for too long is dropped."""
        for entity in self._timers.due(as_of):
            row = self._rows.get(entity)
            if row is not None and entity not in self._before:
                self._before[entity] = self._say(entity, row)
        self._as_of = as_of
        for entity, before in self._before.items():
            row = self._rows[entity]
            self._sayings.change(before, self._say(entity, row))
            if self._is_over(row):
                del self._rows[entity]
        self._before.clear()
        if self._extremes is not None:
            self._extremes.settle()

    def restore(self, entity: EntityKey, as_of: int) -> None:
        """Say what a row says, as of the checkpoint that it is from."""
        self._as_of = as_of
        self._before[entity] = {}
        self._await(entity, self._rows[entity])

    def _say(self, entity: EntityKey, row: Latest) -> Saying:
        member = self._panes.segments.combination_members[row.combination]
        over = self._is_over(row)
        if self._extremes is not None:
            self._extremes.put(entity, None if over else self._sign * row.value, member)
        if over:
            return {}
        for counter, count in ((self._series.main, 1), (self._series.sum, row.value)):
            self._sayings.gauge(counter, member, count)
            if row.group is not None:
                self._sayings.gauge(self._series.grouped[counter.name], member, count, row.group)
        return self._sayings.take()

    def _is_over(self, row: Latest) -> bool:
        return self._expire is not None and row.at + self._expire < self._as_of * MICRO

    def _await(self, entity: EntityKey, row: Latest) -> None:
        if self._expire is not None:
            self._timers.set((row.at + self._expire) // MICRO + 1, entity)


class _Extremes:
    """The smallest value in each segment: a heap, of which what is no longer true is dropped when it comes up."""

    def __init__(self, panes: Panes, counter: Counter) -> None:
        self._panes: Final = panes
        self._counter: Final = counter
        self._held: dict[EntityKey, tuple[int, int]] = {}
        self._heaps: Final = defaultdict[int, list[tuple[int, EntityKey]]](list)
        self._said: dict[int, int] = {}
        self._changed: set[int] = set()

    def put(self, entity: EntityKey, value: int | None, member: int) -> None:
        """Let an entity have a value under a membership; None: it has none."""
        members = self._panes.segments.members
        before = self._held.pop(entity, None)
        if before is not None:
            self._changed.update(members[before[1]])
        if value is not None:
            self._held[entity] = (value, member)
            for segment in members[member]:
                heapq.heappush(self._heaps[segment], (value, entity))
                self._changed.add(segment)

    def settle(self) -> None:
        """Write the smallest values that changed."""
        segments = self._panes.segments
        for segment in self._changed:
            heap = self._heaps[segment]
            while heap and not self._holds(*heap[0], segment):
                heapq.heappop(heap)
            least, said = odd(heap[0][0]) if heap else 0, self._said.get(segment, 0)
            if least != said:
                cell = self._panes.cells.number(self._counter, segments.membership((segment,)))
                self._panes.period_facts.gauges[cell] += least - said
                self._said[segment] = least
        self._changed.clear()

    def _holds(self, value: int, entity: EntityKey, segment: int) -> bool:
        held = self._held.get(entity)
        return held is not None and held[0] == value and segment in self._panes.segments.members[held[1]]
