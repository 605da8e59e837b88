"""Uptime: writing what is known of the services as events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stream.simulate.events import Dated
from stream.simulate.instants import DAY, MINUTE, text
from stream.simulate.services import Service


class Uptime:
    """The events of all services.

    Args:
        services: The services.
        end: Nothing is told from this instant on.
    """

    def __init__(self, services: Sequence[Service], end: int) -> None:
        self._services = services
        self._end = end
        self._told: dict[int, list[Dated]] = {}
        for service in services:
            for at, event in _declared(service):
                self._told.setdefault(at // DAY, []).append((at, event))

    def day(self, day: int) -> Iterator[Dated]:
        """Tell a UTC day.

        Args:
            day: In days since 1970-01-01.
        """
        for at, event in self._told.get(day, ()):
            if at < self._end:
                yield at, event
        for service in self._services:
            for probe in service.probes:
                name, region = f"c-{service.name}-{probe.region}", probe.region
                common = {"source": f"probe-{region}", "type": "uptime.checked", "service": service.name}
                common["region"] = region
                for at, ok, latency in probe.day(day):
                    event = {"id": f"{name}-{at // MINUTE}", "time": text(at), "ok": ok, **common}
                    if ok:
                        event["latency_ms"] = latency
                    yield at, event


def _declared(service: Service) -> Iterator[Dated]:
    for number, status in enumerate(service.statuses):
        told: dict[str, Any] = {"status": status.status}
        if status.until is not None:
            told["until"] = text(status.until)
        yield _event(service, status.at, f"s{number}", "uptime.status_changed", told)
    for number, work in enumerate(service.works):
        told = {"maintenance_id": work.name, "starts_at": text(work.start), "ends_at": text(work.end)}
        if work.canceled:
            told["canceled"] = True
        yield _event(service, work.told, f"m{number}", "uptime.maintenance_planned", told)
    for number, incident in enumerate(service.incidents):
        for at, did, began in incident.steps:
            step = {"incident_id": incident.name, "severity": incident.severity, "status": did}
            if began is not None:
                step["started_at"] = text(began)
            yield _event(service, at, f"i{number}-{did}", "uptime.incident_changed", step)


def _event(service: Service, at: int, name: str, kind: str, own: dict[str, Any]) -> Dated:
    event = {"id": f"{service.name}-{name}", "source": "status-page", "type": kind, "time": text(at)}
    return at, {**event, "service": service.name, **own}
