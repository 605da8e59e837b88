"""The door of a partition: what comes in is decoded, checked, told from duplicates, and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from zlib import crc32

from msgspec import Struct

from schemas.errors import BadEvent, Reason
from schemas.keys import KEY_FIELDS, TOPICS, message_key
from stream.engine.decoding import decode
from stream.engine.definitions import LatenessSection
from stream.engine.duplicates import HOUR, Duplicates, Seen, identity
from stream.engine.events import Event
from stream.engine.tables import declare
from stream.engine.units import MICRO
from stream.engine.waiting import Applied

LONG_AGO: Final = -(1 << 62)
LATER: Final = 1 << 62
_KEYS_KNOWN: Final = 200_000

Record = tuple[bytes | None, bytes | None]
"""Key and value of a record."""


class Counts(Struct):
    """Totals since the state began."""

    events: int = 0
    duplicates: int = 0
    conflicts: int = 0
    excluded: int = 0
    late: int = 0
    too_late: int = 0
    dead_letters: int = 0


OUTCOMES: Final = {
    "accepted": "events",
    "duplicate": "duplicates",
    "excluded": "excluded",
    "too_late": "too_late",
    "dead_letter": "dead_letters",
}
"""What becomes of an event → its counter."""


class Progress(Struct):
    """How far a partition has come: `as_of` (seconds), and the highest event time (µs) of each topic."""

    as_of: int
    highest: dict[str, int]
    counts: Counts


TABLE: Final = declare("progress", str, Progress)


class Refused(NamedTuple):
    """A record that is not counted: its place in the batch, a stable reason, and what is wrong with it."""

    place: int
    reason: Reason
    detail: str


class Intake:
    """The door of one partition.

    Args:
        progress: how far the partition has come; changed in place.
        duplicates: what was seen.
        lateness: the limits, from the definitions.
        right_partition: whether a record key belongs on this partition; None where there are no partitions.
    """

    def __init__(
        self,
        progress: Progress,
        duplicates: Duplicates,
        lateness: LatenessSection,
        right_partition: Callable[[bytes], bool] | None,
    ) -> None:
        self._progress: Final = progress
        self._duplicates: Final = duplicates
        self._allowed: Final = lateness.allowed * MICRO
        self._grace: Final = {topic: getattr(lateness.grace, topic) * MICRO for topic in TOPICS}
        self._future: Final = lateness.future * MICRO
        self._right_partition: Final = right_partition
        self._keys: dict[bytes, str] = {}

    def watermark(self, topic: str) -> int:
        """Return the watermark (µs) by which events of a topic are accepted: it depends on nothing but what came."""
        return self._progress.highest.get(topic, LONG_AGO) - self._allowed

    def watermarks(self) -> list[int]:
        """Return the watermarks (µs) in the order of the topics."""
        return [self.watermark(topic) for topic in TOPICS]

    def accept(  # noqa: PLR0915 - the hot path makes few calls
        self, topic: str, records: Sequence[Record], now: int | None
    ) -> tuple[list[Applied], list[Refused]]:
        """Return the events of a batch that count, and the records that do not.

        Duplicates and excluded events are counted and in neither list. Nothing is raised, whatever the bytes.

        Args:
            topic: the family of the topic.
            records: keys and values, in the order of their offsets.
            now: the clock in µs, for events from the future; None where there is none.
        """
        fresh: list[Applied] = []
        refused: list[Refused] = []
        duplicates, keys, put = self._duplicates, self._keys, self._duplicates.put
        number, latest = TOPICS.index(topic), LATER if now is None else now + self._future
        horizon, by_account = duplicates.horizons[number], topic in _BY_ACCOUNT
        highest = self._progress.highest.get(topic, LONG_AGO)
        behind, grace = self._allowed, self._grace[topic]
        until, bucket, ids = LONG_AGO, 0, list[int]()
        late = excluded = repeated = conflicting = 0
        for index, (key, value) in enumerate(records):
            data = value or b""
            try:
                at, event = decode(data)
                named = keys.get(key) if key is not None else None
                if named is None:
                    named = self._known(key)
                if event.family != topic:
                    raise _misplaced(event, topic)
                if named != ((event.account_id if by_account else None) or message_key(event)):
                    raise _wrong_key(event, named)
                if at > latest:
                    raise _in_future(at, latest - self._future)
            except BadEvent as bad:
                refused.append(Refused(index, bad.reason, bad.detail))
                continue
            if at > highest:
                highest = at
            elif at < highest - behind - grace:
                refused.append(_too_late(index, at, highest - behind))
                continue
            hashed = identity(named, event.source, event.id)
            if not until - HOUR <= at < until:
                hour = (at + horizon) // HOUR
                until = (hour + 1) * HOUR - horizon
                bucket, ids = duplicates.bucket(number, hour)
            check = crc32(data)
            known = put(hashed, check << 32 | bucket)
            if known is not None:
                seen = duplicates.judge(known, hashed, check << 32 | bucket)
                if seen is not Seen.NEW:
                    repeated += 1
                    conflicting += seen is Seen.CONFLICTING
                    continue
            ids.append(hashed << 32 | check)
            if event.excluded:
                excluded += 1
                continue
            late += at < highest - behind
            fresh.append((at, named, event, data))
        if highest > LONG_AGO:
            self._progress.highest[topic] = highest
        self._count(len(fresh), late, excluded, repeated, conflicting, refused)
        return fresh, refused

    def _count(
        self, accepted: int, late: int, excluded: int, repeated: int, conflicting: int, refused: Sequence[Refused]
    ) -> None:
        counts = self._progress.counts
        counts.events += accepted
        counts.late += late
        counts.excluded += excluded
        counts.duplicates += repeated
        counts.conflicts += conflicting
        too_late = sum(one.reason is Reason.TOO_LATE for one in refused)
        counts.too_late += too_late
        counts.dead_letters += len(refused) - too_late

    def _known(self, key: bytes | None) -> str:
        """Return a record key as text once its partition has been checked; the check is dear, so keys are kept."""
        if key is None:
            return ""
        try:
            named = key.decode()
        except UnicodeDecodeError:
            raise BadEvent(
                Reason.WRONG_KEY, "the record key is not UTF-8; send the one that the contract names"
            ) from None
        if self._right_partition is not None and not self._right_partition(key):
            detail = "the record is not on its key's partition; use Kafka's default partitioner (murmur2) on the key"
            raise BadEvent(Reason.WRONG_PARTITION, detail)
        if len(self._keys) >= _KEYS_KNOWN:
            self._keys.clear()
        self._keys[key] = named
        return named


_BY_ACCOUNT: Final = frozenset(family for family, fields in KEY_FIELDS.items() if fields[0] == "account_id")


def record_key(event: Event) -> str:
    """Return the record key of an event: what `message_key` says, for most events without asking it."""
    return (event.account_id if event.family in _BY_ACCOUNT else None) or message_key(event)


def _misplaced(event: Event, topic: str) -> BadEvent:
    detail = f"type: {event.type} does not belong on the topic {topic}; send it to {event.family}"
    return BadEvent(Reason.UNKNOWN_TYPE, detail)


def _wrong_key(event: Event, named: str) -> BadEvent:
    expected = message_key(event)
    given = "missing" if not named else repr(named[:40])
    return BadEvent(Reason.WRONG_KEY, f"the record key is {given}; send {expected[:40]!r}")


def _in_future(at: int, now: int) -> BadEvent:
    detail = f"time: {(at - now) // MICRO} s ahead of the clock; correct the producer's clock"
    return BadEvent(Reason.IN_FUTURE, detail)


def _too_late(index: int, at: int, watermark: int) -> Refused:
    detail = f"time: {(watermark - at) // MICRO} s behind the watermark, which is more than the grace of its topic"
    return Refused(index, Reason.TOO_LATE, detail)
