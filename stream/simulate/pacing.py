"""Pacing: telling events no faster than they happened, divided by a speed-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

_NOTICED: Final = 0.005
"""Seconds: shorter waits are put off, since a clock takes about as long to wake somebody."""


class Pace:
    """Plays JSON lines from now on, as fast as it is told or as time allows.

    Args:
        speed: Seconds of the world in a second; None: as fast as they are taken.
        time_of: Says the event time of a line, in microseconds.
        now: Says the time, in seconds from anywhere.
        pause: Waits for some seconds, or less if all is to end; says whether it is. It is asked before every line.

    Attributes:
        reached: The latest event time that was told, in microseconds; None before the first.
        stopped: Whether it ended early.

    Example:
        >>> time = [0.0]
        >>> def pause(seconds):
        ...     time[0] += seconds
        ...     return False
        >>> pace = Pace(60, lambda line: int(line) * 1_000_000, lambda: time[0], pause)
        >>> [(line, time[0]) for line in pace.play([b"1000", b"1060", b"1030", b"1180"])]
        [(b'1000', 0.0), (b'1060', 1.0), (b'1030', 1.0), (b'1180', 3.0)]
    """

    def __init__(
        self,
        speed: float | None,
        time_of: Callable[[bytes], int],
        now: Callable[[], float],
        pause: Callable[[float], bool],
    ) -> None:
        self._speed = speed
        self._time_of = time_of
        self._now = now
        self._pause = pause
        self.reached: int | None = None
        self.stopped = False

    def play(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Pass lines on, each when it is due; what comes late or again is due as soon as it comes."""
        begun, first = self._now(), None
        for line in lines:
            at = self._time_of(line)
            first = at if first is None else first
            wait = 0.0
            if self._speed is not None:
                wait = begun + (at - first) / 1_000_000 / self._speed - self._now()
            if self._pause(wait if wait > _NOTICED else 0.0):
                self.stopped = True
                return
            self.reached = at if self.reached is None else max(self.reached, at)
            yield line
