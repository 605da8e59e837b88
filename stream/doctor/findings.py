"""What the doctor finds."""

from __future__ import annotations

from typing import Literal, NamedTuple

State = Literal["good", "wrong", "skipped"]
"""`skipped`: could not be looked at, since something it needs is wrong."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    check: str
    state: State
    says: str
    """What is so."""
    fix: str = ""
    """What to do about it, where it is wrong."""


def good(check: str, says: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(check, "good", says)


def wrong(check: str, says: str, fix: str) -> Finding:
    """Return that something is not."""
    return Finding(check, "wrong", says, fix)


def skipped(check: str, why: str) -> Finding:
    """Return that something could not be looked at."""
    return Finding(check, "skipped", f"not looked at: {why}")


def listed(names: list[str], most: int = 5) -> str:
    """Return names in a sentence; the first few where there are many.

    >>> listed(["a", "b"]), listed(["a", "b", "c"], most=2)
    ('a, b', 'a, b and 1 more')
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
