"""Quantiles: durations in cells that are 2 % wide, counted, and the cell of a rank."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from stream.simulate.instants import DAY
from stream.simulate.truth.numbers import rounded

# gamma = (1 + 1 %) ÷ (1 - 1 %), as a fraction: no logarithm decides at a border.
_UP, _DOWN = 101, 99
_LONGEST = 31 * DAY
_CENTURY = 36_525 * DAY
ZERO = -1


@cache
def _borders() -> list[int]:
    """List the most whole milliseconds that each cell holds: the largest x ≤ gamma^k for k = 0, 1, 2 and so on."""
    borders = [1]
    up, down = 1, 1
    while borders[-1] < _CENTURY:
        up, down = up * _UP, down * _DOWN
        borders.append(up // down)
    return borders


def cell(milliseconds: int, *, session: bool = True) -> int:
    """Find the cell k of a duration, gamma^(k-1) < ms ≤ gamma^k; below 1 ms it is the zero cell.

    No session is longer than 31 days; what takes longer is in their cell. Of anything else every length has its own.

    Example:
        >>> cell(0), cell(1), cell(2), cell(1000)
        (-1, 0, 35, 346)
    """
    longest = _LONGEST if session else _CENTURY
    return bisect_left(_borders(), min(milliseconds, longest)) if milliseconds >= 1 else ZERO


def published(k: int) -> float:
    """Say what a cell is published as, in seconds: 2 gamma^k ÷ (gamma + 1) ms."""
    if k == ZERO:
        return 0.0
    gamma = Fraction(_UP, _DOWN)
    return rounded(2 * gamma**k / (gamma + 1) / 1000)


def quantile(cells: Mapping[int, int], q: Fraction) -> float | None:
    """Find the value of nearest rank ⌈q·n⌉ among counted cells; of none it is null.

    Example:
        >>> quantile({cell(1000): 1, cell(9000): 1}, Fraction(1, 2)) == published(cell(1000))
        True
    """
    count = sum(cells.values())
    rank = max(1, -(-q.numerator * count // q.denominator))
    for k in sorted(cells):
        rank -= cells[k]
        if rank <= 0:
            return published(k)
    return None
