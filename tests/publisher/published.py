"""What is in Kafka after something was published."""

from typing import Any, NamedTuple

from aiokafka.partitioner import murmur2
from kafka import KafkaConsumer, TopicPartition

EVENT = {
    "id": "1",
    "source": "web",
    "type": "usage.tracked",
    "time": "2026-11-22T10:00:00Z",
    "account_id": "acme",
    "user_id": "ann",
    "name": "export",
}
"""A valid event."""


class Record(NamedTuple):
    topic: str
    partition: int
    key: bytes | None
    value: bytes | None


def records(bootstrap: str, *topics: str, **settings: Any) -> list[Record]:
    """Every record of some topics, by topic, partition and offset."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", **settings)
    try:
        found: list[Record] = []
        tps = [TopicPartition(topic, n) for topic in topics for n in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(tps)
        ends = consumer.end_offsets(tps)
        while any(consumer.position(tp) < ends[tp] for tp in tps):
            for tp, batch in consumer.poll(200).items():
                found += [Record(tp.topic, one.partition, one.key, one.value) for one in batch]
        return sorted(found, key=lambda one: (one.topic, one.partition))
    finally:
        consumer.close()


def partition_of(key: bytes, partitions: int) -> int:
    """Kafka's default partitioner."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
