"""From bytes to an event and its time: fast where the event is good, exact about why where it is bad."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.errors import BadEvent, Reason
from schemas.parse import MAX_BYTES, MAX_DEPTH, parse
from schemas.rules import RULES, RuleError
from schemas.times import MAX_TIME, MIN_TIME, parse_time
from stream.engine import events
from stream.engine.events import AnyEvent, Event, Instant

_SHALLOW: Final = 2 * MAX_DEPTH + 80
"""No valid event this short can be nested too deeply: the shortest one has 80 bytes besides the brackets."""


def _hook(kind: type, value: object) -> object:
    if kind is Instant and isinstance(value, str):
        return Instant(parse_time(value))
    raise ValueError("must be a time; send a string like 2026-11-22T10:00:00Z")


_decode: Final = msgspec.json.Decoder(AnyEvent, dec_hook=_hook).decode

_CHECKED: Final = {
    kind: RULES[kind.__struct_config__.tag]
    for kind in AnyEvent.__args__
    if kind.__struct_config__.tag in RULES and not issubclass(kind, (events.Usage, events.StatusChanged))
}


def decode(data: bytes) -> tuple[int, Event]:
    """Return the event time (µs since the epoch, corrected for the client's clock) and the event.

    Raises:
        BadEvent: if the bytes are no valid event, with the reason and the field.
    """
    try:
        size = len(data)
        if size > _SHALLOW and (size > MAX_BYTES or data.count(b"{") + data.count(b"[") > MAX_DEPTH):
            return _explained(data)
        # what msgspec skips, it does not look at closely: text that is not ASCII is checked as a whole
        event: Event = _decode(data if data.isascii() else str(data, "utf-8"))
        at = parse_time(event.time)
        if isinstance(event, events.Usage):
            if event.user_id is None and event.anonymous_id is None:
                return _explained(data)
        else:
            _check(event, at)
        if event.sent_at is not None or event.received_at is not None:
            at = _corrected(event, at)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _explained(data)
    return at, event


def redecode(data: bytes) -> Event:
    """Return the event of bytes that `decode` has accepted."""
    try:
        event: Event = _decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return decode(data)[1]
    return event


def _check(event: Event, at: int) -> None:
    if isinstance(event, events.StatusChanged):
        if event.until is not None and event.until <= at:
            raise RuleError("until: is not after time")
        return
    for rule in _CHECKED.get(type(event), ()):
        rule(event)


def _corrected(event: Event, at: int) -> int:
    """Return the event time where the client said when it sent the event, and the server when it came."""
    sent = None if event.sent_at is None else parse_time(event.sent_at)
    received = None if event.received_at is None else parse_time(event.received_at)
    if sent is None or received is None:
        return at
    corrected = received - (sent - at)
    if not MIN_TIME <= corrected <= MAX_TIME:
        raise RuleError("time: is outside the years 1 to 9999 once corrected")
    return corrected


def _explained(data: bytes) -> tuple[int, Event]:
    """Ask the exact parser: it says what is wrong, or its own spelling of what is good is read."""
    event = parse(data)
    try:
        again: Event = _decode(event.to_json())
    except msgspec.MsgspecError as error:
        raise BadEvent(Reason.INVALID_FIELD, f"{error}; correct it") from None
    return event.event_time(), again
