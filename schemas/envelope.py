"""What every event has, whatever its type."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas import rules
from schemas.fields import Attributes, EventId, Identifier, Instant
from schemas.times import from_datetime

__all__ = ["Envelope", "Part"]


def _require_type(schema: dict[str, Any]) -> None:
    """Python may leave `type` out, since the class says it; on the wire it is required."""
    if "type" in schema.get("properties", {}):
        schema["required"] = list(dict.fromkeys(["type", *schema.get("required", [])]))


class Part(BaseModel):
    """Part of an event: immutable, strict, and deaf to fields it does not know, since producers may be newer."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", allow_inf_nan=False, json_schema_extra=_require_type
    )


class Envelope(Part):
    """The fields that every event has. A subclass for each type adds its own."""

    id: EventId = Field(
        description="Identity of the event, together with the record key and `source`; the same again is a duplicate."
    )
    source: EventId = Field(description="Who produced the event, e.g. `web`, `stripe`, `probe-eu-1`.")
    type: str = Field(description="Type of the event; it decides which further fields there are.")
    time: Instant = Field(description="Event time: RFC 3339 with offset; digits beyond the microsecond are cut.")
    sent_at: Instant | None = Field(
        None,
        description="When the client sent the event, by the client's clock. Together with `received_at` it corrects "
        "that clock: event time = received_at - (sent_at - time).",
    )
    received_at: Instant | None = Field(None, description="When the first server got the event, by the server's clock.")
    account_id: Identifier | None = Field(None, description="The paying customer: company, workspace.")
    test: bool = Field(False, description="Test and internal data: accepted, counted as `excluded`, in no KPI.")
    attributes: Attributes | None = Field(
        None, description="Strings, finite numbers and booleans by name, for segments and custom KPIs."
    )

    @model_validator(mode="after")
    def _check_rules(self) -> "Envelope":
        rules.check(self)
        return self

    def event_time(self) -> int:
        """When it happened: microseconds since the Unix epoch, with the client's clock corrected where possible."""
        time = from_datetime(self.time)
        if self.sent_at is None or self.received_at is None:
            return time
        return from_datetime(self.received_at) - (from_datetime(self.sent_at) - time)

    def to_json(self) -> bytes:
        """The event as a record value: UTF-8 JSON on one line, without the optional fields that are not given."""
        return self.model_dump_json(exclude_none=True).encode()
