"""The instants at which a replay takes snapshots and judges the rules."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.times import parse_time
from stream.engine.durations import UNITS, parse_duration
from stream.engine.units import MICRO

EARLIEST: Final = parse_time("0002-01-01T00:00:00Z") // MICRO
LATEST: Final = parse_time("9999-12-30T00:00:00Z") // MICRO
"""Between these two, every window exists in every zone: a calendar knows the years 1 to 9999."""


def second_of(text: str) -> int:
    """Return the second that a time names.

    Raises:
        ValueError: if it is no RFC 3339 time, no whole second, or too near to where calendars end.
    """
    at = parse_time(text)
    if at % MICRO:
        raise ValueError("is no whole second; leave the fraction out")
    if not EARLIEST <= at // MICRO <= LATEST:
        raise ValueError("has windows beyond the years 1 to 9999; correct it")
    return at // MICRO


def after(latest: int) -> int:
    """Return the first whole second after an event time (µs), as near to it as windows allow."""
    return min(max(latest // MICRO + 1, EARLIEST), LATEST)


class Step(NamedTuple):
    """The distance between two instants: so many seconds, or so many local days."""

    seconds: int
    days: int

    @classmethod
    def parse(cls, text: str) -> Step:
        """Read a step: `d` and `w` are local days and weeks, the others fixed spans.

        Raises:
            ValueError: if it is no duration, or 0.
        """
        seconds = parse_duration(text)
        if not seconds:
            raise ValueError("0 never ends; write a step like 1h or 1d")
        return cls(0, seconds // UNITS["d"]) if text[-1] in "dw" else cls(seconds, 0)


def every(step: Step, begin: int, until: int, zone: str) -> Iterator[int]:
    """Yield begin, begin + step, … up to `until`, all of them seconds; days are those of the zone.

    >>> noon = second_of("2026-03-28T11:00:00Z")   # Berlin's clocks go forward the night after
    >>> [second - noon for second in every(Step.parse("1d"), noon, noon + 100_000, "Europe/Berlin")]
    [0, 82800]
    """
    if step.seconds:
        yield from range(begin, until + 1, step.seconds)
        return
    start = datetime.fromtimestamp(begin, ZoneInfo(zone))
    days, second = 0, begin
    while second <= until:
        yield second
        days += step.days
        try:
            second = int((start + timedelta(days=days)).timestamp())
        except OverflowError:  # past the year 9999
            return


@dataclass(frozen=True, slots=True)
class Stops:
    """Where a replay stops; a plan rather than a list, since a year has half a million minutes.

    Args:
        as_ofs: the seconds to take snapshots at, ascending.
        first: the second of the first event.
        grid: judge the rules at the multiples of so many seconds after `first`, up to the last snapshot; None: never.
        kept: stop at these seconds, too.
    """

    as_ofs: Sequence[int]
    first: int = 0
    grid: int | None = None
    kept: frozenset[int] = frozenset()

    def __iter__(self) -> Iterator[int]:
        """Yield the seconds, ascending, each once."""
        before = None
        for second in heapq.merge(self.as_ofs, self._judged(), sorted(self.kept)):
            if second != before:
                yield second
            before = second

    def judges(self, second: int) -> bool:
        """Say whether the rules are judged at a second."""
        return self.grid is not None and second % self.grid == 0 and second > self.first

    def _judged(self) -> Sequence[int]:
        if self.grid is None or not self.as_ofs:
            return ()
        return range((self.first // self.grid + 1) * self.grid, self.as_ofs[-1] + 1, self.grid)
