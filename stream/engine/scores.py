"""Scores of surveys, as cells (catalogue part 3, section 1).

A score is counted in the cell of its scale and its thousandths, so that sums and means are exact whatever the scales.
A cell is known by a label, `1.0 5.0 4000`: four of one to five.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from stream.engine.money import half_up

MILLI: Final = 1_000
NPS_PROMOTER: Final = 9 * MILLI
NPS_DETRACTOR: Final = 6 * MILLI


class Cell(NamedTuple):
    """A cell: the score in thousandths, and where on its scale that is, 0…1."""

    milli: int
    share: Fraction


def label_of(low: float, high: float, score: float) -> str:
    """Return the label of the cell that a score on a scale is in.

    >>> label_of(1.0, 5.0, 4.0), label_of(0.0, 10.0, 8.4996)
    ('1.0 5.0 4000', '0.0 10.0 8500')
    """
    return f"{low!r} {high!r} {scaled(score, MILLI)}"


@lru_cache(maxsize=10_000)
def cell_of(label: str) -> Cell:
    """Return the cell of a label.

    >>> cell_of("1.0 5.0 4000")
    Cell(milli=4000, share=Fraction(3, 4))
    """
    low, high, milli = label.split(" ")
    share = (Fraction(int(milli), MILLI) - Fraction(low)) / (Fraction(high) - Fraction(low))
    return Cell(int(milli), min(max(share, Fraction(0)), Fraction(1)))  # thousandths can round out of a tiny scale


def scale_of(label: str) -> tuple[float, float]:
    """Return the scale of a label.

    >>> scale_of("1.0 5.0 4000")
    (1.0, 5.0)
    """
    low, high, _ = label.split(" ")
    return float(low), float(high)


def scaled(value: float, parts: int) -> int:
    """Return a number, as it was written, in parts of one, HALF_UP.

    >>> scaled(0.1, 1_000), scaled(-0.0005, 1_000)
    (100, -1)
    """
    exact = Fraction(repr(value)) * parts
    return half_up(exact.numerator, exact.denominator)


def mean(cells: Mapping[str, int] | Iterable[tuple[str, int]], width: int) -> Fraction | None:
    """Return the mean of `1 + width · s` over (label, count) pairs, s being the share; None for no scores.

    >>> mean({"1.0 5.0 4000": 1, "1.0 7.0 7000": 1}, 4)
    Fraction(9, 2)
    """
    pairs = [*(cells.items() if isinstance(cells, Mapping) else cells)]
    number = sum(count for _, count in pairs)
    return (
        1 + width * sum((cell_of(label).share * count for label, count in pairs), Fraction(0)) / number
        if number
        else None
    )
