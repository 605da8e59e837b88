"""The types that fields of events have. Nothing is coerced: `"1"` is no number, `1.0` and `true` are no integers."""

from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, FailFast, Field, PlainSerializer, PlainValidator, WithJsonSchema

from schemas import rules
from schemas.currencies import exponent
from schemas.times import format_time, from_datetime, parse_time, to_datetime

__all__ = [
    "MAX_INTEGER",
    "MIN_INTEGER",
    "Attributes",
    "Count",
    "Currency",
    "EventId",
    "Identifier",
    "Instant",
    "Integer",
    "Number",
    "Sequence",
    "Severity",
    "kind",
    "shorten",
]

MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1


def kind(value: object) -> str:
    """What a JSON value is, in words: for messages, which must not repeat the value itself."""
    for types, words in _KINDS:
        if isinstance(value, types):
            return words
    return f"a Python {type(value).__name__}"


_KINDS: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (type(None), "null"),
    (bool, "true or false"),
    (int, "an integer"),
    (float, "a number with decimals"),
    (str, "a string"),
    (Mapping, "an object"),
    ((list, tuple), "a list"),
)


def shorten(value: object, limit: int = 40) -> str:
    """The repr of a value, cut: enough to recognise it, too little to leak much."""
    text = repr(value[: limit + 1]) if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[:limit] + "…"


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return to_datetime(from_datetime(value))
    if isinstance(value, str):
        return to_datetime(parse_time(value))
    raise ValueError(f"is {kind(value)}, must be a time; send a string like 2026-11-22T10:00:00Z")


def _iso(value: datetime) -> str:
    return format_time(from_datetime(value))


def _currency(code: str) -> str:
    exponent(code)
    return code


def _attributes(value: object) -> object:
    """Say in one line what is wrong: pydantic alone would report each member of the union, for each attribute."""
    if not isinstance(value, Mapping):
        return value
    for name, item in value.items():
        fault = _attribute_fault(item)
        if fault:
            raise ValueError(f"{shorten(name)} {fault}, or leave it out")
    return value


def _attribute_fault(item: object) -> str | None:
    if isinstance(item, str | bool):
        return None
    if isinstance(item, int):
        return None if MIN_INTEGER <= item <= MAX_INTEGER else "does not fit in 64 bits; send it as a string"
    if isinstance(item, float):
        return None if isfinite(item) else "is not finite; send a smaller number"
    return f"is {kind(item)}; send a string, a number, true or false"


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    PlainSerializer(_iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant: RFC 3339 text or an aware datetime; always UTC inside, to the microsecond."""

EventId = Annotated[str, Field(min_length=1, max_length=256)]
"""A string of 1 to 256 characters: half of an event's identity."""

Identifier = Annotated[str, Field(min_length=1)]
"""A string that names something, so it is not empty."""

Integer = Annotated[int, Field(ge=MIN_INTEGER, le=MAX_INTEGER)]
"""A whole number that fits in 64 bits."""

Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
"""A whole number that is not negative."""

Severity = Annotated[int, Field(ge=rules.SEVERITY[0], le=rules.SEVERITY[1])]
"""1 is the worst, 5 the mildest."""

Number = Annotated[float, Field(allow_inf_nan=False)]
"""A finite number, with or without decimals, kept as a double."""

Currency = Annotated[str, AfterValidator(_currency), Field(json_schema_extra={"pattern": "^[A-Z]{3}$"})]
"""An ISO 4217 code that has a minor unit."""

Attributes = Annotated[dict[str, str | int | float | bool], BeforeValidator(_attributes)]
"""Values for segments and custom KPIs, by name."""

# One wrong entry is reported, not each of a hundred thousand.
Sequence = (FailFast(), BeforeValidator(_tuple))
"""For `Annotated[tuple[X, ...], *Sequence]`: a JSON list, immutable once read."""
