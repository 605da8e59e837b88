"""How much two clocks may differ, and how much they do."""

from __future__ import annotations

from typing import Final

LARGEST_SKEW: Final = 2.0
"""Seconds that two clocks may differ: the merge waits as long for a partition that is behind."""
FIX: Final = "set both by NTP: events would be in the future, or late"


def skew(theirs: float, before: float, after: float) -> float:
    """Return by how many seconds a clock is ahead of ours at least; negative: behind.

    Args:
        theirs: what it said (s).
        before: our time before it did.
        after: our time after it did.

    >>> skew(105.0, 99.0, 100.0), skew(99.5, 99.0, 100.0), skew(90.0, 99.0, 100.0)
    (5.0, 0.0, -9.0)
    """
    return theirs - after if theirs > after else min(theirs - before, 0.0)


def told(ahead: float) -> str:
    """Say it.

    >>> told(-9.0)
    'is 9.0 s behind ours'
    """
    return f"is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} ours"
