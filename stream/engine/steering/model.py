"""Targets and trends as `vitals.yaml` says them (catalogue part 4, sections 6 and 7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from stream.engine.alerting.rules import SegmentName
from stream.engine.sections import Exact, Section, SnakeCase
from stream.engine.segments import ALL_NAME

PERIODS = ("day", "week", "month", "quarter", "year")
SEASONS = {"hour": 3_600, "day": 86_400, "week": 604_800}
"""Season → its usual seconds."""
LONGEST = 35 * 86_400
"""Seconds: what a value was is kept for as long."""
_SAMPLES = {"hour": 24, "day": 14, "week": 4}


def _day(value: object) -> object:
    if value in PERIODS or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"must be {', '.join(PERIODS)}, or a date like 2026-12-31") from None


Day = Annotated[date, BeforeValidator(_day)]
By = Annotated[Literal["day", "week", "month", "quarter", "year"] | date, BeforeValidator(_day)]


class Target(Section):
    """What a value is to reach, or to stay below, by when."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)

    name: SnakeCase = Field("", description="of its values; default: the value's name with _ for dots")
    version: int = Field(1, ge=1, description="raised when the definition changes")
    value: str = Field(description="the name of a published number, like mrr")
    at_least: Exact | None = Field(None, description="the value is to be this or more")
    at_most: Exact | None = Field(None, description="the value is to be this or less")
    by: By = Field(
        description="the end of each `day`, `week`, `month`, `quarter` or `year`; or a date, which is its last day"
    )
    from_: Day | None = Field(None, alias="from", description="with a date: the first day of the period")
    segment: SegmentName = Field(ALL_NAME, description="whose value it is")
    owner: str | None = Field(None, description="who answers for it")

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if isinstance(data, dict) and "name" not in data and isinstance(data.get("value"), str):
            return {**data, "name": data["value"].replace(".", "_")}
        return data

    @model_validator(mode="after")
    def _sound(self) -> Target:
        if (self.at_least is None) is (self.at_most is None):
            raise ValueError("exactly one of at_least and at_most is needed; write one of them")
        if isinstance(self.by, date) and self.from_ is None:
            raise ValueError("from: missing; a target by a date needs the first day of its period")
        if isinstance(self.by, date) and self.from_ is not None and self.from_ > self.by:
            raise ValueError("from: is after by; swap them")
        if not isinstance(self.by, date) and self.from_ is not None:
            raise ValueError(f"from: goes with a date, and {self.by} begins by itself; remove it")
        return self

    @property
    def wanted(self) -> Decimal:
        """The number that is to be reached, or not to be exceeded."""
        found = self.at_least if self.at_least is not None else self.at_most
        assert found is not None  # noqa: S101 - one of them is given
        return found


class Trend(Section):
    """A value held against what it was, seasons ago."""

    name: SnakeCase = Field(description="of its values")
    version: int = Field(1, ge=1, description="raised when the definition changes")
    value: str = Field(description="the name of a published number, like active_users.24h")
    segment: SegmentName = Field(ALL_NAME, description="whose value it is")
    season: Literal["hour", "day", "week"] = Field("day", description="how far apart the samples are, by local time")
    samples: int = Field(0, ge=1, description="how many seasons back; default: 24 hours, 14 days, 4 weeks")

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, data: Any) -> Any:
        if isinstance(data, dict) and "samples" not in data:
            return {**data, "samples": _SAMPLES.get(data.get("season", "day"), 1)}
        return data

    @model_validator(mode="after")
    def _sound(self) -> Trend:
        if self.season == "hour" and self.samples > _SAMPLES["hour"]:
            raise ValueError("samples: at most 24 hours back; lower it, or take season: day")
        if SEASONS[self.season] * self.samples > LONGEST:
            most = LONGEST // SEASONS[self.season]
            raise ValueError(f"samples: what a value was is kept for 35 days; lower it to {most}")
        return self
