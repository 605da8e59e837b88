"""Uptime and outages (catalogue part 3, sections 4.1 and 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.counters import weighed
from stream.engine.kpis.kpi import Kpi, Scope, Value, View, count, divided, gauge
from stream.engine.windows import C, L, R

_A: Final = (*R, *C)
_L: Final = (*L, *C)
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
    example="Up from 10:00 but for 5 of its 105 observed minutes: at 12:00 `availability.24h` is 100/105 = 0.952380.",
    scope=Scope.SERVICE,
    cut=True,
    parts={"up_ms": weighed(1, 1), "down_ms": weighed(0, 1)},
)
DOWNTIME: Final = Kpi(
    "downtime",
    "seconds",
    _A,
    _seconds("down_ms"),
    "How long services were down.",
    "Σ down; over all services: service-seconds.",
    _SOURCE,
    example="Down from 10:20 to 10:30, of which the last 5 minutes are maintenance: `downtime.24h` is 300.",
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
    example="Degraded from 10:00 to 10:15: `degraded_time.24h` is 900, whether it counts as up or as down.",
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
    example="Maintenance from 10:25 to 10:40 and another from 10:30 to 10:45: `maintenance_time.24h` is 1200.",
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
    example="First seen at 10:00, 15 minutes of maintenance since: at 12:00 `observed_time.24h` is 6300.",
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
    example="`api` and `web` are down at 10:00, `web` in maintenance: `services_down` is 1.",
    scope=Scope.SERVICE,
)
OUTAGES: Final = Kpi(
    "outages",
    "outages",
    _A,
    count("outages"),
    "How often services failed.",
    "Outages that began in the window: runs of down of one service; two runs less than `quality.outage_merge` apart, "
    "or with only maintenance between, are one.",
    _SOURCE,
    example="Down from 10:20:00 to 10:21:00, and again from 10:21:59: one outage; from 10:22:00: two.",
    scope=Scope.SERVICE,
)
LONGEST_OUTAGE: Final = Kpi(
    "longest_outage",
    "seconds",
    _L,
    lambda view: Value(Fraction(max(view.labels("longest_outage_ms").values(), default=0), 1_000)),
    "How long the worst outage was.",
    "The largest Σ down of one outage inside the window; 0 when there was none.",
    _SOURCE,
    example="Down from 23:50 to 00:20, and for 15 minutes at noon: `longest_outage.today` is 1200, as 20 minutes of "
    "the first are today's.",
    scope=Scope.SERVICE,
)
MTBF: Final = Kpi(
    "mtbf",
    "seconds",
    _L,
    lambda view: divided(Fraction(view["up_ms"], 1_000), view["outages"], "no outages"),
    "How long services run between failures.",
    "Σ up ÷ `outages`. Null: no outages.",
    "https://www.atlassian.com/incident-management/kpis/common-metrics",
    example="Up for 100 minutes of the day with two outages: `mtbf.24h` is 3000.",
    scope=Scope.SERVICE,
)
