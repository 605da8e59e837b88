"""Uptime: the services with their outages, their checks and requests, and the incidents of one partition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stream.engine.definitions import Definitions
from stream.engine.panes import Panes
from stream.engine.trackers import incidents, loads, services
from stream.engine.trackers.incidents import IncidentTracker
from stream.engine.trackers.loads import LoadTracker
from stream.engine.trackers.services import ServiceTracker
from stream.engine.waiting import Applied


class UptimeTracker:
    """Hands uptime events to the three who need them; services come first, since the others ask them."""

    def __init__(self, panes: Panes, tables: Mapping[str, Any], definitions: Definitions) -> None:
        self._services: Final = ServiceTracker(
            panes, tables[services.SERVICES.name], tables[services.STRETCHES.name], definitions
        )
        self._loads: Final = LoadTracker(panes, tables[loads.LOADS.name], self._services.maintenance_of, definitions)
        self._incidents: Final = IncidentTracker(
            panes,
            tables[incidents.TABLE.name],
            self._services.outages_of,
            self._services.outages.changed,
            definitions,
        )

    def apply(self, batch: Sequence[Applied]) -> None:
        """Apply uptime events that are no duplicates and no tests."""
        self._services.apply(batch)
        self._loads.apply(batch)
        self._incidents.apply(batch)

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds); `watermark` (µs) says how far back events can still come."""
        self._services.settle(as_of, watermark)
        self._loads.settle(as_of)
        self._incidents.settle(as_of, watermark)

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say, as of the checkpoint that they are from."""
        self._services.restore(as_of)
        self._loads.restore(self._services.names())
        self._incidents.restore()
