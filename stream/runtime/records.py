"""Records as aiokafka's decoder makes them, without the object of eleven fields that it copies each of them into.

That copy is half of what fetching costs. It is made in a private method of aiokafka, which is overridden here for the
consumers that ask for it; a version of aiokafka without that method copies on, and all else is the same.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from aiokafka.consumer import fetcher


class Record(Protocol):
    """What is read of a record; the topic and the partition are known by where it was fetched."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def as_it_is(value: Any) -> Any:
    """Return a value unchanged: the deserializer of consumers whose records need no copy."""
    return value


_PLAIN: Final[Any] = fetcher.PartitionRecords


class _Uncopied(_PLAIN):
    def _consumer_record(self, tp: Any, record: Any) -> Any:
        if self._value_deserializer is as_it_is:
            return record
        return super()._consumer_record(tp, record)


def spare_copies() -> None:
    """Let consumers whose values are deserialized by `as_it_is` hand out the records that the decoder made."""
    fetcher.PartitionRecords = _Uncopied
