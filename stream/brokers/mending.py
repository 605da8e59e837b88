"""Mending a dead letter: fields set one by one, or the whole event anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from schemas.errors import BadEvent, Reason

_WHOLE: Final = "give the whole event with --edit FILE"


class Change(NamedTuple):
    """A field, by the steps of its path, and what it becomes."""

    path: tuple[str, ...]
    value: Any


def parse_change(text: str) -> Change:
    """Read `field=value`; a dot leads into an object. The value is JSON, or else text as it stands.

    Raises:
        ValueError: if there is no field.

    >>> parse_change("name=export"), parse_change("attributes.seats=5")
    (Change(path=('name',), value='export'), Change(path=('attributes', 'seats'), value=5))
    >>> parse_change('account_id="42"').value, parse_change("plan=null").value
    ('42', None)
    """
    name, equals, value = text.partition("=")
    path = tuple(name.split("."))
    if not equals or not all(path):
        raise ValueError(f"{text!r} says no field; write field=value, like name=export or value=3")
    try:
        return Change(path, json.loads(value))
    except ValueError:
        return Change(path, value)


def mended(value: bytes | None, changes: Sequence[Change]) -> bytes:
    """Return the JSON of an event with some fields changed; untouched where there are no changes.

    Raises:
        BadEvent: if there are changes, and the bytes are no JSON object that could take them.

    >>> mended(b'{"name": 1, "id": "a"}', [Change(("name",), "export")])
    b'{"name":"export","id":"a"}'
    """
    if not changes:
        return value or b""
    try:
        event = json.loads(value or b"")
    except (ValueError, RecursionError):
        raise BadEvent(Reason.NOT_JSON, f"there are no fields to set; {_WHOLE}") from None
    if not isinstance(event, dict):
        raise BadEvent(Reason.NOT_AN_OBJECT, f"there are no fields to set; {_WHOLE}")
    for change in changes:
        _set(event, change)
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _set(event: dict[str, Any], change: Change) -> None:
    *steps, last = change.path
    inside: Any = event
    for step in steps:
        inside = inside.setdefault(step, {})
        if not isinstance(inside, dict):
            detail = f"{step}: is no object, so {'.'.join(change.path)} cannot be set; {_WHOLE}"
            raise BadEvent(Reason.INVALID_FIELD, detail)
    inside[last] = change.value
