"""Progress, pace and status of a target (catalogue part 4, section 6)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple

from schemas.times import format_time
from stream.engine.kpis.kpi import Value
from stream.engine.publication import published
from stream.engine.steering.model import Target
from stream.engine.steering.periods import Period
from stream.engine.units import MICRO

_ZERO: Final = "target is zero"


class Standing(NamedTuple):
    """What is known of a target at one `as_of`: its value then and, of a level, what it was as the period began."""

    value: Value
    begun: Fraction | None
    period: Period
    as_of: int
    is_flow: bool


def progress(target: Target, standing: Standing) -> Value:
    """Return how much of the target is reached."""
    value, wanted = standing.value.value, Fraction(target.wanted)
    if not isinstance(value, int | Fraction):
        return Value(None, standing.value.reason)
    if not wanted:
        return Value(None, _ZERO)
    if target.at_least is not None:
        return Value(Fraction(value) / wanted)
    return Value(Fraction(1) if value <= 0 else wanted / Fraction(value))


def pace(target: Target, standing: Standing) -> Value:
    """Return how far the value has come, as a share of how far it would have come by now at a steady pace."""
    value, wanted = standing.value.value, Fraction(target.wanted)
    if not isinstance(value, int | Fraction):
        return Value(None, standing.value.reason)
    elapsed = _elapsed(standing)
    if standing.is_flow:
        if not wanted:
            return Value(None, _ZERO)
        return Value(Fraction(value) / (wanted * elapsed)) if elapsed else Value(None, "period begins")
    if _holds(target, value):
        return Value(Fraction(1))
    if standing.begun is None:
        return Value(None, "no value at period start")
    if standing.begun == wanted:
        return Value(Fraction(0))
    if not elapsed:
        return Value(None, "period begins")
    return Value((Fraction(value) - standing.begun) / ((wanted - standing.begun) * elapsed))


def status(target: Target, standing: Standing) -> str:
    """Return `reached`, `missed`, `on_track`, `at_risk` or `unknown`."""
    value = standing.value.value
    if not isinstance(value, int | Fraction):
        return "unknown"
    holds, over = _holds(target, value), standing.as_of >= standing.period.end
    if holds and (over or (standing.is_flow and target.at_least is not None)):
        return "reached"
    if not holds and (over or (standing.is_flow and target.at_most is not None)):
        return "missed"
    if holds and not standing.is_flow:
        return "on_track"
    found = pace(target, standing).value
    if not isinstance(found, int | Fraction):
        return "unknown"
    good = found <= 1 if standing.is_flow and target.at_most is not None else found >= 1
    return "on_track" if good else "at_risk"


def row(target: Target, standing: Standing) -> dict[str, Any]:
    """Return a target's row of the table of all targets."""
    return {
        "name": target.name,
        "value_name": target.value,
        "segment": target.segment,
        "value": published(standing.value.value),
        "target": published(Fraction(target.wanted)),
        "by": target.by.isoformat() if isinstance(target.by, date) else target.by,
        "ends_at": format_time(standing.period.end * MICRO),
        "progress": published(progress(target, standing).value),
        "pace": published(pace(target, standing).value),
        "status": status(target, standing),
        "owner": target.owner,
    }


def _holds(target: Target, value: int | Fraction) -> bool:
    return value >= Fraction(target.wanted) if target.at_least is not None else value <= Fraction(target.wanted)


def _elapsed(standing: Standing) -> Fraction:
    """Return the share of the period that has passed; days have 23 or 25 hours where the zone says so."""
    start, end = standing.period
    return Fraction(min(max(standing.as_of - start, 0), end - start), end - start)
