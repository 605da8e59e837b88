"""The source: publishes the records of a business as time in it goes on, whatever the broker does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from .business import Item
from .gate import OPEN, Gate, passes_at

LEAD: Final = 6 * 3_600_000
"""Milliseconds of the business's time that are published ahead of the gate: no partition has ever read everything."""
_LEAST_LEAD: Final = 3 * 3_600_000
"""What a worker knows of a topic's end may be some tenths of a second old, and the broker may be away."""
_EVERY: Final = 0.2


class Source:
    """Publishes items in order, each with the time at which it may pass the gate.

    Args:
        bootstrap: address of the broker, past the proxy.
        namespace: prefix of the topics.
        items: in order.
        gate: how far workers may read.
    """

    def __init__(self, bootstrap: str, namespace: str, items: Sequence[Item], gate: Gate) -> None:
        self._bootstrap: Final = bootstrap
        self._namespace: Final = namespace
        self._items: Final = items
        self._gate: Final = gate
        self.published = 0
        self.hold_back = True
        """Whether to publish no more than the lead; else all that is left."""

    def safe_until(self) -> int:
        """Return how far (ms) the gate may open: behind it there is always something that is published."""
        if self.published == len(self._items):
            return OPEN
        return self._items[self.published].at - _LEAST_LEAD

    async def run(self) -> None:
        """Publish everything; what a broker that dies may have taken or not is published again."""
        while self.published < len(self._items):
            producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", request_timeout_ms=5_000)
            try:
                await producer.start()
                await self._publish(producer)
            except (KafkaError, OSError):
                await asyncio.sleep(0.5)
            finally:
                await _close(producer)

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        while self.published < len(self._items):
            until = self._gate.at() + LEAD if self.hold_back else 1 << 62
            first = last = self.published
            while last < len(self._items) and last < first + 2_000 and self._items[last].at <= until:
                last += 1
            if first == last:
                await asyncio.sleep(_EVERY)
                continue
            await asyncio.wait_for(self._send(producer, self._items[first:last]), 15)
            self.published = last

    async def _send(self, producer: AIOKafkaProducer, items: Sequence[Item]) -> None:
        batches: dict[tuple[str, int], Any] = {}
        sent = []
        for item in items:
            place = (f"{self._namespace}.{item.family}", item.partition)
            batch = batches.get(place)
            record = {"key": item.key, "value": item.value, "timestamp": None, "headers": [passes_at(item.at)]}
            if batch is None or batch.append(**record) is None:
                if batch is not None:
                    await (await producer.send_batch(batch, place[0], partition=place[1]))
                batch = batches[place] = producer.create_batch()
                batch.append(**record)
        for place, batch in batches.items():
            sent.append(await producer.send_batch(batch, place[0], partition=place[1]))
        await asyncio.gather(*sent)


async def _close(producer: AIOKafkaProducer) -> None:
    try:
        await asyncio.wait_for(producer.stop(), 3)
    except Exception:  # noqa: BLE001 - it must go, whatever it says
        if producer._sender.sender_task is not None:
            producer._sender.sender_task.cancel()
        await producer.client.close()
