"""Periods: the days, weeks and months of the business, each a whole number that grows by one."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

GRAINS = ("day", "week", "month")

_EPOCH = date(1970, 1, 1)
_MONDAY = -3
"""The first day of the week in which 1970 began."""


@lru_cache(maxsize=8192)
def period(grain: str, day: int) -> int:
    """Find the period that a local day is in.

    Args:
        grain: `day`, `week` or `month`; weeks begin on Monday.
        day: In days since 1970-01-01.

    Example:
        >>> period("day", 31), period("week", 31), period("month", 31) - period("month", 30)
        (31, 4, 1)
    """
    if grain == "day":
        return day
    if grain == "week":
        return (day - _MONDAY) // 7
    found = _EPOCH + timedelta(days=day)
    return found.year * 12 + found.month - 1


def label(grain: str, number: int) -> str:
    """Name a period: by its first day, a month by itself.

    Example:
        >>> label("day", 31), label("week", 4), label("month", period("month", 31))
        ('1970-02-01', '1970-01-26', '1970-02')
    """
    if grain == "month":
        return f"{number // 12:04}-{number % 12 + 1:02}"
    return (_EPOCH + timedelta(days=number if grain == "day" else number * 7 + _MONDAY)).isoformat()
