"""From bytes to an event, or to the exact reason why they are none.

This is the slow and thorough parser. A faster one may decide what is good; what is bad comes here to be explained.
"""

import json
import re
from difflib import get_close_matches
from typing import Any, Final, NoReturn

from pydantic import TypeAdapter, ValidationError

from schemas.errors import BadEvent, Reason
from schemas.events import FAMILIES, MODELS, Event
from schemas.explain import explain
from schemas.fields import kind, shorten

__all__ = ["MAX_BYTES", "MAX_DEPTH", "parse"]

MAX_BYTES: Final = 900_000
"""The largest record, in bytes: Kafka's usual limit of 1 MB, less room for key, headers and batch."""

MAX_DEPTH: Final = 100
"""How deep objects and lists may be nested. The outermost object is depth 1."""

_ADAPTER: Final[TypeAdapter[Event]] = TypeAdapter(Event)

# What lies between brackets. A string without end runs to the end of the text, so that this stays linear.
_BETWEEN_BRACKETS: Final = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|[^\[\]{}"]++', re.DOTALL)

# Half a surrogate pair in group 1. The other escapes are matched to be skipped: the `\ud800` in `\\ud800` is none.
_ESCAPE: Final = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)")

_TYPES: Final = f"the types begin with {', '.join(f'{family}.' for family in FAMILIES)}, e.g. usage.tracked"

# Any integer of more digits is as far out of range as this one. Python reads up to 4,300, in quadratic time.
_LONG_INTEGER: Final = 400


def parse(data: bytes) -> Event:
    """Read and validate the value of a record.

    Of duplicate names in an object the last one wins. Unknown fields are ignored, but must be JSON too.

    Args:
        data: The value as it came from Kafka, or one line of a file.

    Raises:
        BadEvent: The bytes are no valid event. Nothing else is raised, whatever the bytes.

    >>> event = parse(b'{"id": "1", "source": "web", "type": "usage.tracked", "time": "2026-11-22T10:00:00Z",'
    ...               b' "name": "export", "user_id": "ann"}')
    >>> event.name, event.outcome
    ('export', 'success')
    >>> parse(b'{"id": "1", "source": "web", "type": "usage.track"}')
    Traceback (most recent call last):
    ...
    schemas.errors.BadEvent: unknown_type: type: 'usage.track' is no type of the contract; did you mean usage.tracked?
    """
    value = _load(data)
    _check_type(value)
    try:
        return _ADAPTER.validate_python(value)
    except ValidationError as error:
        raise explain(error) from None


def _load(data: bytes) -> dict[str, Any]:
    """The object that the bytes spell."""
    if len(data) > MAX_BYTES:
        raise BadEvent(Reason.TOO_LARGE, f"has {len(data):,} bytes, the most is {MAX_BYTES:,}; send less, or in parts")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BadEvent(Reason.NOT_UTF8, f"byte {error.start} is not UTF-8 ({error.reason}); encode as UTF-8") from None
    if text.startswith("\ufeff"):
        raise BadEvent(Reason.NOT_JSON, "begins with a byte order mark; send UTF-8 without one")
    if _is_too_deep(text):
        raise BadEvent(Reason.TOO_DEEP, f"is nested deeper than {MAX_DEPTH}; flatten it")
    try:
        value = json.loads(text, parse_constant=_refuse, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise BadEvent(
            Reason.NOT_JSON, f"line {error.lineno} column {error.colno}: {error.msg}; send one JSON object (RFC 8259)"
        ) from None
    if any(match[1] for match in _ESCAPE.finditer(text)):
        raise BadEvent(Reason.NOT_JSON, "a string has half a surrogate pair (\\ud800 … \\udfff); send both, or UTF-8")
    if not isinstance(value, dict):
        raise BadEvent(Reason.NOT_AN_OBJECT, f"is {kind(value)}, must be an object; send {{…}}")
    return value


def _check_type(value: dict[str, Any]) -> None:
    """Say which types there are, rather than that thirty models do not match."""
    if "type" not in value:
        raise BadEvent(Reason.UNKNOWN_TYPE, f"type: missing; {_TYPES}")
    name = value["type"]
    if not isinstance(name, str):
        raise BadEvent(Reason.UNKNOWN_TYPE, f"type: is {kind(name)}, must be a string; {_TYPES}")
    if name not in MODELS:
        near = get_close_matches(name[:80].lower(), MODELS, n=3, cutoff=0.73)
        fix = f"did you mean {' or '.join(near)}?" if near else _TYPES
        raise BadEvent(Reason.UNKNOWN_TYPE, f"type: {shorten(name)} is no type of the contract; {fix}")


def _is_too_deep(text: str) -> bool:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    depth = 0
    for bracket in _BETWEEN_BRACKETS.sub("", text):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _refuse(name: str) -> NoReturn:
    raise BadEvent(Reason.NOT_JSON, f"{name} is not JSON; send null, or leave the field out")


def _integer(digits: str) -> int:
    return int(digits if len(digits) <= _LONG_INTEGER else f"{digits[:1]}{'9' * _LONG_INTEGER}")
