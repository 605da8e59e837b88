"""What the read API answers, as models: its document is made of them, and tests hold every answer to them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from schemas.alert import Alert
from schemas.fields import Count, Instant
from schemas.output import Output
from schemas.snapshot import Segment, Snapshot, Value


class Business(Output):
    """Whose numbers these are."""

    currency: str = Field(description="ISO 4217: the currency of every value whose unit is money.")
    zone: str = Field(description="IANA zone of the calendar windows.")


class Status(Output):
    """How far the numbers reach."""

    version: str = Field(description="Release of Vitals that answers.")
    redis: Literal["up", "down"] = Field(description="Whether Redis answers; where it is down, the rest is not known.")
    at: Instant = Field(description="The clock of the server.")
    namespace: str = Field(description="Prefix of the Redis keys.")
    business: Business
    clock: Literal["wall", "event", "fixed"] = Field(
        description="What `as_of` follows: the clock on the wall, the events, or nothing."
    )
    as_of: Instant | None = Field(description="Of the newest snapshot of `all`; null where there is none yet.")
    behind: float | None = Field(description="Seconds from `as_of` to `at`; null where there is no snapshot.")
    revision: Count | None
    complete: bool | None = Field(description="Whether the snapshot counts all events up to `as_of`.")


class Definition(Output):
    """What a value means."""

    name: str = Field(description="`kpi` or `kpi.window`.")
    kpi: str
    window: str | None = Field(description="The window; null for a gauge.")
    title: str = Field(description="The KPI's name for people.")
    family: str = Field(description="The part of the catalogue that it is in.")
    unit: str = Field(
        description="`money` is the currency of the business, `fraction` 0.25 for 25 %, times are seconds."
    )
    kind: Literal["gauge", "rolling", "calendar"]
    version: Count = Field(description="Grows when the definition changes.")
    description: str
    definition: str = Field(description="The formula, in words, and what makes it null.")
    source: str = Field(description="Where the definition comes from.")
    segments: str = Field(description="The segments besides `all` that have it.")


class Definitions(Output):
    """What all values mean."""

    values: list[Definition]


class Segments(Output):
    """The segments that have a snapshot."""

    segments: list[Segment]


class BySegment(Output):
    """One value in each segment of a dimension."""

    value: str
    dimension: str
    segments: dict[str, Value] = Field(description="Segment → value, as in its newest snapshot.")


class History(Output):
    """What values of the segment `all` were, minute by minute."""

    segment: Literal["all"]
    times: list[int] = Field(description="`as_of` of each point, in seconds since the epoch, ascending.")
    values: dict[str, list[int | float | None]] = Field(
        description="Value name → as many numbers; null where it was none."
    )


class Alerts(Output):
    """The alerts that there are."""

    firing: list[Alert] = Field(description="The worst first, then the longest.")
    resolved: list[Alert] = Field(description="Those that ended last, the latest first; 50 at most.")


class Signal(Output):
    """Something that was seen of an account which may leave."""

    signal: str
    points: Count = Field(description="What it weighs.")
    since: Instant
    until: Instant | None = Field(description="When it ends by itself; null where it does not.")
    detail: Any = Field(description="What was seen.")


class Account(Output):
    """An account whose MRR is at risk; money in major units of the reporting currency."""

    account_id: str
    as_of: Instant
    revision: Count
    plan: str
    status: str
    mrr: float
    mrr_at_risk: float
    signals: list[Signal]


class Accounts(Output):
    """The accounts with the most MRR at risk, the most first."""

    accounts: list[Account]


class Problem(Output):
    """Why there is no answer, and what helps."""

    error: str
    fix: str


__all__ = [
    "Accounts",
    "Alerts",
    "BySegment",
    "Definitions",
    "History",
    "Problem",
    "Segments",
    "Snapshot",
    "Status",
]
