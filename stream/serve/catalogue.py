"""What every value means, in words that a page can show."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from stream.engine.kpis import CATALOGUE, Kpi
from stream.engine.windows import CALENDAR, NOW

_SPOKEN: Final = {
    "mrr": "MRR",
    "arr": "ARR",
    "arpa": "ARPA",
    "fx": "FX",
    "avg": "average",
    "p50": "median",
    "p90": "90th percentile",
    "p95": "95th percentile",
    "p99": "99th percentile",
    "7d": "7 days",
    "30d": "30 days",
}
_TITLES: Final = {
    "customer_retention": "Account retention",
    "degraded_time": "Time degraded",
    "maintenance_time": "Time in maintenance",
    "observed_time": "Time observed",
    "new_mrr": "New MRR",
    "pages_per_session": "Pages a session",
}


def title(kpi: str) -> str:
    """Return the name of a KPI for people.

    >>> title("active_users"), title("session_duration_p50"), title("scheduled_churn_mrr_next_7d")
    ('Active users', 'Session duration median', 'Scheduled churn MRR next 7 days')
    """
    if kpi in _TITLES:
        return _TITLES[kpi]
    words = " ".join(_SPOKEN.get(word, word) for word in kpi.split("_"))
    return words[:1].upper() + words[1:]


def kind(window: str) -> str:
    """Say how the window of a value moves: `gauge`, `rolling` or `calendar`."""
    return "gauge" if window == NOW else "calendar" if window in CALENDAR else "rolling"


def _families() -> dict[str, str]:
    """Return {name of a KPI: the file that declares it}."""
    package = sys.modules[Kpi.__module__].__package__ or ""
    modules = [module for name, module in sys.modules.items() if name.startswith(f"{package}.")]
    declared = [
        (thing.name, module.__name__)
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, Kpi) and CATALOGUE.get(thing.name) is thing
    ]
    return {name: module.rpartition(".")[2] for name, module in declared}


def declared(kpis: Mapping[str, Kpi]) -> dict[str, dict[str, Any]]:
    """Return the definition of every value of these KPIs by the value's name."""
    families = _families()
    return {
        name: {
            "name": name,
            "kpi": kpi.name,
            "window": None if window == NOW else window,
            "title": title(kpi.name),
            "family": families.get(kpi.name, ""),
            "unit": kpi.unit,
            "kind": kind(window),
            "version": kpi.version,
            "description": kpi.description,
            "definition": kpi.definition,
            "source": kpi.source,
            "segments": kpi.scope.value,
        }
        for kpi in kpis.values()
        for name, window in kpi.names()
    }


def published(catalogue: dict[str, dict[str, Any]], workers: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the catalogue, and the values that workers publish beyond it: theirs may be a newer release."""
    beyond = []
    for name in sorted(workers.keys() - catalogue.keys()):
        kpi, _, window = name.partition(".")
        theirs = workers[name]
        beyond.append(
            {
                "name": name,
                "kpi": kpi,
                "window": window or None,
                "title": title(kpi),
                "family": "",
                **{key: theirs[key] for key in ("unit", "kind", "version", "description")},
                "definition": "",
                "source": "",
                "segments": "",
            }
        )
    return [*catalogue.values(), *beyond]


__all__ = ["declared", "published", "title"]
