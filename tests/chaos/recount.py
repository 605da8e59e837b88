"""What must become of every record of the source: a recount from the contract, apart from the engine.

It decides record by record, in the order of offsets, with dictionaries; it knows the kinds of bad records that the
harness publishes, and no others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zlib import crc32

from xxhash import xxh3_64_intdigest

from .business import key_of
from .following import Record

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ALLOWED: Final = 5_000_000
_DAY: Final = 86_400_000_000
_GRACE: Final = {
    "usage": _DAY // 24,
    "uptime": _DAY // 24,
    "billing": 35 * _DAY,
    "feedback": 35 * _DAY,
    "growth": 35 * _DAY,
}
FAMILIES: Final = tuple(_GRACE)
COUNTS: Final = ("events", "duplicates", "conflicts", "excluded", "late", "too_late", "dead_letters")


class Outcome(NamedTuple):
    """What must become of one record."""

    offset: int
    count: str
    """The counter that it is in: `events`, `duplicates`, `excluded`, `too_late` or `dead_letters`."""
    reason: str = ""
    """Of a record that is refused."""
    late: bool = False
    conflict: bool = False
    at: int = 0
    """Event time, in microseconds."""
    highest: int = 0
    """The highest event time so far in its partition of the topic."""
    identity: int = 0
    """Of an event that was not seen before: the hash of its identity, and the check of its bytes, packed."""
    value: bytes = b""
    event: Mapping[str, Any] = MappingProxyType({})


def recount(family: str, records: Iterable[Record], end: datetime) -> Iterator[Outcome]:
    """Yield the outcome of every record of one partition of a topic, with the clock at `end`."""
    latest = (end - _EPOCH) // _MICROSECOND + 300 * 1_000_000
    highest: int | None = None
    seen: dict[tuple[str, str, str], bytes] = {}
    for record in records:
        value = record.value or b""
        reason, at, event = _judged(family, record.key or b"", value, latest)
        if reason:
            yield Outcome(record.offset, "dead_letters", reason)
            continue
        if highest is not None and at < highest - _ALLOWED - _GRACE[family]:
            yield Outcome(record.offset, "too_late", "too_late")
            continue
        highest = at if highest is None else max(highest, at)
        key = (record.key or b"").decode()
        named = (key, event["source"], event["id"])
        if named in seen:
            yield Outcome(record.offset, "duplicates", conflict=seen[named] != value, highest=highest)
            continue
        seen[named] = value
        text = f"{len(key)},{len(event['source'])},{key}{event['source']}{event['id']}"
        identity = xxh3_64_intdigest(text.encode()) << 32 | crc32(value)
        if event.get("test") or event.get("is_bot"):
            yield Outcome(record.offset, "excluded", at=at, highest=highest, identity=identity)
            continue
        late = at < highest - _ALLOWED
        yield Outcome(record.offset, "events", "", late, False, at, highest, identity, value, event)


def is_forgotten(family: str, at: int, highest: int) -> bool:
    """Say whether the identity of an event need not be known any more: what repeats it would come too late."""
    hour = 3_600_000_000
    return (at + _GRACE[family]) // hour + 1 < (highest - _ALLOWED) // hour


def _judged(family: str, key: bytes, value: bytes, latest: int) -> tuple[str, int, dict[str, Any]]:
    """Return the reason to refuse a record (none: empty), and the event's time and content."""
    try:
        event = json.loads(value.decode())
    except UnicodeDecodeError:
        return "not_utf8", 0, {}
    except ValueError:
        return "not_json", 0, {}
    if not isinstance(event, dict):
        return "not_an_object", 0, {}
    if event["type"] == "usage.dreamt":
        return "unknown_type", 0, {}
    if "source" not in event:
        return "invalid_field", 0, {}
    if key.decode() != key_of(event, family):
        return "wrong_key", 0, {}
    at = (datetime.fromisoformat(event["time"]) - _EPOCH) // _MICROSECOND
    return ("in_future" if at > latest else ""), at, event
