"""Alerts about Vitals itself, which no rule asks for: partitions that stand still or have stopped, engine faults.

They are judged by the wall clock, since it is event time that may stand still; one alert for all partitions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, MutableMapping
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct

from schemas.alert import Alert
from schemas.times import to_datetime
from stream.engine.alerting.judge import Judged
from stream.engine.alerting.lifecycle import fingerprint
from stream.engine.partition import Tick
from stream.engine.segments import ALL_NAME
from stream.engine.tables import Table
from stream.engine.units import MICRO

STALLED: Final = "vitals_stalled"
STOPPED: Final = "vitals_dead_letter_limit"
ENGINE_ERROR: Final = "vitals_engine_error"
ENGINE_ERROR_LASTS: Final = 3_600
"""Seconds after the last one: long enough to be seen, and to be one alert where there are many."""


class BuiltInState(Struct):
    """What is remembered of a built-in alert; instants in seconds, of the wall clock."""

    starts_at: int = 0
    """0: it does not fire."""
    last_true: int = 0
    seen: int = 0
    """The engine's errors that were alerted already."""


BUILT_IN: Final = Table("built_in_alerts", str, BuiltInState)


class _Finding(NamedTuple):
    rule: str
    severity: Literal["page", "ticket"]
    holds: bool
    value_name: str
    value: int
    threshold: int
    summary: str


class BuiltInAlerts:
    """Judges the built-in alerts.

    Args:
        states: what is remembered of each, by name.
    """

    def __init__(self, states: MutableMapping[str, BuiltInState]) -> None:
        self._states: Final = states

    def judge(self, now: int, ticks: Iterable[Tick], stalled: Collection[int]) -> list[Judged]:
        """Return the alerts that begin or end.

        Args:
            now: the wall clock in seconds.
            ticks: the newest of each partition.
            stalled: the partitions that stand still while others go on.
        """
        newest = list(ticks)
        stopped, errors = sum(tick.stopped for tick in newest), sum(tick.engine_errors for tick in newest)
        found = (
            _Finding(STOPPED, "page", stopped > 0, "partitions_stopped", stopped, 0, _stopped(stopped)),
            self._engine_errors(now, errors),
            _Finding(STALLED, "page", bool(stalled), "partitions_stalled", len(stalled), 0, _stalled(stalled)),
        )
        return [judged for finding in found for judged in self._step(finding, now)]

    def _engine_errors(self, now: int, errors: int) -> _Finding:
        state = self._states.get(ENGINE_ERROR) or BuiltInState()
        if errors != state.seen:
            state.last_true = now if errors > state.seen else state.last_true
            state.seen = errors
            self._states[ENGINE_ERROR] = state
        holds = state.last_true > 0 and now < state.last_true + ENGINE_ERROR_LASTS
        summary = f"{errors} events were set aside by a fault of Vitals: `vitals dlq list --reason engine_error`"
        return _Finding(ENGINE_ERROR, "ticket", holds, "engine_errors", errors, 0, summary)

    def _step(self, finding: _Finding, now: int) -> Iterator[Judged]:
        state = self._states.get(finding.rule) or BuiltInState()
        if finding.holds == (state.starts_at > 0):
            return
        starts_at = now if finding.holds else state.starts_at
        fields: dict[str, Any] = {
            "fingerprint": fingerprint(finding.rule, ALL_NAME, {}, starts_at),
            "rule": finding.rule,
            "status": "firing" if finding.holds else "resolved",
            "severity": finding.severity,
            "segment": ALL_NAME,
            "value_name": finding.value_name,
            "value": finding.value,
            "threshold": finding.threshold,
            "starts_at": to_datetime(starts_at * MICRO),
            "ends_at": None if finding.holds else to_datetime(now * MICRO),
            "as_of": to_datetime(now * MICRO),
            "summary": finding.summary,
            "labels": {},
        }
        state.starts_at = starts_at if finding.holds else 0
        self._states[finding.rule] = state
        yield Judged(Alert.model_validate(fields), announced=True)


def _stopped(number: int) -> str:
    partitions = "1 partition has" if number == 1 else f"{number} partitions have"
    return f"{partitions} stopped reading, since dead letters are too many: `vitals dlq list`, then `vitals dlq resume`"


def _stalled(partitions: Collection[int]) -> str:
    named = ", ".join(map(str, sorted(partitions))) or "none"
    return f"partitions that stand still while others go on: {named}; look at the workers and at `vitals doctor`"
