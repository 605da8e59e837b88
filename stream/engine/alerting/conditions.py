"""Conditions, evaluated with three values: true, false, and null where a value is missing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from stream.engine.alerting.rules import Condition, Rule

Number = int | Fraction
Threshold = Decimal | Fraction
Lookup = Callable[[str, str], Number | None]
"""(Segment, name of a value) → the value, exact; None for null."""


class Verdict(NamedTuple):
    """What a condition is at an instant, the value that it was judged by, and the threshold that this crossed."""

    holds: bool | None
    value: Number | None
    threshold: Threshold | None


def judge(rule: Rule, segment: str, lookup: Lookup, *, firing: bool) -> Verdict:
    """Evaluate a rule's condition in a segment; while it fires, recovery thresholds stand for the thresholds."""
    return _judge(rule, rule, segment, lookup, firing=firing)


def _judge(condition: Condition, rule: Rule, segment: str, lookup: Lookup, *, firing: bool) -> Verdict:
    if condition.and_ is not None or condition.or_ is not None:
        parts = condition.and_ if condition.and_ is not None else condition.or_ or []
        verdicts = [_judge(part, rule, segment, lookup, firing=firing) for part in parts]
        decisive = condition.or_ is not None
        holds = _joined([verdict.holds for verdict in verdicts], decisive=decisive)
        holding = next((verdict for verdict in verdicts if verdict.holds), verdicts[0])
        named = verdicts[0] if rule.leading else holding
        return Verdict(holds, named.value, named.threshold)
    value = lookup(condition.segment or segment, condition.value or rule.value or "")
    if value is None:
        return Verdict(None, None, None)
    holds, threshold = _compared(condition, value, firing=firing)
    return Verdict(holds, value, threshold)


def _joined(holds: list[bool | None], *, decisive: bool) -> bool | None:
    """Join by `or` (one true decides) or by `and` (one false decides); null where nothing decides and one is null."""
    if decisive in holds:
        return decisive
    return None if None in holds else not decisive


def _compared(condition: Condition, value: Number, *, firing: bool) -> tuple[bool, Threshold]:
    """Return whether a value is past the threshold, and the threshold that it is past or nearest to."""
    low, high = condition.outside or (condition.below, condition.above)
    exact = Fraction(value)
    if high is not None:
        recovers = condition.recover_below
        past = exact >= Fraction(recovers) if firing and recovers is not None else exact > Fraction(high)
        if past or low is None:
            return past, high
    assert low is not None  # noqa: S101 - a condition without either is refused when it is read
    recovers = condition.recover_above
    past = exact <= Fraction(recovers) if firing and recovers is not None else exact < Fraction(low)
    return past, low
