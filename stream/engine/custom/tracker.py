"""All KPIs of one's own in one partition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from stream.engine import events, names
from stream.engine.custom import distinct, latest
from stream.engine.custom.distinct import Distinct
from stream.engine.custom.events import Places, Reading
from stream.engine.custom.flows import Flow
from stream.engine.custom.latest import Gauge
from stream.engine.custom.model import CustomKpi
from stream.engine.custom.series import Series, odd
from stream.engine.money import Rates
from stream.engine.panes import Panes
from stream.engine.segments import ALL
from stream.engine.tables import declare
from stream.engine.trackers.links import Links
from stream.engine.waiting import Applied

COLLECTING: Final = declare("collecting", str, int)
"""Series → the second from which it was counted; 0 for one that saw every event."""


class _Taker(Protocol):
    def take(self, at: int, event: events.Event, key: str, combination: int) -> None: ...


class CustomTracker:
    """Hands events to the declared KPIs that they concern.

    Args:
        panes: where facts go.
        tables: the rows of the partition.
        declared: the KPIs.
        rates: for money.
        links: which anonymous id belongs to which user.
        as_of: the second of the rows; 0 for a partition that begins.
    """

    def __init__(
        self,
        panes: Panes,
        tables: Mapping[str, Any],
        declared: Iterable[CustomKpi],
        rates: Rates,
        links: Links,
        as_of: int,
    ) -> None:
        self._places: Final = Places(panes.segments)
        self._panes: Final = panes
        self._collecting: Final = tables[COLLECTING.name]
        self._values: Final = tables[distinct.TABLE.name]
        self._entities: Final = tables[latest.TABLE.name]
        self._series: Final = {(series := Series(kpi)).kpi.series: series for kpi in declared}
        self._distinct: Final[dict[str, Distinct]] = {}
        self._gauges: Final[dict[str, Gauge]] = {}
        self._by_type: dict[type[events.Event], list[tuple[Reading, _Taker]]] = {}
        for name, series in self._series.items():
            reading = Reading(series, tables[names.TABLE.name])
            taker: _Taker
            if series.kpi.aggregate == "distinct":
                taker = self._distinct[name] = Distinct(reading, panes, self._values, links)
            elif series.kpi.aggregate == "latest":
                taker = self._gauges[name] = Gauge(reading, panes, self._entities)
            else:
                taker = Flow(reading, panes, rates)
            for kind in series.kpi.kinds:
                self._by_type.setdefault(kind, []).append((reading, taker))
        self.families: Final = {kind.family for kind in self._by_type} | ({"usage"} if self._distinct else set())
        """The families of events that concern any of them."""
        self._begin(as_of)

    def apply(self, batch: Iterable[Applied]) -> None:
        """Apply events that are no duplicates, no tests and no bots."""
        by_type, linked = self._by_type, bool(self._distinct)
        for at, key, event, _ in batch:
            kind = type(event)
            found = by_type.get(kind)
            if found is not None:
                combination = None
                for reading, taker in found:
                    if reading.matches(event):
                        if combination is None:
                            combination = self._places.of(event)
                        taker.take(at, event, key, combination)
            if linked and kind is events.Identified:
                for one in self._distinct.values():
                    one.link(event, key)

    def settle(self, as_of: int) -> None:
        """Write what changed by `as_of` (seconds)."""
        for one in self._distinct.values():
            one.settle(as_of)
        for gauge in self._gauges.values():
            gauge.settle(as_of)

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say; rows of what is no longer declared are deleted."""
        for value in list(self._values):
            if value[0] in self._distinct:
                self._distinct[value[0]].restore(value)
            else:
                del self._values[value]
        for entity in list(self._entities):
            if entity[0] in self._gauges:
                self._gauges[entity[0]].restore(entity, as_of)
            else:
                del self._entities[entity]
        self.settle(as_of)

    def _begin(self, as_of: int) -> None:
        """Remember since when each series is counted, and say it: the merge takes the latest of all partitions."""
        for name in [name for name in self._collecting if name not in self._series]:
            del self._collecting[name]
        for name, series in self._series.items():
            since = self._collecting.get(name)
            if since is None:
                since = self._collecting[name] = as_of
            if since:
                cell = self._panes.cells.number(series.since, self._panes.segments.membership((ALL,)))
                self._panes.period_facts.gauges[cell] += odd(-since)
