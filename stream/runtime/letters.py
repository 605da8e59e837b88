"""Dead letters and late events: the untouched bytes of a record, with what is wrong with it."""

from __future__ import annotations

from typing import NamedTuple

from aiokafka import TopicPartition

from schemas.errors import Reason
from schemas.topics import CARDS, full_name
from stream.runtime.batches import Message
from stream.runtime.records import Record


class Found(NamedTuple):
    """What is known of the record of an event that had waited."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = -1


def letter(namespace: str, tp: TopicPartition, record: Record | Found, reason: Reason, detail: str) -> Message:
    """Return what a record becomes that is not counted.

    Args:
        namespace: of the deployment.
        tp: where it came from.
        record: the record.
        reason: why it is not counted.
        detail: what is wrong with it, for people.
    """
    headers = {
        "reason": str(reason),
        "detail": detail,
        "topic": tp.topic,
        "partition": str(tp.partition),
        "offset": str(record.offset),
    }
    return Message(
        full_name(namespace, CARDS["late" if reason is Reason.TOO_LATE else "dead-letters"]),
        record.key,
        record.value,
        tp.partition,
        tuple((name, text.encode()) for name, text in headers.items()),
    )
