"""The clock: the only place where the time is asked for."""

from __future__ import annotations

import time

from stream.settings.deployment import Deployment


def now() -> float:
    """Return the time of the wall clock, in seconds since the epoch."""
    return time.time()  # noqa: TID251 - here it is asked for


class Clock:
    """The clock of a deployment: the wall, a fixed instant, or what the events say.

    `event` is what the merge last said that any partition has reached (seconds); None before it said anything.
    """

    def __init__(self, deployment: Deployment) -> None:
        self.fixed = deployment.fixed_clock
        self.follows_events = deployment.clock == "event"
        self.event: int | None = None

    def second(self) -> int | None:
        """Return the second that a partition which has read everything has reached; None while nobody knows."""
        if self.fixed is not None:
            return self.fixed
        return self.event if self.follows_events else int(now())

    def microsecond(self) -> int | None:
        """Return the time by which events are in the future; None where there is none."""
        if self.fixed is not None:
            return self.fixed * 1_000_000
        return None if self.follows_events else int(now() * 1_000_000)
