"""From what programs have in hand to the bytes of an event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from schemas.errors import BadEvent, Reason
from schemas.fields import kind
from schemas.times import format_time, from_datetime


def encode(event: BaseModel | Mapping[str, Any] | bytes | str) -> bytes:
    r"""Return the JSON of an event. What it says is not judged here; JSON itself is returned as it is.

    Args:
        event: a model of `schemas`, a mapping of fields (times may be `datetime`), or JSON; its line break is cut.

    Raises:
        BadEvent: if a field has no JSON.

    >>> encode({"id": "1", "name": "ü"})
    b'{"id":"1","name":"\xc3\xbc"}'
    >>> encode({"value": float("nan")})
    Traceback (most recent call last):
    ...
    schemas.errors.BadEvent: invalid_field: value: is nan, which is no JSON; leave it out
    """
    if isinstance(event, bytes):
        return event.rstrip(b"\r\n")
    if isinstance(event, str):
        return event.rstrip("\r\n").encode("utf-8", "surrogatepass")  # half a pair is refused as what it is
    if isinstance(event, BaseModel):
        return event.model_dump_json(exclude_none=True).encode()
    if not isinstance(event, Mapping):
        raise BadEvent(Reason.NOT_AN_OBJECT, f"is {kind(event)}; give a model, a mapping or JSON")
    try:
        return _dumped(dict(event))
    except (TypeError, ValueError, RecursionError):
        raise _explained(event) from None


def _dumped(value: object) -> bytes:
    text = json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo is None else format_time(from_datetime(value))
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    raise TypeError


def _explained(event: Mapping[str, Any]) -> BadEvent:
    """Find the fields that have no JSON."""
    details = []
    for name, value in event.items():
        if not isinstance(name, str):
            details.append(f"{name!r}: is no name of a field; write a string")
            continue
        try:
            _dumped(value)
        except (TypeError, RecursionError):
            details.append(f"{name}: is {kind(value)}, which has no JSON; send a string, number, list or object")
        except ValueError:
            what = f"is {value}" if isinstance(value, float) else f"has, in {kind(value)}, text or a number"
            details.append(f"{name}: {what}, which is no JSON; leave it out")
    return BadEvent(Reason.INVALID_FIELD, " | ".join(details[:5]) or "cannot be written as JSON; send plain fields")
