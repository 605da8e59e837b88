"""Which values are flows, that add up from the beginning of a period, and which are levels."""

from __future__ import annotations

import re
from typing import Final

from stream.engine.kpis import Kpi

_TIMES: Final = {"downtime", "degraded_time", "maintenance_time", "observed_time", "engaged_time"}
"""Sums of time; all other durations are means, quantiles or the longest of something."""
_MONEY: Final = {"opening_mrr", "ltv", "cac", "cost_per_conversion"}
"""Money that is no sum over a window."""
_LEVELS: Final = {"opening_accounts", "retained_accounts", "nps_margin", "peak_hour", "longest_outage"}
_LEVEL_UNITS: Final = {"fraction", "ratio", "points", "score", "hour of week"}
_SEQUEL: Final = re.compile(r"_(avg|median|p\d+)$")
_COUNTED: Final = re.compile(r"[a-z ]+s$")


def is_flow(kpi: Kpi, aggregate: str | None = None) -> bool:
    """Say whether a KPI in a calendar window to date only grows by what happens: a count, a sum, money earned.

    Args:
        kpi: the KPI.
        aggregate: of a KPI of one's own.
    """
    if aggregate is not None:
        return aggregate in ("count", "sum", "distinct")
    if not kpi.windows or kpi.unit in _LEVEL_UNITS or kpi.name in _LEVELS or _SEQUEL.search(kpi.name):
        return False
    if kpi.unit == "seconds":
        return kpi.name in _TIMES
    if kpi.unit == "money":
        return kpi.name not in _MONEY
    return bool(_COUNTED.match(kpi.unit))
