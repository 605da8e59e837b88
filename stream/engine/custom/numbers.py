"""Numbers of events as integers: millionths, and cells of a histogram in the field's own unit."""

from __future__ import annotations

from bisect import bisect_left
from decimal import Decimal
from fractions import Fraction
from functools import cache

from stream.engine.custom.fields import number
from stream.engine.money import half_up
from stream.engine.quantiles import GAMMA, ZERO_CELL
from stream.engine.units import MICRO

LARGEST = 10**18
"""Numbers beyond it, which nothing that is measured reaches, count as it."""


def bounded(value: object) -> int | Decimal | None:
    """Return a number as it was written; None for what is no number."""
    found = number(value)
    return None if found is None else min(max(found, -LARGEST), LARGEST)


def millionths(value: int | Decimal) -> int:
    """Return a number in millionths, rounded HALF_UP.

    >>> millionths(3), millionths(Decimal("0.0000005")), millionths(Decimal("-0.0000005"))
    (3000000, 1, -1)
    """
    if isinstance(value, int):
        return value * MICRO
    exact = Fraction(value) * MICRO
    return half_up(exact.numerator, exact.denominator)


def cell(value: int | Decimal) -> int:
    """Return the cell of a number, exact at the cells' borders: γ^(k-1) < x ≤ γ^k; the zero cell below 1.

    >>> cell(1), cell(Decimal("1.01")), cell(Decimal("0.5"))
    (0, 1, -1)
    """
    return bisect_left(_borders(), Fraction(value)) if value >= 1 else ZERO_CELL


@cache
def _borders() -> list[Fraction]:
    """Return the powers of γ up to the largest number."""
    borders = [Fraction(1)]
    while borders[-1] < LARGEST:
        borders.append(borders[-1] * GAMMA)
    return borders
