"""Segments: which snapshots a thing counts in."""

from __future__ import annotations

from functools import lru_cache

ALL = "all"


@lru_cache(maxsize=1024)
def segments(plan: str | None = None, country: str | None = None) -> tuple[str, ...]:
    """Name the segments of what carries these values; one that is missing is in no segment of its dimension.

    Example:
        >>> segments("pro", "DE")
        ('all', 'plan=pro', 'country=DE')
        >>> segments()
        ('all',)
    """
    named = [ALL]
    if plan:
        named.append(f"plan={plan}")
    if country:
        named.append(f"country={country}")
    return tuple(named)
