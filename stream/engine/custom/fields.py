"""The fields of events, as a declaration names them: `outcome`, `attributes.format`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, get_args

from msgspec import UNSET, inspect

from stream.engine.events import AnyEvent, Event

ATTRIBUTES: Final = "attributes."
TYPES: Final[dict[str, type[Event]]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent)}
"""Event types by the name that stands on the wire."""

KEYS: Final = {
    "usage": ("account_id", "user_id"),
    "billing": ("account_id",),
    "feedback": ("account_id",),
    "uptime": ("service",),
    "growth": ("lead_id",),
}
"""Family → the fields of which each value has one partition."""

_HIDDEN: Final = {"id", "time", "sent_at", "received_at", "test", "is_bot", "attributes"}
"""What says how an event came, or that it never comes here."""

Scalar = str | bool | int | float | Decimal


class Field(NamedTuple):
    """What a field of an event can hold: `text`, `number` (`whole` or not) or `truth`, and which words, if few."""

    kind: str
    whole: bool = False
    words: tuple[str, ...] = ()


def fields_of(kind: type[Event]) -> dict[str, Field]:
    """Return the fields of an event type that a declaration can name."""
    info: Any = inspect.type_info(kind)
    found = {field.name: _field(field.type) for field in info.fields if field.name not in _HIDDEN}
    return {name: field for name, field in found.items() if field is not None} | {"type": Field("text")}


def field(name: str, kinds: Iterable[type[Event]]) -> Field | None:
    """Return what a field holds; None for an attribute, which holds anything.

    Raises:
        ValueError: if no event of these types has it.
    """
    if name.startswith(ATTRIBUTES) and name != ATTRIBUTES:
        return None
    there = [fields for kind in kinds if name in (fields := fields_of(kind))]
    if there:
        return there[0][name]
    known = sorted({one for kind in kinds for one in fields_of(kind)})
    near = get_close_matches(name, known, n=1)
    fix = f"write {near[0]}" if near else f"there are {', '.join(known)}, and attributes.NAME"
    raise ValueError(f"{name} is no field of these events; {fix}")


def reader(name: str) -> Callable[[Event], Any]:
    """Return what reads a field of an event; None where the event lacks it."""
    if name.startswith(ATTRIBUTES):
        key = name.removeprefix(ATTRIBUTES)
        return lambda event: None if event.attributes is None else event.attributes.get(key)

    def read(event: Event) -> Any:
        found = getattr(event, name, None)
        return None if found is UNSET else found

    return read


def comparable(value: Scalar) -> Any:
    """Return what is equal for equal values alone: text, numbers and truth are never each other.

    >>> comparable(0.1) == comparable(Decimal("0.1")), comparable(1) == comparable(True)
    (True, False)
    """
    if isinstance(value, bool):
        return ("truth", value)
    return Decimal(repr(value)) if isinstance(value, float) else value


def kind_of(value: Scalar) -> str:
    """Return what a value is: `text`, `number` or `truth`."""
    return "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def number(value: Any) -> int | Decimal | None:
    """Return a number exactly as it was written; None for anything else."""
    if isinstance(value, float):
        return Decimal(repr(value))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _field(kind: Any) -> Field | None:
    if isinstance(kind, inspect.UnionType):
        parts = [found for one in kind.types if (found := _field(one)) is not None]
        return parts[0] if parts else None
    if isinstance(kind, inspect.LiteralType):
        return Field("text", words=tuple(map(str, kind.values)))
    if isinstance(kind, inspect.StrType):
        return Field("text")
    if isinstance(kind, inspect.BoolType):
        return Field("truth")
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return Field("number", whole=isinstance(kind, inspect.IntType))
    return None
