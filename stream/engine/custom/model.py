"""What a KPI of one's own is declared as."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from stream.engine.custom.fields import KEYS, TYPES, field
from stream.engine.custom.filters import Found, wrong_filter
from stream.engine.events import Event
from stream.engine.sections import Duration, Exact, Section, SnakeCase
from stream.engine.windows import C, R

Window = Literal["5m", "1h", "24h", "7d", "30d", "today", "yesterday", "week", "last_week", "month", "last_month"]
WINDOWS = (*R, *C)

_NEEDS = {"sum": ("of",), "distinct": ("of",), "ratio": ("good",), "quantile": ("of", "q"), "latest": ()}
_GOES_WITH = {
    "of": ("sum", "distinct", "quantile", "latest"),
    "good": ("ratio",),
    "q": ("quantile",),
    "currency": ("sum",),
    "by": ("latest",),
    "combine": ("latest",),
    "expire": ("latest",),
}
_UNITS = {"count": "events", "distinct": "values", "ratio": "fraction", "sum": "units", "quantile": "units"}


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


Several = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
"""One, or a list of them."""


class RefusedError(ValueError):
    """A section is refused; `found` says where in it and why."""

    def __init__(self, found: Sequence[Found]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, path))}: {message}" for path, message in found))
        self.found = tuple(found)


class CustomKpi(Section):
    """A KPI of one's own: which events count, and how they are put together."""

    name: SnakeCase = Field(description="the first part of its values' names; no name of the catalogue")
    version: int = Field(1, ge=1, description="raised when the definition changes: a new series begins")
    event: Several = Field(description="a type of events, or a list of types")
    filter: dict[str, Any] = Field(
        {},
        description="by field (or `attributes.NAME`): a value, a list of values, or `{not, above, below, at_least, "
        "at_most, prefix, exists}`; all must match; `any: [filter, …]` is or",
    )
    aggregate: Literal["count", "sum", "distinct", "ratio", "quantile", "latest"] = Field(
        description="how events are put together"
    )
    of: Several | None = Field(
        None, description="sum, quantile, latest: a number field; distinct: a field, or a list of fields"
    )
    good: dict[str, Any] | None = Field(None, description="ratio: the filter of the events that count as good")
    q: Annotated[list[Exact], BeforeValidator(_listed), Field(min_length=1)] | None = Field(
        None, description="quantile: which, like 0.95; a list names each, `{name}_p95`"
    )
    currency: bool = Field(False, description="sum: `of` is money in minor units of the event's `currency`")
    by: Several | None = Field(None, description="latest: the fields of an entity; default: the record key")
    combine: Literal["sum", "mean", "min", "max", "count"] = Field(
        "sum", description="latest: how the entities are put together"
    )
    expire: Duration | None = Field(None, description="latest: an entity that is silent for longer is dropped")
    window: Annotated[list[Window], BeforeValidator(_listed), Field(min_length=1)] | None = Field(
        None, description="the windows that it has values for; default: all"
    )
    group: str | None = Field(None, description="a field: also a table `{name}_by_{field}` of 50 values and `other`")
    unit: str | None = Field(None, min_length=1, description="of its values, in words")

    @model_validator(mode="before")
    @classmethod
    def _several_quantiles(cls, data: Any) -> Any:
        # one number and a list of one are named differently
        if isinstance(data, dict) and isinstance(data.get("q"), list) and len(data["q"]) == 1:
            raise RefusedError([(("q",), "is a list of one; write the number alone")])
        return data

    @model_validator(mode="after")
    def _sound(self) -> CustomKpi:
        found = list(self._wrong())
        if found:
            raise RefusedError(found)
        return self

    @property
    def windows(self) -> tuple[str, ...]:
        """The windows of its values, in their usual order; none for a gauge."""
        if self.aggregate == "latest":
            return ()
        return tuple(window for window in WINDOWS if self.window is None or window in self.window)

    @property
    def kinds(self) -> list[type[Event]]:
        """The types of its events."""
        return [TYPES[name] for name in self.event]

    @property
    def quantiles(self) -> dict[str, Decimal]:
        """Name → the quantile that has it."""
        if self.q is None:
            return {}
        if len(self.q) == 1:
            return {self.name: self.q[0]}
        return {f"{self.name}_p{(q * 100).normalize():f}".replace(".", "_"): q for q in self.q}

    @property
    def names(self) -> list[str]:
        """The first parts of its values' names, without the table's."""
        return list(self.quantiles) or [self.name]

    @property
    def table(self) -> str | None:
        """The name of its table."""
        return None if self.group is None else f"{self.name}_by_{self.group.rpartition('.')[2]}"

    @property
    def unit_said(self) -> str:
        """The unit of its values."""
        if self.currency:
            return "money"
        if self.aggregate == "latest" and self.combine == "count":
            return self.unit or "entities"
        return self.unit or _UNITS.get(self.aggregate, "units")

    def canonical(self) -> dict[str, Any]:
        """Return what it measures: a change of anything else, such as its unit's name, is no change of definition."""
        said = self.model_dump(mode="json", exclude={"unit", "version", "name"}, exclude_defaults=True)
        return {name: sorted(value) if name in ("event", "window") else value for name, value in said.items()}

    @property
    def hash(self) -> str:
        """A hash of what it measures."""
        canonical = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @property
    def series(self) -> str:
        """What its counters and rows are kept under: another definition, or version, counts anew."""
        return f"{self.name}@{self.version}-{self.hash[:8]}"

    def _wrong(self) -> Iterator[Found]:
        unknown = [name for name in self.event if name not in TYPES]
        for name in unknown:
            near = get_close_matches(name, TYPES, n=1)
            fix = f"write {near[0]}" if near else f"there are {', '.join(TYPES)}"
            yield ("event",), f"there are no events of type {name}; {fix}"
        if unknown:
            return
        for key in ("filter", "good"):
            declared = getattr(self, key)
            if declared is not None:
                yield from (((key, *path), message) for path, message in wrong_filter(declared, self.kinds))
        yield from self._wrong_keys()
        yield from self._wrong_fields()

    def _wrong_keys(self) -> Iterator[Found]:
        """Say which keys are missing, and which go with another aggregate."""
        needed = _NEEDS.get(self.aggregate, ())
        if self.aggregate == "latest" and self.combine != "count":
            needed = ("of",)
        for key in needed:
            if getattr(self, key) is None:
                yield (), f"{key}: missing; {self.aggregate} needs it"
        for key, aggregates in _GOES_WITH.items():
            if key in self.model_fields_set and self.aggregate not in aggregates:
                yield (key,), f"goes with {' and '.join(aggregates)}, not with {self.aggregate}; remove it"
        if self.aggregate == "latest" and self.window is not None:
            yield ("window",), "latest is what holds now and has no window; remove it"
        if self.aggregate == "latest" and self.group is not None and self.combine in ("min", "max"):
            yield ("group",), f"goes with combine sum, mean and count, not with {self.combine}; remove it"
        if self.currency and self.unit is not None:
            yield ("unit",), "currency: true makes it money in the reporting currency; remove the unit"
        for index, q in enumerate(self.q or ()):
            if not 0 < q < 1:
                yield ("q", index) if len(self.q or ()) > 1 else ("q",), "must be above 0 and below 1, like 0.95"

    def _wrong_fields(self) -> Iterator[Found]:
        for key, names in (("of", self.of), ("by", self.by), ("group", self.group and [self.group])):
            for name in names or ():
                try:
                    known = field(name, self.kinds)
                except ValueError as error:
                    yield (key,), str(error)
                    continue
                if key == "of" and self.aggregate != "distinct" and known is not None and known.kind != "number":
                    yield (key,), f"{name} is no number; name a field that is"
        if self.of is not None and len(self.of) > 1 and self.aggregate != "distinct":
            yield ("of",), f"{self.aggregate} takes one field; a list goes with distinct"
        if self.group is not None and not self.group.rpartition(".")[2].replace("_", "a").isalnum():
            yield ("group",), "its last word names the table; give the attribute a name of letters, digits and _"
        if self.currency and self.of is not None:
            yield from self._wrong_money(self.of[0])
        if self.aggregate == "distinct" and self.of is not None:
            yield from self._wrong_partition("of", self.of)
        if self.by is not None:
            yield from self._wrong_partition("by", self.by)

    def _wrong_money(self, name: str) -> Iterator[Found]:
        for kind in self.kinds:
            known = kind.__struct_fields__
            whole = name in known and (found := field(name, [kind])) is not None and found.whole
            if not whole or "currency" not in known:
                tag = kind.__struct_config__.tag
                yield ("of",), f"{name} of {tag} is no amount with a currency; name one, or leave currency out"

    def _wrong_partition(self, key: str, names: Sequence[str]) -> Iterator[Found]:
        """Refuse values that could live in several partitions: their number could not be told."""
        for family in sorted({kind.family for kind in self.kinds}):
            keys = KEYS[family] if key == "of" else KEYS[family][:1]
            if not set(keys) & set(names):
                said = " or ".join(keys)
                fix = f"add {said}: [{keys[0]}, {', '.join(names)}]"
                yield (key,), f"the same value of {family} events could be in several partitions; {fix}"
