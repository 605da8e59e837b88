"""The clock: the only place where the time is asked for."""

from __future__ import annotations

import time

from stream.settings.deployment import Deployment


def now() -> float:
    """Return the time of the wall clock, in seconds since the epoch."""
    return time.time()  # noqa: TID251 - here it is asked for


class Clock:
    """The clock of a deployment: the wall, a fixed instant, or what the events say."""

    def __init__(self, deployment: Deployment) -> None:
        self.fixed = deployment.fixed_clock
        self.follows_events = deployment.clock == "event"
        self.told = 0
        """The newest second that any partition has reached, as the merge says: the clock that follows the events."""

    def limit(self) -> int | None:
        """Return the second that a partition which catches up does not pass; None where its events alone decide."""
        if self.follows_events:
            return None
        return int(now()) if self.fixed is None else self.fixed

    def reached(self, own: int) -> int:
        """Return the second that a partition which has read everything has reached.

        Args:
            own: the first second after all its events.
        """
        limit = self.limit()
        return max(own, self.told) if limit is None else limit

    def microsecond(self) -> int | None:
        """Return the time by which events are in the future; None where there is none."""
        if self.follows_events:
            return None
        return int(now() * 1_000_000) if self.fixed is None else self.fixed * 1_000_000

    def second(self) -> int | None:
        """Return the time by which alerts are old; None where the clock is not the wall."""
        return int(now()) if self.fixed is None and not self.follows_events else None
