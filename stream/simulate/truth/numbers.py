"""Numbers: how exact values are published."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from stream.simulate.prices import half_up

MILLION = 1_000_000

Value: TypeAlias = "int | float | list[dict[str, Any]] | dict[str, Any] | None"
"""What a value of the catalogue can be here: a number, null, or a table."""

Values: TypeAlias = dict[str, Value]
"""Values by their catalogue name, `kpi` or `kpi.window`."""


def rounded(value: Fraction) -> float:
    """Round to 6 decimals, ties away from zero.

    Example:
        >>> rounded(Fraction(2, 3))
        0.666667
    """
    return half_up(value * MILLION) / MILLION


def ratio(part: int, whole: int) -> float | None:
    """Divide, once, from whole numbers; over nothing it is null."""
    return rounded(Fraction(part, whole)) if whole else None


def cut(part: int, whole: int) -> float | None:
    """Divide and cut at 6 decimals: 1 only when nothing at all is missing.

    Example:
        >>> cut(100, 105)
        0.95238
    """
    return part * MILLION // whole / MILLION if whole else None


def money(micro: int) -> float:
    """Publish millionths in major units.

    Example:
        >>> money(166_666_667)
        166.666667
    """
    return micro / MILLION


def seconds(milliseconds: int) -> float:
    """Publish milliseconds in seconds; exact."""
    return milliseconds / 1000
