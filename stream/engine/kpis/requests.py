"""Checks, latency and requests (catalogue part 3, section 4)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.counters import weighed
from stream.engine.kpis.kpi import Kpi, Scope, Value, View, count, divided, ratio
from stream.engine.kpis.sessions import duration_quantile
from stream.engine.windows import ROLLING, C, R

_A: Final = (*R, *C)
_CHECKS: Final = "https://sre.google/sre-book/service-level-objectives/"
_APDEX: Final = "https://www.apdex.org/wp-content/uploads/2020/09/ApdexTechnicalSpecificationV11_000.pdf"
_LATENCY: Final = (
    "Nearest-rank quantile of `latency_ms` of the ok checks that give it, outside maintenance, within 1 %. "
    "Null: no checks."
)
_SKETCH: Final = "Masson, Rim, Lee: DDSketch, VLDB 2019"


def _latency(q: Fraction) -> Callable[[View], Value]:
    return duration_quantile("latency_cells", q, "no checks")


def _apdex(view: View) -> Value:
    points = 2 * view["apdex_satisfied"] + view["apdex_tolerating"]
    return divided(points, 2 * view["apdex_samples"], "no checks")


def _throughput(view: View) -> Value:
    if not view["request_reports"]:
        return Value(None, "no reports")
    window = ROLLING[view.window]
    return Value(Fraction(view["requests"], view.as_of - window.first_pane(view.as_of) * window.pane))


CHECKS: Final = Kpi(
    "checks",
    "checks",
    _A,
    count("checks"),
    "How often probes looked.",
    "Checks outside maintenance: a minute that maintenance touches has none, also where it is told afterwards.",
    _CHECKS,
    example="Checks at 10:00:10, 10:01:10 and 10:02:10, maintenance from 10:01:30 to 10:02:00: `checks.1h` is 2.",
    scope=Scope.CHECKS,
)
CHECKS_OK_RATE: Final = Kpi(
    "checks_ok_rate",
    "fraction",
    _A,
    ratio("checks_ok", "checks", "no checks"),
    "How many checks were answered as they should be.",
    "ok ÷ `checks`; cut, not rounded. Null: no checks.",
    _CHECKS,
    example="2 of 3 checks ok: `checks_ok_rate.1h` is 0.666666.",
    scope=Scope.CHECKS,
    cut=True,
    parts={"checks_ok": weighed(1, 0), "checks": weighed(0, 1)},
)
LATENCY_P50: Final = Kpi(
    "latency_p50",
    "seconds",
    _A,
    _latency(Fraction(1, 2)),
    "The latency that half of the checks do not exceed.",
    _LATENCY,
    _SKETCH,
    example="Latencies of 100, 200 and 300 ms, and a failed check: `latency_p50.1h` is that of the cell of 200 ms, "
    "0.200435.",
    scope=Scope.CHECKS,
)
LATENCY_P95: Final = Kpi(
    "latency_p95",
    "seconds",
    _A,
    _latency(Fraction(95, 100)),
    "The latency that 95 of 100 checks do not exceed.",
    _LATENCY,
    _SKETCH,
    example="Latencies of 100 ms nineteen times and 1 s once: rank 19 of 20 is 100 ms.",
    scope=Scope.CHECKS,
)
LATENCY_P99: Final = Kpi(
    "latency_p99",
    "seconds",
    _A,
    _latency(Fraction(99, 100)),
    "The latency that 99 of 100 checks do not exceed.",
    _LATENCY,
    _SKETCH,
    example="Latencies of 100 ms nineteen times and 1 s once: rank 20 of 20 is 1 s.",
    scope=Scope.CHECKS,
)
APDEX: Final = Kpi(
    "apdex",
    "fraction",
    _A,
    _apdex,
    "How content those are who wait for answers.",
    "(2 · satisfied + tolerating) ÷ (2 · samples), with T = `quality.apdex`: satisfied ok within T, tolerating ok "
    "within 4 T, all else and every failed check frustrated; ok without a latency is no sample; cut, not rounded. "
    "Null: no checks.",
    _APDEX,
    example="T = 500 ms: checks of 500 ms, 501 ms, 2 s and 2.001 s, and a failed one: (2 · 1 + 2) ÷ (2 · 5) = 0.4.",
    scope=Scope.REQUESTS,
    cut=True,
)
REQUESTS: Final = Kpi(
    "requests",
    "requests",
    _A,
    count("requests"),
    "How many requests there were.",
    "Σ `total` of the reports, maintenance included.",
    _CHECKS,
    example="Reports of 100 and 50 requests: `requests.1h` is 150.",
    scope=Scope.REQUESTS,
)
THROUGHPUT: Final = Kpi(
    "throughput",
    "requests/s",
    ("5m", "1h", "24h"),
    _throughput,
    "How many requests there are a second.",
    "Σ `total` ÷ the seconds of the window, the pane that its start cuts included. Null: no reports.",
    _CHECKS,
    example="A report of 600 requests within the last five minutes: `throughput.5m` is 2.",
    scope=Scope.REQUESTS,
)
REQUEST_SUCCESS_RATE: Final = Kpi(
    "request_success_rate",
    "fraction",
    _A,
    ratio("good_requests", "valid_requests", "no traffic"),
    "How many requests were served well.",
    "Σ `good` ÷ Σ `total`, outside maintenance; cut, not rounded. Null: no traffic.",
    _CHECKS,
    example="Reports of 99 good of 100, and of 1 good of 2: 100/102 = 0.980392.",
    scope=Scope.REQUESTS,
    cut=True,
    parts={"good_requests": weighed(1, 0), "valid_requests": weighed(0, 1)},
)
