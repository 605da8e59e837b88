"""Uptime: how the services are doing."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from schemas.envelope import Envelope
from schemas.fields import Count, Identifier, Instant, Number, Severity

__all__ = [
    "UptimeChecked",
    "UptimeCommon",
    "UptimeEvent",
    "UptimeIncidentChanged",
    "UptimeMaintenancePlanned",
    "UptimeRequestsCounted",
    "UptimeStatusChanged",
]


class UptimeCommon(Envelope):
    """What every uptime event has, incidents apart: the service is required."""

    service: Identifier = Field(description="The service, e.g. `api`. The record key.")


class UptimeChecked(UptimeCommon):
    """A probe looked at a service."""

    type: Literal["uptime.checked"] = Field("uptime.checked", description="Type of the event.")
    ok: bool = Field(description="Whether the service answered as it should.")
    latency_ms: Number | None = Field(None, ge=0, description="How long the answer took, in milliseconds.")
    region: str | None = Field(None, description="Where the probe stands; the regions vote.")


class UptimeStatusChanged(UptimeCommon):
    """Somebody declared what a service is from `time` on."""

    type: Literal["uptime.status_changed"] = Field("uptime.status_changed", description="Type of the event.")
    status: Literal["up", "degraded", "down"] = Field(description="What the service is from `time` on.")
    until: Instant | None = Field(
        None, description="When that ends, after `time`; else at the service's next status without `until`."
    )


class UptimeRequestsCounted(UptimeCommon):
    """How many requests a service had since the last report."""

    type: Literal["uptime.requests_counted"] = Field("uptime.requests_counted", description="Type of the event.")
    total: Count = Field(description="All requests since the last report.")
    good: Count = Field(description="Those that were served well; at most `total`.")


class UptimeIncidentChanged(Envelope):
    """An incident went a step further. All events of one incident carry the same `service`, or none."""

    type: Literal["uptime.incident_changed"] = Field("uptime.incident_changed", description="Type of the event.")
    incident_id: Identifier = Field(description="The incident; the record key where there is no `service`.")
    status: Literal["opened", "acknowledged", "mitigated", "resolved"] = Field(description="The step, at `time`.")
    started_at: Instant | None = Field(None, description="When the trouble began, for the time to detect it.")
    severity: Severity | None = Field(None, description="1 is the worst, 5 the mildest.")
    service: Identifier | None = Field(None, description="The service; left out if the incident is about several.")


class UptimeMaintenancePlanned(UptimeCommon):
    """A maintenance, which counts as neither up nor down. It may be told after the fact."""

    type: Literal["uptime.maintenance_planned"] = Field("uptime.maintenance_planned", description="Type of the event.")
    maintenance_id: Identifier = Field(description="The maintenance; its latest version holds.")
    starts_at: Instant = Field(description="When it starts.")
    ends_at: Instant = Field(description="When it ends, after `starts_at`.")
    canceled: bool = Field(False, description="It does not take place.")


UptimeEvent: TypeAlias = Annotated[
    UptimeChecked | UptimeStatusChanged | UptimeRequestsCounted | UptimeIncidentChanged | UptimeMaintenancePlanned,
    Field(discriminator="type"),
]
"""Any event of the topic `uptime`."""
