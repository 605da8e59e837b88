"""`/metrics`: the values of `all` that are numbers, for Prometheus.

Names are `vitals_` and the KPI, with the unit as Prometheus names it (`_seconds`, `_ratio`); windows are labels, and so
is the currency of money. Every value is a gauge: it goes up and down with its window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from schemas.times import parse_time
from stream.engine.intake import OUTCOMES
from stream.engine.kpis import Kpi

_SUFFIXES: Final = {"seconds": "_seconds", "fraction": "_ratio", "ratio": "_ratio"}
_SEVERITIES: Final = ("page", "ticket", "info")


def metric_name(kpi: Kpi) -> str:
    """Return the name of a KPI's metric.

    >>> from stream.engine.kpis import CATALOGUE
    >>> [metric_name(CATALOGUE[name]) for name in ("active_users", "downtime", "error_rate", "quick_ratio")]
    ['vitals_active_users', 'vitals_downtime_seconds', 'vitals_error_rate_ratio', 'vitals_quick_ratio']
    """
    suffix = _SUFFIXES.get(kpi.unit, "")
    return f"vitals_{kpi.name}{'' if kpi.name.endswith(suffix) else suffix}"


def exposition(
    snapshot: dict[str, Any] | None,
    alerts: dict[str, list[Any]] | None,
    kpis: Mapping[str, Kpi],
    currency: str,
    now: float,
    accept: str,
) -> tuple[bytes, str]:
    """Return the metrics as text, and its media type.

    Args:
        snapshot: of `all`; None where there is none.
        alerts: None where Redis does not answer.
        kpis: what is published.
        currency: of the business.
        now: the wall clock in seconds.
        accept: the formats that the reader takes, as its header says it.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected([*_about(snapshot, alerts, now), *_values(snapshot, kpis, currency)]))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


class _Collected(Collector):
    """Metrics that were collected before they were asked for."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics: Final = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _about(snapshot: dict[str, Any] | None, alerts: dict[str, list[Any]] | None, now: float) -> Iterator[Metric]:
    up = 0 if alerts is None else 1
    yield GaugeMetricFamily("vitals_redis_up", "Whether Redis answers.", up)
    if alerts is not None:
        firing = GaugeMetricFamily("vitals_alerts_firing", "Alerts that fire.", labels=["severity"])
        for severity in _SEVERITIES:
            firing.add_metric([severity], sum(alert["severity"] == severity for alert in alerts["firing"]))
        yield firing
    if snapshot is None:
        return
    as_of = parse_time(snapshot["as_of"]) / 1_000_000
    what = "Instant of the snapshot: the values count the events before it."
    yield GaugeMetricFamily("vitals_snapshot_as_of_timestamp_seconds", what, as_of)
    yield GaugeMetricFamily("vitals_snapshot_age_seconds", "How far that instant is in the past.", now - as_of)
    what = "Whether the snapshot counts all events up to its instant."
    yield GaugeMetricFamily("vitals_snapshot_complete", what, int(snapshot["complete"]))
    yield GaugeMetricFamily("vitals_snapshot_revision", "Grows with every publication.", snapshot["revision"])
    what = "Events taken in since the state began, by what became of them; the sum is all of them."
    taken = CounterMetricFamily("vitals_input_events", what, labels=["outcome"])
    counts = snapshot["counts"]
    for outcome, name in OUTCOMES.items():
        taken.add_metric([outcome], counts[name])
    yield taken
    yield CounterMetricFamily("vitals_late_events", "Accepted events that came late.", counts["late"])
    what = "Duplicates whose content differs from that of the first."
    yield CounterMetricFamily("vitals_conflicting_events", what, counts["conflicts"])


def _values(snapshot: dict[str, Any] | None, kpis: Mapping[str, Kpi], currency: str) -> Iterator[Metric]:
    values = {} if snapshot is None else snapshot["values"]
    for kpi in kpis.values():
        found = [(window, values.get(name)) for name, window in kpi.names()]
        numbers = [(window, value) for window, value in found if isinstance(value, int | float)]
        if not numbers:
            continue
        labels = {**({"window": ""} if kpi.windows else {}), **({"currency": currency} if kpi.unit == "money" else {})}
        family = GaugeMetricFamily(metric_name(kpi), kpi.description, labels=list(labels))
        for window, value in numbers:
            family.add_metric(list({**labels, **({"window": window} if kpi.windows else {})}.values()), value)
        yield family


__all__ = ["exposition", "metric_name"]
