"""Uptime (catalogue part 3, section 4)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.kpis.kpi import Kpi, Scope, Value, View, divided, gauge
from stream.engine.windows import C, R

_A: Final = (*R, *C)
_SOURCE: Final = "https://sre.google/sre-book/availability-table/"


def _seconds(*counters: str) -> Callable[[View], Value]:
    return lambda view: Value(Fraction(sum(view[counter] for counter in counters), 1_000))


AVAILABILITY: Final = Kpi(
    "availability",
    "fraction",
    _A,
    lambda view: divided(view["up_ms"], view["up_ms"] + view["down_ms"], "no observation"),
    "How much of the time services were up.",
    "Σ up ÷ Σ (up + down), maintenance and unknown time in neither; cut, not rounded. Null: no observation.",
    _SOURCE,
    scope=Scope.SERVICE,
    cut=True,
)
DOWNTIME: Final = Kpi(
    "downtime",
    "seconds",
    _A,
    _seconds("down_ms"),
    "How long services were down.",
    "Σ down; over all services: service-seconds.",
    _SOURCE,
    scope=Scope.SERVICE,
)
DEGRADED_TIME: Final = Kpi(
    "degraded_time",
    "seconds",
    _A,
    _seconds("degraded_ms"),
    "How long services were degraded, however that counts.",
    "Σ of the time with status degraded.",
    _SOURCE,
    scope=Scope.SERVICE,
)
MAINTENANCE_TIME: Final = Kpi(
    "maintenance_time",
    "seconds",
    _A,
    _seconds("maintenance_ms"),
    "How long services were in maintenance.",
    "The union of a service's maintenance, up to `as_of`.",
    _SOURCE,
    scope=Scope.SERVICE,
)
OBSERVED_TIME: Final = Kpi(
    "observed_time",
    "seconds",
    _A,
    _seconds("up_ms", "down_ms"),
    "How long it is known what services were.",
    "Σ (up + down).",
    _SOURCE,
    scope=Scope.SERVICE,
)
SERVICES_DOWN: Final = Kpi(
    "services_down",
    "services",
    (),
    gauge("services_down"),
    "Services that are down now.",
    "Services whose status at the last millisecond before `as_of` is down, not in maintenance.",
    _SOURCE,
    scope=Scope.SERVICE,
)
