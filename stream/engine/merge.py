"""The merge: partitions' totals added up, and what the KPIs make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from stream.engine.catalogue import catalogue_of
from stream.engine.collecting import Collecting
from stream.engine.counters import FIRST_USAGE, LEAST
from stream.engine.definitions import Definitions
from stream.engine.kpis import Kpi
from stream.engine.kpis.kpi import LabelCache, Value, View
from stream.engine.publication import published
from stream.engine.segments import ALL_NAME
from stream.engine.steering.kept import Kept
from stream.engine.steering.kpis import Lookup, Steered, Steering
from stream.engine.windows import NOW

PUBLISHED: Final = 100
"""Segments of one dimension that are published: those with the most events in 30 days."""


class Values(NamedTuple):
    """The values of one segment, as they are published, and the reasons of nulls."""

    values: dict[str, Any]
    reasons: dict[str, str]


Part = tuple[str, str, int]
"""Segment, window, and the number of the part: a total that is too large for one record has several."""


class MergedTotals:
    """The totals of all partitions, by segment and window."""

    def __init__(self) -> None:
        self._parts: dict[tuple[int, Part], Mapping[str, int]] = {}
        self._merged: dict[str, dict[str, dict[str, int]]] = {ALL_NAME: {}}
        self._least: dict[tuple[str, str, str], dict[tuple[int, int], int]] = {}
        """By segment, window and counter, where the minimum is taken: what each partition (and part) gives."""

    def copy(self) -> MergedTotals:
        """Return totals of their own with the same content."""
        other = MergedTotals()
        other._parts = dict(self._parts)
        other._least = {place: dict(given) for place, given in self._least.items()}
        other._merged = {
            segment: {window: dict(total) for window, total in windows.items()}
            for segment, windows in self._merged.items()
        }
        return other

    def put(self, partition: int, parts: Iterable[tuple[Part, Mapping[str, int]]]) -> None:
        """Let the parts be what a partition's totals are; what is not among them is unchanged."""
        for part, total in parts:
            segment, window, _ = part
            key = (partition, part)
            before = self._parts.get(key, {})
            merged = self._merged.setdefault(segment, {}).setdefault(window, {})
            for counter in before.keys() | total.keys():
                if counter.startswith(LEAST):
                    self._put_least(partition, part, counter, total.get(counter))
                    continue
                now = merged.get(counter, 0) + total.get(counter, 0) - before.get(counter, 0)
                if now:
                    merged[counter] = now
                else:
                    merged.pop(counter, None)
            self._parts[key] = dict(total)

    def _put_least(self, partition: int, part: Part, counter: str, count: int | None) -> None:
        segment, window, number = part
        given = self._least.setdefault((segment, window, counter), {})
        if count is None:
            given.pop((partition, number), None)
        else:
            given[partition, number] = count
        merged = self._merged[segment][window]
        if given:
            merged[counter] = min(given.values())
        else:
            merged.pop(counter, None)

    def of(self, segment: str) -> Mapping[str, Mapping[str, int]]:
        """Return the totals of a segment by window, with the first usage of all; empty for one never seen."""
        found = self._merged.get(segment, {})
        first = self._merged[ALL_NAME].get(NOW, {}).get(FIRST_USAGE)
        return found if segment == ALL_NAME or not first else found | {NOW: {**found.get(NOW, {}), FIRST_USAGE: first}}

    def segments(self) -> list[str]:
        """Return the published segments: `all`, and of every dimension those with the most events in 30 days."""
        by_dimension: dict[str, list[tuple[int, str]]] = {}
        for segment, windows in self._merged.items():
            if segment != ALL_NAME:
                dimension = segment.partition("=")[0]
                events = windows.get("30d", {}).get("events", 0)
                by_dimension.setdefault(dimension, []).append((-events, segment))
        kept = [segment for found in by_dimension.values() for _, segment in sorted(found)[:PUBLISHED]]
        return [ALL_NAME, *sorted(kept)]


TotalsOf = Callable[[str], Mapping[str, Mapping[str, int]]]
"""Segment → its totals by window."""


class Calculator:
    """Computes the catalogue's values from totals."""

    def __init__(self, definitions: Definitions, kept: Kept | None = None, starts: Kept | None = None) -> None:
        self._definitions: Final = definitions
        self.kpis: Final = catalogue_of(definitions)
        self._collecting: Final = Collecting(definitions, self.kpis)
        self.steering: Final = Steering(definitions, self.kpis, kept or Kept({}), starts or Kept({}))
        self._totals_of: TotalsOf = _nothing_of

    @property
    def since(self) -> Mapping[str, int]:
        """KPIs that do not count every event, and the second from which they count."""
        return self._collecting.since

    def see(self, totals_of: TotalsOf) -> None:
        """Take the totals of every segment: values may be of other segments than the one that they stand in."""
        self._totals_of = totals_of
        self._collecting.learn(totals_of(ALL_NAME))

    def keep(self, as_of: int) -> None:
        """Keep what targets and trends will ask for of an instant of the grid."""
        if self.steering:
            self.steering.keep(as_of, self._lookup(as_of))

    def values(self, segment: str, totals: Mapping[str, Mapping[str, int]], as_of: int) -> Values:
        """Return every value that a segment has at `as_of` (seconds), as published."""
        if segment == ALL_NAME:
            self._collecting.learn(totals)
        values: dict[str, Any] = {}
        reasons: dict[str, str] = {}
        labels = LabelCache()
        for kpi in self.kpis.values():
            if not kpi.applies_to(segment, self._definitions.segments):
                continue
            for name, window in kpi.names():
                said = self._said(kpi, window, totals, as_of, labels)
                values[name] = published(said.value, cut=kpi.cut)
                if said.reason is not None:
                    reasons[name] = said.reason
        return Values(dict(sorted(values.items())), dict(sorted(reasons.items())))

    def exact(self, name: str, totals: Mapping[str, Mapping[str, int]], as_of: int) -> Value:
        """Return one value by name at `as_of` (seconds), not rounded.

        Raises:
            KeyError: if there is no such value.
        """
        kpi, _, window = name.partition(".")
        return self._said(self.kpis[kpi], window or NOW, totals, as_of, LabelCache())

    def _said(
        self, kpi: Kpi, window: str, totals: Mapping[str, Mapping[str, int]], as_of: int, labels: LabelCache
    ) -> Value:
        if isinstance(kpi, Steered):
            return self.steering.value(kpi.name, as_of, self._lookup(as_of))
        said = kpi.formula(View(totals, window, self._definitions, labels, as_of))
        return self._collecting.judged(kpi.name, window, as_of, said)

    def _lookup(self, as_of: int) -> Lookup:
        return lambda segment, name: self.exact(name, self._totals_of(segment), as_of)


def _nothing_of(_: str) -> Mapping[str, Mapping[str, int]]:
    return {}
