"""Incidents (catalogue part 3, section 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.kpis.kpi import Kpi, Scope, Value, View, count, divided, gauge
from stream.engine.windows import C, L, R

_A: Final = (*R, *C)
_L: Final = (*L, *C)
_SOURCE: Final = "https://www.atlassian.com/incident-management/kpis/common-metrics"


def _mean(number: str, milliseconds: str, reason: str) -> Callable[[View], Value]:
    return lambda view: divided(Fraction(view[milliseconds], 1_000), view[number], reason)


OPEN_INCIDENTS: Final = Kpi(
    "open_incidents",
    "incidents",
    (),
    gauge("open_incidents"),
    "Incidents that are being worked on.",
    "Incidents opened and not resolved at `as_of`; one that was opened again after its end is open.",
    _SOURCE,
    example="Opened at 10:00, resolved at 11:00, opened again at 11:30: at 12:00 `open_incidents` is 1.",
    scope=Scope.INCIDENTS,
)
INCIDENTS: Final = Kpi(
    "incidents",
    "incidents",
    _A,
    count("incidents"),
    "How often something went wrong.",
    "Incidents opened in the window, by their earliest `opened`, else by their earliest event. What is told of one "
    "that is resolved, 63 days or more after the last that was told of it, begins a new one.",
    _SOURCE,
    example="An incident opened at 10:00 and again at 11:30 is one, at 10:00: `incidents.24h` is 1.",
    scope=Scope.INCIDENTS,
)
MTTD: Final = Kpi(
    "mttd",
    "seconds",
    _L,
    _mean("incidents_detected", "detection_ms", "no detected outages"),
    "How long it takes to notice trouble.",
    "Mean of opened − `started_at`, else − the begin of the outage of its service that covers the opening, or that "
    "ended at most `quality.detect_within` before, by time opened; incidents with neither, or with a start after the "
    "opening, are left out. Null: no detected outages.",
    _SOURCE,
    example="Down from 10:00, incident opened at 10:02: `mttd.24h` is 120.",
    scope=Scope.INCIDENTS,
)
MTTA: Final = Kpi(
    "mtta",
    "seconds",
    _L,
    _mean("incidents_acknowledged", "acknowledgement_ms", "no acknowledgements"),
    "How long it takes until somebody cares.",
    "Mean of first acknowledged − opened, by time acknowledged; one that never was is left out. "
    "Null: no acknowledgements.",
    _SOURCE,
    example="Opened at 10:00, acknowledged at 10:03 and 10:09: `mtta.24h` is 180.",
    scope=Scope.INCIDENTS,
)
MTTM: Final = Kpi(
    "mttm",
    "seconds",
    _L,
    _mean("incidents_mitigated", "mitigation_ms", "no mitigations"),
    "How long it takes until the harm ends.",
    "Mean of first mitigated − opened, by time mitigated. Null: no mitigations.",
    _SOURCE,
    example="Opened at 10:00, mitigated at 10:20: `mttm.24h` is 1200.",
    scope=Scope.INCIDENTS,
)
MTTR: Final = Kpi(
    "mttr",
    "seconds",
    _L,
    _mean("incidents_resolved", "resolution_ms", "no resolutions"),
    "How long it takes until an incident is over.",
    "Mean of resolved − opened, by time resolved; open incidents are only in `open_incidents`. Null: no resolutions.",
    _SOURCE,
    example="Opened at 10:00, resolved at 10:30, opened again at 10:40, resolved at 11:00: `mttr.24h` is 3600.",
    scope=Scope.INCIDENTS,
)
