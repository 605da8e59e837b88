"""Alerts: a rule over values began to hold, or no longer does."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from schemas.fields import Count, Instant
from schemas.output import Output
from schemas.snapshot import Segment

__all__ = ["Alert"]


class Alert(Output):
    """One step in the life of an alert. A consumer drops a repeat by (`fingerprint`, `status`)."""

    where_they_apply: ClassVar[frozenset[str]] = frozenset(
        {"pending_since", "levels", "levels_total", "historic", "muted", "reason"}
    )

    schema_: Literal["vitals.alert.v1"] = Field(
        "vitals.alert.v1", alias="schema", description="Name and version of this format."
    )
    fingerprint: str = Field(
        pattern="^[0-9a-f]{32}$",
        description="Hash of rule, segment, labels and `starts_at`, in hex; `firing` and `resolved` share it.",
    )
    rule: str = Field(description="Name of the rule.")
    status: Literal["firing", "resolved"] = Field(description="Whether it began or ended.")
    severity: Literal["page", "ticket", "info"] = Field(description="How much it matters.")
    segment: Segment = Field(description="`all`, or `dimension=value`.")
    value_name: str = Field(description="The value that was judged, e.g. `churn_rate.30d`.")
    value: int | float | None = Field(description="What it was at `as_of`; null without data.")
    threshold: int | float | None = Field(description="The threshold that was crossed; null where there is none.")
    starts_at: Instant = Field(description="When it began to fire, in event time.")
    ends_at: Instant | None = Field(description="When it was resolved, in event time; null while it fires.")
    as_of: Instant = Field(description="The instant that was judged, in event time.")
    summary: str = Field(description="One sentence for people.")
    labels: dict[str, str] = Field(description="Labels of the rule, for routing.")
    pending_since: Instant | None = Field(None, description="When the condition began to hold, in event time.")
    levels: list[int | float] | None = Field(None, description="The levels crossed, in order; the last 50.")
    levels_total: Count | None = Field(None, description="How many levels were crossed.")
    historic: bool | None = Field(None, description="It was found in old time: recorded, nobody is notified.")
    muted: list[str] | None = Field(None, description="Why receivers were not notified, e.g. `silence`.")
    reason: str | None = Field(None, description="Why it ended, if not by its value: e.g. `no data`, `rule changed`.")

    @model_validator(mode="after")
    def _ends_when_resolved(self) -> "Alert":
        if (self.status == "resolved") != (self.ends_at is not None):
            raise ValueError("ends_at: is given exactly if the alert is resolved; correct one of them")
        return self
