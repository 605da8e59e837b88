"""What the agents of the input topics have in common."""

from __future__ import annotations

from schemas.errors import Reason
from stream.app import app
from stream.runtime.batches import Batch, Message

DEAD_LETTERS = app.topic_name("dead-letters")
LATE = app.topic_name("late")


def take(batch: Batch, family: str) -> None:
    """Hand a batch to the engine of its partition; what it refuses leaves with the checkpoint, bytes and reason."""
    records = batch.records
    refused = batch.state.accept(family, [(record.key, record.value) for record in records], app.clock.microsecond())
    for place, reason, detail in refused:
        record = records[place]
        headers = {
            "reason": str(reason),
            "detail": detail,
            "topic": batch.topic,
            "partition": str(batch.partition),
            "offset": str(record.offset),
        }
        batch.send(
            Message(
                LATE if reason is Reason.TOO_LATE else DEAD_LETTERS,
                record.key,
                record.value,
                batch.partition,
                tuple((name, text.encode()) for name, text in headers.items()),
            )
        )
