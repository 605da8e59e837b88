"""Followers of what a run writes: the committed changelog in Kafka, and the notices in Redis."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from redis.asyncio import Redis
from redis.exceptions import RedisError

MARKER: Final = b"\0"
"""The changelog's key of the offsets: the last record of a checkpoint."""


class Record(NamedTuple):
    """A committed record."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Follower:
    """Reads the committed records of topics while they are written, each once, over all outages.

    Args:
        bootstrap: address of the broker, past the proxy.
        topics: with how many partitions each.
    """

    def __init__(self, bootstrap: str, topics: dict[str, int]) -> None:
        self._bootstrap: Final = bootstrap
        self._next = {TopicPartition(topic, number): 0 for topic, count in topics.items() for number in range(count)}
        self.records: Final[dict[tuple[str, int], list[Record]]] = defaultdict(list)
        self.checkpoints: Final[dict[tuple[str, int], int]] = defaultdict(int)
        """Markers so far, by topic and partition."""

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            try:
                await self._follow(until_end=False)
            except (KafkaError, OSError, TimeoutError):
                await asyncio.sleep(0.3)

    async def finish(self) -> None:
        """Read on to the ends as they are now, and return."""
        await self._follow(until_end=True)

    async def ends(self, topics: dict[str, int]) -> dict[str, int]:
        """Return the ends of topics, as markers name them."""
        async with _reader(self._bootstrap) as reader:
            tps = [TopicPartition(topic, number) for topic, count in topics.items() for number in range(count)]
            return {f"{tp.topic}:{tp.partition}": end for tp, end in (await reader.end_offsets(tps)).items()}

    async def _follow(self, *, until_end: bool) -> None:
        async with _reader(self._bootstrap) as reader:
            reader.assign(list(self._next))
            for tp, offset in self._next.items():
                reader.seek(tp, offset)
            ends = await reader.end_offsets(list(self._next)) if until_end else {}
            while not until_end or any(self._next[tp] < end for tp, end in ends.items()):
                for tp, records in (await reader.getmany(timeout_ms=200)).items():
                    for record in records:
                        self._take(tp, Record(record.offset, record.key, record.value, record.headers))
                for tp in self._next:
                    self._next[tp] = await reader.position(tp)

    def _take(self, tp: TopicPartition, record: Record) -> None:
        if record.offset >= self._next[tp]:
            self._next[tp] = record.offset + 1
            self.records[tp.topic, tp.partition].append(record)
            self.checkpoints[tp.topic, tp.partition] += record.key == MARKER

    def latest(self, topic: str, number: int, key: bytes) -> bytes | None:
        """Return the latest value of a key."""
        found = (record.value for record in reversed(self.records[topic, number]) if record.key == key)
        return next(found, None)


def _reader(bootstrap: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=200,
    )


async def read(bootstrap: str, topics: dict[str, int]) -> dict[tuple[str, int], list[Record]]:
    """Return the committed records of topics."""
    follower = Follower(bootstrap, topics)
    await follower.finish()
    return follower.records


class Revisions:
    """The revisions that readers of Redis heard of, by segment.

    Args:
        url: of Redis, past the proxy.
        namespace: prefix of its keys.
    """

    def __init__(self, url: str, namespace: str) -> None:
        self._url: Final = url
        self._channel: Final = f"{namespace}:snapshots"
        self._key: Final = f"{namespace}:snapshot:all:json"
        self.latest: Final[dict[str, int]] = {}
        self.heard = 0
        self.backwards: Final[list[str]] = []

    async def run(self) -> None:
        """Listen for ever."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError):
                await asyncio.sleep(0.1)

    async def _listen(self) -> None:
        client = Redis.from_url(self._url)
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as heard:
                await heard.subscribe(self._channel)
                while True:
                    message = await heard.get_message(timeout=1)
                    if message is not None:
                        self._note(json.loads(message["data"]))
        finally:
            await client.aclose()

    def _note(self, notice: dict[str, Any]) -> None:
        self.heard += 1
        segment, revision = notice["segment"], notice["revision"]
        if revision < self.latest.get(segment, 0):
            self.backwards.append(f"{segment}: revision {revision} after {self.latest[segment]}")
        self.latest[segment] = revision
