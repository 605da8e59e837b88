"""Quantiles from log-bucket cells: DDSketch (Masson, Rim, Lee, VLDB 2019) with relative error 1 %.

With γ = 101/99 a duration of x ≥ 1 ms falls into cell k = ⌈log_γ x⌉, that is γ^(k-1) < x ≤ γ^k; shorter ones into the
zero cell. Cells are counts: they add over segments, panes and partitions, and subtract again.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Final

GAMMA: Final = Fraction(101, 99)
ZERO_CELL: Final = -1
LONGEST_MS: Final = 31 * 86_400_000
"""Of a session: durations above 31 days go into the cell of 31 days."""
_CENTURY_MS: Final = 36_525 * 86_400_000
"""Of anything else: the last cell is that of a hundred years."""


def _borders() -> list[float]:
    """Return the largest double in each cell, up to that of a hundred years; whole numbers are doubles here."""
    borders, power = [1.0], Fraction(1)
    while borders[-1] < _CENTURY_MS:
        power *= GAMMA
        nearest = float(power)
        borders.append(nearest if nearest <= power else math.nextafter(nearest, 0))
    return borders


_BORDERS: Final = _borders()


def cell_of(milliseconds: float, longest: int | None = LONGEST_MS) -> int:
    """Return the cell of a duration, exact at the cells' borders; what is longer is in the cell of the longest.

    >>> cell_of(0), cell_of(1), cell_of(2), cell_of(1000), cell_of(0.99), cell_of(1.5)
    (-1, 0, 35, 346, -1, 21)
    """
    if milliseconds < 1:
        return ZERO_CELL
    return bisect_left(_BORDERS, min(milliseconds, _CENTURY_MS if longest is None else longest))


@lru_cache(maxsize=4_000)
def value_of(cell: int) -> Fraction:
    """Return the milliseconds that stand for a cell: 2γ^k ÷ (γ + 1), within 1 % of everything in it."""
    return Fraction(0) if cell == ZERO_CELL else 2 * GAMMA**cell / (GAMMA + 1)


def quantile(cells: Iterable[tuple[int, int]], q: Fraction) -> Fraction | None:
    """Return the nearest-rank quantile in milliseconds of (cell, count) pairs; None for no values.

    >>> round(float(quantile([(cell_of(1000), 1), (cell_of(9000), 1)], Fraction(1, 2))))
    1002
    """
    ordered = sorted(cells)
    total = sum(count for _, count in ordered)
    if total <= 0:
        return None
    rank = max(1, math.ceil(q * total))
    for cell, count in ordered:
        rank -= count
        if rank <= 0:
            return value_of(cell)
    raise AssertionError("the counts of a histogram are never negative")
