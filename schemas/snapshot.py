"""Snapshots: every value of one segment at one instant."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue

from schemas.fields import Count, Instant
from schemas.output import Output

__all__ = ["Counts", "Segment", "Snapshot", "SnapshotNotice", "Value"]

Segment: TypeAlias = Annotated[str, Field(pattern=r"^(all|[^=]+=[\s\S]*)$")]
"""`all`, or `dimension=value` such as `plan=pro`."""


Value: TypeAlias = int | float | dict[str, JsonValue] | list[JsonValue] | None
"""A number; null where there is nothing to divide by; an object or list for tables and distributions."""


class Counts(Output):
    """How many events there were since the state began, over all segments."""

    events: Count = Field(0, description="Events accepted: not duplicate, excluded, beyond the grace or dead.")
    duplicates: Count = Field(0, description="Events whose record key, source and id were seen before.")
    conflicts: Count = Field(0, description="Duplicates with another type or payload.")
    excluded: Count = Field(0, description="Test events and bots.")
    late: Count = Field(0, description="Events that came behind the watermark, but within the grace.")
    too_late: Count = Field(0, description="Events beyond the grace; they are in the late topic.")
    dead_letters: Count = Field(0, description="Records that are no valid event; see the dead-letter topic.")


class Snapshot(Output):
    """All values of one segment as of one instant. Written as a whole: no reader sees half of one."""

    schema_: Literal["vitals.snapshot.v1"] = Field(
        "vitals.snapshot.v1", alias="schema", description="Name and version of this format."
    )
    segment: Segment = Field(description="`all`, or `dimension=value`. The record key.")
    as_of: Instant = Field(description="The values count exactly the events with event time before this instant.")
    revision: Count = Field(description="Grows with every publication of the segment.")
    complete: bool = Field(
        description="Every partition has reached `as_of`, and no topic's watermark is further behind it than allowed."
    )
    values: dict[str, Value] = Field(
        description="Value name (`kpi` or `kpi.window`) → number, null, object or list. Money in major units of the "
        "reporting currency, durations in seconds, rates as fractions."
    )
    reasons: dict[str, str] = Field(
        default_factory=dict, description="Value name → why it is null, or what qualifies the number."
    )
    counts: Counts = Field(description="How many events there were since the state began, over all segments.")


class SnapshotNotice(Output):
    """What the Redis channel says after each write: there is a new snapshot."""

    segment: Segment = Field(description="`all`, or `dimension=value`.")
    as_of: Instant = Field(description="The instant of the new snapshot.")
    revision: Count = Field(description="The revision of the new snapshot.")
