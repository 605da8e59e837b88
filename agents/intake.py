"""What the agents of the input topics have in common."""

from __future__ import annotations

from aiokafka import TopicPartition

from stream.app import app
from stream.runtime.batches import Batch
from stream.runtime.letters import letter


def take(batch: Batch, family: str) -> None:
    """Hand a batch to the engine of its partition; what it refuses leaves with the checkpoint, bytes and reason."""
    records = batch.records
    try:
        refused = batch.state.accept(
            family, [(record.key, record.value) for record in records], app.clock.microsecond()
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the task that looks for the record
        batch.fail(error)
        return
    tp = TopicPartition(batch.topic, batch.partition)
    for place, reason, detail in refused:
        batch.send(letter(app.deployment.namespace, tp, records[place], reason, detail))
