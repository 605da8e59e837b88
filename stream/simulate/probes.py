"""Probes: who checks a service every minute, and what they find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from stream.simulate.chance import Chance
from stream.simulate.instants import DAY, MINUTE


class Failure(NamedTuple):
    """A time in which a service does not answer.

    Attributes:
        start: When it begins.
        end: When it is over.
        region: The only region from which it is seen; None: everywhere.
    """

    start: int
    end: int
    region: str | None = None


class Check(NamedTuple):
    """One look at the service.

    Attributes:
        at: When.
        ok: Whether it answered.
        latency: How long that took, in milliseconds.
    """

    at: int
    ok: bool
    latency: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A checker in one region.

    Attributes:
        seed: Of the world.
        region: Where it stands.
        start: When it begins to check.
        end: When it stops.
        failures: When the service does not answer.
        silences: When the probe itself is off: no check, no finding.
    """

    seed: int
    region: str
    start: int
    end: int
    failures: tuple[Failure, ...] = ()
    silences: tuple[tuple[int, int], ...] = ()

    def day(self, day: int) -> Iterator[Check]:
        """Check through a UTC day, about once a minute.

        Args:
            day: In days since 1970-01-01.
        """
        first, last = max(self.start, day * DAY), min(self.end, (day + 1) * DAY)
        if first >= last:
            return
        draw = Chance(self.seed, "probe", self.region, day).draw
        failures = [one for one in self.failures if one.end > first and one.start < last and self._sees(one)]
        silences = [one for one in self.silences if one[1] > first and one[0] < last]
        for minute in range(day * DAY, last, MINUTE):
            at = minute + int(draw() * 2_000)
            ok = draw() > 0.0002
            latency = 20 + int(draw() * draw() * 700)
            if failures and any(failure.start <= at < failure.end for failure in failures):
                ok = False
            if first <= at < last and not (silences and any(start <= at < end for start, end in silences)):
                yield Check(at, ok, latency)

    def _sees(self, failure: Failure) -> bool:
        return failure.region in (None, self.region)
