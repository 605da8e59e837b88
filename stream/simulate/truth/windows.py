"""Windows: which instants a value at `as_of` looks back on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stream.simulate.instants import DAY, HOUR, MINUTE, SECOND, local_day, midnight, moment, weekday

# How far back, and in what steps the start moves.
_ROLLING = {
    "5m": (5 * MINUTE, SECOND),
    "1h": (HOUR, 10 * SECOND),
    "24h": (DAY, 5 * MINUTE),
    "7d": (7 * DAY, HOUR),
    "30d": (30 * DAY, HOUR),
}
CALENDAR = ("today", "yesterday", "week", "last_week", "month", "last_month")
LONG = ("24h", "7d", "30d")


class Window(NamedTuple):
    """A stretch of time, half open.

    Attributes:
        start: The first instant inside.
        end: The first one no longer inside.
    """

    start: int
    end: int

    def overlap(self, start: int, end: int) -> int:
        """Say how much of another stretch is inside.

        Example:
            >>> Window(10, 20).overlap(15, 30), Window(10, 20).overlap(20, 30)
            (5, 0)
        """
        return max(0, min(end, self.end) - max(start, self.start))


def windows(as_of: int, zone: str) -> dict[str, Window]:
    """Find all the windows of a snapshot.

    Args:
        as_of: Milliseconds since the epoch, a whole second.
        zone: IANA name of the business's zone.

    Example:
        >>> windows(90 * DAY + 30 * MINUTE + 7 * SECOND, "UTC")["24h"] == (89 * DAY + 30 * MINUTE, 7777807000)
        True
    """
    rolling = {name: Window((as_of - back) // pane * pane, as_of) for name, (back, pane) in _ROLLING.items()}
    return rolling | _calendar(as_of, zone)


def _calendar(as_of: int, zone: str) -> dict[str, Window]:
    today = local_day(zone, as_of)
    monday = today - weekday(today)
    first = today - moment(today * DAY).day + 1
    # The day before a month's first is in the month before.
    first_before = first - moment((first - 1) * DAY).day

    def between(begin: int, end: int | None) -> Window:
        return Window(midnight(zone, begin), as_of if end is None else midnight(zone, end))

    return {
        "today": between(today, None),
        "yesterday": between(today - 1, today),
        "week": between(monday, None),
        "last_week": between(monday - 7, monday),
        "month": between(first, None),
        "last_month": between(first_before, first),
    }


class Slices:
    """The past, cut wherever a window begins or ends, so that each window is a row of whole slices.

    Args:
        named: The windows.

    Example:
        >>> slices = Slices({"5m": Window(10, 20), "1h": Window(0, 20)})
        >>> slices.of(5), slices.of(10), list(slices.within("5m"))
        (1, 2, [2])
    """

    def __init__(self, named: dict[str, Window]) -> None:
        self._edges = sorted({edge for window in named.values() for edge in window})
        self._within = {
            name: range(self.of(window.start), self.of(window.end - 1) + 1) if window.end > window.start else range(0)
            for name, window in named.items()
        }
        self.count = len(self._edges) + 1

    def of(self, at: int) -> int:
        """Find the slice of an instant; slice 0 is before all windows."""
        return bisect_right(self._edges, at)

    def within(self, name: str) -> Sequence[int]:
        """List the slices of a window."""
        return self._within[name]

    def mask(self, name: str) -> int:
        """The same as bits of a whole number."""
        return sum(1 << slice_ for slice_ in self._within[name])


def total(counts: Sequence[int], places: Iterable[int]) -> int:
    """Add up the counts of some slices."""
    return sum(counts[place] for place in places)
