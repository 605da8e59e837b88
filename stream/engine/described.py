"""What readers are told of every value: its unit, the version and hash of its definition, and since when it is counted.

The hash is of what a definition measures, not of how it is called or described: whoever changes the one without
raising the version is told so by `vitals config check`, and two entries of the history with the same hash of all
definitions can be compared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.times import format_time
from stream.engine.custom.kpis import Configured
from stream.engine.kpis import Kpi
from stream.engine.units import MICRO
from stream.engine.windows import CALENDAR, NOW


def hash_of(kpi: Kpi) -> str:
    """Return the hash of a definition."""
    if isinstance(kpi, Configured):
        return kpi.hash
    return _hash([kpi.name, kpi.unit, kpi.windows, kpi.definition, kpi.scope.name, kpi.cut])


def hash_of_all(kpis: Iterable[Kpi]) -> str:
    """Return the hash of all definitions together."""
    return _hash(sorted((kpi.name, kpi.version, hash_of(kpi)) for kpi in kpis))


def described(kpis: Iterable[Kpi], since: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Return what is told of each value, by its name.

    Args:
        kpis: what is published.
        since: KPIs that do not count every event, and the second from which they count.
    """
    return {
        name: {
            "unit": kpi.unit,
            "kind": _kind(window),
            "version": kpi.version,
            "hash": hash_of(kpi),
            "since": format_time(since[kpi.name] * MICRO) if kpi.name in since else None,
            "description": kpi.description,
        }
        for kpi in kpis
        for name, window in kpi.names()
    }


def _kind(window: str) -> str:
    return "gauge" if window == NOW else "calendar" if window in CALENDAR else "rolling"


def _hash(content: Any) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
