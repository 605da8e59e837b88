"""Checking: what the probes found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from stream.simulate.instants import DAY, MINUTE
from stream.simulate.probes import Check
from stream.simulate.services import Service
from stream.simulate.truth.numbers import Values, cut
from stream.simulate.truth.quantiles import cell, quantile
from stream.simulate.truth.windows import Window

_SATISFYING = 500
_TOLERABLE = 4 * _SATISFYING
_QUANTILES = {"p50": Fraction(1, 2), "p95": Fraction(95, 100), "p99": Fraction(99, 100)}


class Look(NamedTuple):
    """A check, and where it counts."""

    service: str
    region: str
    check: Check


def looks(service: Service, closed: Sequence[tuple[int, int]], as_of: int, days: Iterable[int]) -> Iterator[Look]:
    """Yield the checks of a service before an instant, without the minutes that maintenance touches."""
    for day in days:
        if day * DAY >= as_of:
            return
        for probe in service.probes:
            for check in probe.day(day):
                minute = check.at // MINUTE * MINUTE
                touched = any(begins < minute + MINUTE and ends > minute for begins, ends in closed)
                if check.at < as_of and not touched:
                    yield Look(service.name, probe.region, check)


def checking(found: Sequence[Look], named: dict[str, Window], *, apdex: bool) -> Values:
    """Say what the checks of a segment come to.

    Args:
        found: The checks.
        named: The windows.
        apdex: Whether the segment has an Apdex.
    """
    values: Values = {}
    for name, (start, end) in named.items():
        checks = [look.check for look in found if start <= look.check.at < end]
        latencies = [check.latency for check in checks if check.ok]
        cells = Counter(cell(latency, session=False) for latency in latencies)
        values[f"checks.{name}"] = len(checks)
        values[f"checks_ok_rate.{name}"] = cut(len(latencies), len(checks))
        for kpi, q in _QUANTILES.items():
            values[f"latency_{kpi}.{name}"] = quantile(cells, q)
        if apdex:
            points = sum((latency <= _SATISFYING) + (latency <= _TOLERABLE) for latency in latencies)
            values[f"apdex.{name}"] = cut(points, 2 * len(checks))
    return values
