"""The instants at which a replay takes snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.times import parse_time
from stream.engine.durations import UNITS, parse_duration
from stream.engine.units import MICRO


def second_of(text: str) -> int:
    """Return the second that a time names.

    Raises:
        ValueError: if it is no RFC 3339 time, or no whole second.
    """
    at = parse_time(text)
    if at % MICRO:
        raise ValueError("is no whole second; leave the fraction out")
    return at // MICRO


def after(latest: int) -> int:
    """Return the first whole second after an event time (µs)."""
    return latest // MICRO + 1


def every(step: str, begin: int, until: int, zone: str) -> Iterator[int]:
    """Yield begin, begin + step, … up to `until`; days and weeks are local ones.

    Raises:
        ValueError: if the step is no duration, or 0.

    >>> noon = second_of("2026-03-28T11:00:00Z")   # Berlin's clocks go forward the night after
    >>> [second - noon for second in every("1d", noon, noon + 100_000, "Europe/Berlin")]
    [0, 82800]
    """
    seconds = parse_duration(step)
    if not seconds:
        raise ValueError("a step of 0 never ends; write one like 1h or 1d")
    return _every(seconds, begin, until, ZoneInfo(zone) if step[-1] in "dw" else None)


def _every(seconds: int, begin: int, until: int, zone: ZoneInfo | None) -> Iterator[int]:
    number, second = 0, begin
    while second <= until:
        yield second
        number += 1
        if zone is None:
            second = begin + number * seconds
        else:
            local = datetime.fromtimestamp(begin, zone) + timedelta(days=number * seconds // UNITS["d"])
            second = int(local.timestamp())
