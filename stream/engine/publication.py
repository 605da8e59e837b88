"""Numbers as they are published: exact inside, rounded once at the end."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from stream.engine.money import half_up

PLACES: Final = 1_000_000
_EXACT_AS_FLOAT: Final = 2**53


def published(value: int | Fraction | list[Any] | dict[str, Any] | None, *, cut: bool = False) -> Any:
    """Return a value as JSON data: a count as it is, a ratio rounded HALF_UP (or cut) to 6 decimals.

    >>> published(Fraction(1, 3)), published(Fraction(2, 3)), published(Fraction(2, 3), cut=True), published(5)
    (0.333333, 0.666667, 0.666666, 5)
    """
    if not isinstance(value, Fraction):
        return value
    scaled = value * PLACES
    millionths = scaled.numerator // scaled.denominator if cut else half_up(scaled.numerator, scaled.denominator)
    if abs(millionths) < _EXACT_AS_FLOAT:
        return millionths / PLACES
    return Decimal(millionths) / PLACES  # a double would lose the last decimals
