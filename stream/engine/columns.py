"""The columns that the totals of a segment are made of: what entered, what left, what is dated before an edge."""

from __future__ import annotations

from typing import Final

from stream.engine.windows import WEEKLY, H, L, R

KEPT_FOR: Final = (R, H, L)
"""The rolling windows that counters are kept for, those of calendar windows, too."""
ROLLING_ONLY: Final = (WEEKLY,)


def entered(rolling: tuple[str, ...]) -> str:
    """Return the column of what entered the rolling windows of some counters, and all calendar windows."""
    return f"entered:{rolling[0]}"


def moved(rolling: tuple[str, ...]) -> str:
    """Return the column of what entered the rolling windows of some counters, but no calendar window."""
    return f"moved:{rolling[0]}"


def left(window: str) -> str:
    """Return the column of what has left a rolling window."""
    return f"left:{window}"


def past(window: str) -> str:
    """Return the column of what is in the window just before a rolling one."""
    return f"past:{window}"


def earlier(window: str) -> str:
    """Return the column of what is dated before a calendar window."""
    return f"before:{window}"


def counted(window: str) -> str:
    """Return the column of what was said of a calendar window's period as a whole."""
    return f"period:{window}"
