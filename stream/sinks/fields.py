"""What the hashes and streams in Redis hold: texts, and JSON texts, by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.times import format_time
from stream.engine.publication import PLACES
from stream.engine.snapshots import to_json
from stream.engine.trackers.risk import AccountStatus
from stream.engine.trackers.signals import POINTS, Signal


def history_entry(as_of: int, snapshot: Mapping[str, Any], definitions: str) -> tuple[str, dict[Any, Any]]:
    """Return the id and the fields of a snapshot in the history; `definitions` is the hash of them all."""
    fields = {
        **{name: snapshot[name] for name in ("as_of", "revision")},
        "snapshot": to_json(snapshot),
        "definitions": definitions,
    }
    return f"{as_of * 1_000}-0", fields


def account_fields(as_of: int, revision: int, status: AccountStatus) -> list[str]:
    """Return the fields and values of an account's hash."""
    components = {name: {"value": value / PLACES, "weight": weight} for name, value, weight in status.health_components}
    return [
        *("as_of", format_time(as_of * 1_000_000), "revision", str(revision)),
        *("mrr", _json(status.mrr / PLACES), "plan", status.plan, "status", status.status),
        *("mrr_at_risk", _json(status.mrr_at_risk / PLACES)),
        *("health", "" if status.health is None else str(status.health), "health_components", _json(components)),
        *("signals", _json([_signal(signal) for signal in status.signals])),
        *("opportunities", _json([_signal(found) for found in status.opportunities])),
    ]


def _json(value: Any) -> str:
    return to_json(value).decode()


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "signal": signal.name,
        "points": POINTS.get(signal.name, 0),
        "since": format_time(signal.since),
        "until": None if signal.until is None else format_time(signal.until),
        "detail": signal.detail,
    }
