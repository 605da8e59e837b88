"""Filling the topics of a broker with lines, as fast as it takes them."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from stream.brokers.partitions import partition_of
from stream.engine.decoding import redecode
from stream.engine.intake import record_key
from stream.runtime import topics
from stream.settings.deployment import load_deployment

BATCH_BYTES = 900_000


def fill(bootstrap: str, lines: Iterable[bytes], partitions: int) -> str:
    """Make the topics of a new namespace and fill them; return its name. Programs started from here find them."""
    namespace = f"bench-{uuid.uuid4().hex[:8]}"
    os.environ.update(
        {
            "VITALS_KAFKA_BOOTSTRAP": bootstrap,
            "VITALS_NAMESPACE": namespace,
            "VITALS_PARTITIONS": str(partitions),
        }
    )
    asyncio.run(topics.prepare(load_deployment()))
    asyncio.run(load(bootstrap, namespace, lines, partitions))
    return namespace


async def load(bootstrap: str, namespace: str, lines: Iterable[bytes], partitions: int) -> int:
    """Send lines to the topics of their families, to their keys' partitions, in order; return how many."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=BATCH_BYTES)
    await producer.start()
    numbers: dict[bytes, int] = {}
    batches = {}
    sent = []
    count = 0
    for line in lines:
        event = redecode(line)
        key = record_key(event).encode()
        number = numbers.get(key)
        if number is None:
            number = numbers[key] = partition_of(key, partitions)
        place = (f"{namespace}.{event.family}", number)
        batch = batches.get(place)
        if batch is None:
            batch = batches[place] = producer.create_batch()
        if batch.append(key=key, value=line, timestamp=None) is None:
            sent.append(await producer.send_batch(batch, place[0], partition=number))
            batch = batches[place] = producer.create_batch()
            batch.append(key=key, value=line, timestamp=None)
        count += 1
    for (topic, number), batch in batches.items():
        sent.append(await producer.send_batch(batch, topic, partition=number))
    await asyncio.gather(*sent)
    await producer.stop()
    return count
