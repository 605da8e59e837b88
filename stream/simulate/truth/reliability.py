"""Reliability: how often and how long the services failed, what the probes found, and how incidents were handled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stream.simulate.segments import ALL
from stream.simulate.services import Service
from stream.simulate.truth.checking import Look, checking, looks
from stream.simulate.truth.numbers import Values, ratio, seconds
from stream.simulate.truth.outages import Outage, outages
from stream.simulate.truth.response import Handled, handled, responses
from stream.simulate.truth.spans import Span, closures, spans
from stream.simulate.truth.windows import CALENDAR, LONG, Window


@dataclass(frozen=True, slots=True)
class _Record:
    """What is known of a service at an instant."""

    spans: Sequence[Span]
    outages: Sequence[Outage]
    closed: Sequence[tuple[int, int]]
    looks: Sequence[Look]
    incidents: Sequence[Handled]


class Reliability:
    """How reliable the services were until an instant.

    Args:
        services: The services.
        as_of: Where the record ends.
        named: The windows.
        days: The UTC days on which there may be checks.
    """

    def __init__(self, services: Sequence[Service], as_of: int, named: dict[str, Window], days: Iterable[int]) -> None:
        days = list(days)
        self._as_of = as_of
        self._named = named
        self._records = {service.name: _record(service, as_of, days) for service in services}
        self._looks = [look for record in self._records.values() for look in record.looks]
        self._incidents = [one for record in self._records.values() for one in record.incidents]
        observed = {name for name, record in self._records.items() if record.spans}
        self.segments = {ALL} | {
            *(f"service={name}" for name in observed),
            *(f"region={look.region}" for look in self._looks),
            *(f"severity={one.severity}" for one in self._incidents),
        }

    def values(self, segment: str) -> Values:
        """Say the values of a segment: of all, of a service, of a region or of a severity."""
        dimension, _, value = segment.partition("=")
        if dimension == "region":
            return checking([look for look in self._looks if look.region == value], self._named, apdex=False)
        if dimension == "severity":
            return responses([one for one in self._incidents if one.severity == value], self._named)
        records = [record for name, record in self._records.items() if segment == ALL or name == value]
        return {
            **self._failing(records),
            **checking([look for record in records for look in record.looks], self._named, apdex=True),
            **responses([one for record in records for one in record.incidents], self._named),
        }

    def _failing(self, records: Sequence[_Record]) -> Values:
        found = [outage for record in records for outage in record.outages]
        ends = [record.spans[-1] for record in records if record.spans]
        values: Values = {
            "services_down": sum(1 for last in ends if last.end == self._as_of and last.state == "down"),
        }
        for name, window in self._named.items():
            begun = sum(1 for outage in found if window.start <= outage.start < window.end)
            values[f"outages.{name}"] = begun
            closed = sum(window.overlap(*pair) for record in records for pair in record.closed)
            values[f"maintenance_time.{name}"] = seconds(closed)
            if name in (*LONG, *CALENDAR):
                up = sum(window.overlap(*span[:2]) for one in records for span in one.spans if span.state != "down")
                values[f"longest_outage.{name}"] = seconds(max((one.down(window) for one in found), default=0))
                values[f"mtbf.{name}"] = ratio(up, begun * 1000)
        return values


def _record(service: Service, as_of: int, days: Sequence[int]) -> _Record:
    line, works = spans(service, as_of, days), closures(service.works, as_of)
    found = outages(line, works)
    return _Record(
        spans=line,
        outages=found,
        closed=_joined(works, as_of),
        looks=list(looks(service, works, as_of, days)),
        incidents=handled(service.name, service.incidents, found, as_of),
    )


def _joined(closed: Iterable[tuple[int, int]], as_of: int) -> list[tuple[int, int]]:
    """Count once what two maintenances have in common, and nothing that has not been yet."""
    joined: list[tuple[int, int]] = []
    for begins, ends in sorted(closed):
        last = joined[-1][1] if joined else begins
        if min(ends, as_of) > max(begins, last):
            joined.append((max(begins, last), min(ends, as_of)))
    return joined
