"""Rules as `vitals.yaml` says them (catalogue part 4, section 1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from stream.engine.sections import Duration, Exact, Section, SnakeCase

CONDITIONS = ("above", "below", "outside", "and_", "or_")
_LATER = ("change", "deviation", "levels", "recurring", "relative", "direction", "once", "announce_first")
_DEPTH = 3

Range = Annotated[list[Exact], Field(min_length=2, max_length=2)]
SegmentName = Annotated[str, Field(pattern=r"^(all|[a-z][a-z0-9_]*=.+)$")]


class Condition(Section):
    """A comparison of one value, or several conditions joined by `and` or `or`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)

    value: str | None = Field(None, description="the name of a published number, like churn_rate.30d")
    segment: SegmentName | None = Field(None, description="the segment that is judged; default: `all`")
    above: Exact | None = Field(None, description="fires while the value is larger")
    below: Exact | None = Field(None, description="fires while the value is smaller")
    outside: Range | None = Field(
        None, description="`[low, high]`: fires while the value is smaller than the one or larger than the other"
    )
    recover_below: Exact | None = Field(
        None, description="with `above` or `outside`: once it fires, it ends below this"
    )
    recover_above: Exact | None = Field(
        None, description="with `below` or `outside`: once it fires, it ends above this"
    )
    and_: list[Condition] | None = Field(
        None,
        alias="and",
        min_length=1,
        description="conditions that must all hold, each with its own `value` and `segment`",
    )
    or_: list[Condition] | None = Field(None, alias="or", min_length=1, description="conditions of which one must hold")

    @model_validator(mode="before")
    @classmethod
    def _not_yet(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in _LATER:
                if key in data:
                    raise ValueError(f"{key}: this kind of condition is not built yet; use above, below or outside")
        return data

    @model_validator(mode="after")
    def _one_condition(self) -> Condition:
        given = [name.rstrip("_") for name in CONDITIONS if getattr(self, name) is not None]
        if len(given) != 1:
            what = " and ".join(given) if given else "none"
            raise ValueError(f"exactly one of above, below, outside, and, or is needed; there is {what}")
        self._check_recovery(given[0])
        if self.outside is not None and self.outside[0] > self.outside[1]:
            raise ValueError("outside: the first number is the lower one; swap them")
        return self

    def _check_recovery(self, given: str) -> None:
        low, high = self.outside or (None, None)
        upper = self.above if given == "above" else high
        lower = self.below if given == "below" else low
        if self.recover_below is not None and (upper is None or self.recover_below > upper):
            raise ValueError("recover_below: goes with above or outside, and is not above the threshold; lower it")
        if self.recover_above is not None and (lower is None or self.recover_above < lower):
            raise ValueError("recover_above: goes with below or outside, and is not below the threshold; raise it")

    def depth(self) -> int:
        """Return how deep conditions are nested."""
        return 1 + max((part.depth() for part in (*(self.and_ or ()), *(self.or_ or ()))), default=-1)

    def leaves(self) -> list[Condition]:
        """Return the comparisons in it, from left to right."""
        parts = (*(self.and_ or ()), *(self.or_ or ()))
        return [leaf for part in parts for leaf in part.leaves()] if parts else [self]


class Telling(Section):
    """How long a condition must hold, and how an alert is told."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)

    for_: Duration = Field(0, alias="for", description="how long the condition must hold before it fires")
    keep_firing_for: Duration = Field(0, description="how long it goes on firing after the condition held last")
    failure_count: int = Field(1, ge=1, description="instants in a row at which it must hold before it fires")
    success_count: int = Field(1, ge=1, description="instants in a row at which it must not hold before it ends")
    no_data: Literal["keep", "ok", "alert"] = Field(
        "keep", description="what null is: nothing changes, as false, or as true"
    )
    severity: Literal["page", "ticket", "info"] = Field("ticket", description="how much it matters")
    labels: dict[str, str] = Field({}, description="for routing, and for the summary")
    summary: str = Field(
        "{rule}: {value} in {segment}",
        description="one sentence for people, of `{rule} {segment} {value} {threshold} {severity} {starts_at}` "
        "`{levels}` and labels, with Python's format specifications",
    )
    group_by: list[str] = Field(
        ["rule"], description="alerts that are told together: `rule`, `segment`, `severity` or labels"
    )
    group_wait: Duration = Field(30, description="how long the first of a group waits for others")
    group_interval: Duration = Field(300, description="how long a group waits before it tells of others")
    repeat_interval: Duration | Literal[0] = Field(
        14_400, description="how often what still fires is told again; 0: never"
    )
    max_per_hour: int = Field(12, ge=0, description="notifications of this rule; 0: no cap")
    send_resolved: bool = Field(True, description="whether its end is told too")
    inhibit: dict[str, list[str]] = Field(
        {}, description="what is muted while it fires: `rules`, `severities`, where `equal` labels are the same"
    )


class Rule(Condition, Telling):
    """When to raise an alert, and how."""

    leading: ClassVar[bool] = False
    """Whether of several conditions the first one names the value, also where another one holds."""

    name: SnakeCase = Field(description="identity of the rule, unique")
    each: SnakeCase | None = Field(None, description="one alert for each value of this dimension")

    @model_validator(mode="after")
    def _complete(self) -> Rule:
        if self.depth() > _DEPTH:
            raise ValueError(f"conditions are nested deeper than {_DEPTH}; flatten them")
        if any((leaf.value or self.value) is None for leaf in self.leaves()):
            raise ValueError("value: missing; name the published value that is compared, like churn_rate.30d")
        if self.each is not None and self.segment is not None:
            raise ValueError("each: together with segment; leave one of them out")
        return self

    def definition(self) -> dict[str, Any]:
        """Return what the rule judges by: a change of anything else leaves a firing alert alone."""
        names = ("value", "segment", *CONDITIONS, "recover_below", "recover_above", "each", "for_", "no_data")
        return {name: plain(getattr(self, name)) for name in names}


def plain(value: object) -> Any:
    """Return a definition's part as JSON data."""
    if isinstance(value, Condition):
        return {name: plain(getattr(value, name)) for name in sorted(type(value).model_fields)}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return str(value.normalize()) if isinstance(value, Decimal) else value
