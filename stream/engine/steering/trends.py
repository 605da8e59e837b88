"""Change, slope and score of a value against what it was (catalogue part 4, section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, Final, NamedTuple

from stream.engine.kpis.kpi import Value
from stream.engine.publication import published
from stream.engine.steering.model import Trend

ROWS: Final = 20
_FEWEST: Final = 3
_NORMAL: Final = Fraction(7_413, 5_000)
"""What makes the median absolute deviation comparable with a standard deviation, if values are normal: 1.4826."""
_TOO_FEW: Final = "fewer than 3 samples"


class Past(NamedTuple):
    """A value now, and what it was one season ago, two, …; None where nobody knows."""

    value: Value
    samples: Sequence[Fraction | None]


def change(past: Past) -> Value:
    """Return (v − v₁) ÷ |v₁|, v₁ being the value one season ago."""
    value = past.value.value
    if not isinstance(value, int | Fraction):
        return Value(None, past.value.reason)
    earlier = past.samples[0]
    if earlier is None:
        return Value(None, "no earlier value")
    return Value((value - earlier) / abs(earlier)) if earlier else Value(None, "earlier value is zero")


def slope(past: Past) -> Value:
    """Return the median of the slopes between all pairs of samples and the value, per season (Theil and Sen)."""
    value = past.value.value
    if not isinstance(value, int | Fraction):
        return Value(None, past.value.reason)
    points = [(-back, sample) for back, sample in enumerate(past.samples, 1) if sample is not None]
    if len(points) < _FEWEST:
        return Value(None, _TOO_FEW)
    pairs = combinations([(0, Fraction(value)), *points], 2)
    return Value(_median([(one - other) / (at - before) for (at, one), (before, other) in pairs]))


def score(past: Past) -> Value:
    """Return how many robust deviations the value is away from the median of the samples."""
    value = past.value.value
    if not isinstance(value, int | Fraction):
        return Value(None, past.value.reason)
    samples = [sample for sample in past.samples if sample is not None]
    if len(samples) < _FEWEST:
        return Value(None, _TOO_FEW)
    middle = _median(samples)
    deviation = _NORMAL * _median([abs(sample - middle) for sample in samples])
    return Value((value - middle) / max(deviation, abs(middle) / 100, Fraction(1, 1_000_000)))


def table(pasts: Sequence[tuple[Trend, Past]]) -> Value:
    """Return the trends that are furthest from what is usual, the furthest first; those without a score are last."""
    scored = [(trend, past, score(past).value) for trend, past in pasts]
    scored.sort(key=lambda one: (one[2] is None, -abs(_number(one[2])), one[0].name))
    return Value([_row(trend, past, found) for trend, past, found in scored[:ROWS]])


def _row(trend: Trend, past: Past, found: Any) -> dict[str, Any]:
    return {
        "name": trend.name,
        "value_name": trend.value,
        "segment": trend.segment,
        "value": published(past.value.value),
        "change": published(change(past).value),
        "score": published(found),
        "direction": _direction(slope(past)),
    }


def _direction(said: Value) -> str | None:
    if said.value is None:
        return None
    steepness = _number(said.value)
    return "up" if steepness > 0 else "down" if steepness < 0 else "flat"


def _number(value: Any) -> Fraction:
    return Fraction(0) if value is None else Fraction(value)


def _median(numbers: Sequence[Fraction]) -> Fraction:
    """Return the middle number, or the mean of the two in the middle."""
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
