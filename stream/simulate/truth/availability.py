"""Availability: how long the services were up and down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stream.simulate.services import Service
from stream.simulate.truth.numbers import Values, cut, seconds
from stream.simulate.truth.spans import spans
from stream.simulate.truth.windows import Window


class Availability:
    """How all services were until an instant.

    Args:
        services: The services.
        as_of: Where the record ends.
        named: The windows.
        days: The UTC days on which there may be checks.
    """

    def __init__(self, services: Sequence[Service], as_of: int, named: dict[str, Window], days: Iterable[int]) -> None:
        days = list(days)
        self._named = named
        self._spans = {f"service={service.name}": spans(service, as_of, days) for service in services}
        self.segments = {segment for segment, record in self._spans.items() if record}

    def values(self, segment: str | None = None) -> Values:
        """Say the values of one service, or of all together."""
        record = [span for name, one in self._spans.items() if segment in (None, name) for span in one]
        values: Values = {}
        for name, window in self._named.items():
            times = dict.fromkeys(("up", "degraded", "down"), 0)
            for span in record:
                times[span.state] += window.overlap(span.start, span.end)
            # A degraded service is up.
            up = times["up"] + times["degraded"]
            values[f"availability.{name}"] = cut(up, up + times["down"])
            values[f"downtime.{name}"] = seconds(times["down"])
            values[f"degraded_time.{name}"] = seconds(times["degraded"])
            values[f"observed_time.{name}"] = seconds(up + times["down"])
        return values
