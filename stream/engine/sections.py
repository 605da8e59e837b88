"""What the sections of `vitals.yaml` are made of."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.currencies import exponent
from stream.engine.durations import parse_duration


def _duration(value: object) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError("must be a duration such as 30s, 15m, 6h, 1d or 1w")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} is no IANA time zone; write one like Europe/Berlin") from None
    return value


def known_currency(value: str) -> str:
    """Return a currency code as it is.

    Raises:
        ValueError: if ISO 4217 does not know it.
    """
    exponent(value)
    return value


def _decimal(value: object) -> Decimal:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError("must be a number")


def _rate(value: object) -> Fraction:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and value > 0:
        return Fraction(value)
    raise ValueError("must be a rate above 0: units of the reporting currency for one unit of this one, like 1.08")


Duration = Annotated[int, BeforeValidator(_duration), Field(ge=0)]
"""A duration in whole seconds."""
Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(known_currency)]
Exact = Annotated[Decimal, BeforeValidator(_decimal)]
"""A number, exactly as written."""
Rate = Annotated[Fraction, BeforeValidator(_rate)]
SnakeCase = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]


class Section(BaseModel):
    """A part of the file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
