"""What people tell workers: read by the tasks that wait for it, and by no other."""

from __future__ import annotations

from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import CARDS, full_name
from stream.brokers.commands import RESUME, resume_key
from stream.runtime import clients
from stream.settings.deployment import Deployment


class Control:
    """Reads the topic `control` for one partition, once it is asked."""

    def __init__(self, deployment: Deployment, number: int) -> None:
        self._deployment: Final = deployment
        self._number: Final = number
        self._tp: Final = TopicPartition(full_name(deployment.namespace, CARDS["control"]), 0)
        self._reader: AIOKafkaConsumer | None = None

    async def end(self) -> int:
        """Return the offset of what is said next."""
        reader = await self._opened()
        return int((await reader.end_offsets([self._tp]))[self._tp])

    async def resumed(self, since: int) -> bool:
        """Say whether somebody has said, at an offset or after it, that this partition goes on."""
        reader = await self._opened()
        if self._tp not in reader.assignment():
            reader.assign([self._tp])
            reader.seek(self._tp, max(since, (await reader.beginning_offsets([self._tp]))[self._tp]))
        wanted = (RESUME, resume_key(self._number))
        heard = (await reader.getmany(self._tp, timeout_ms=1)).get(self._tp, ())
        return any(record.key in wanted and record.offset >= since for record in heard)

    async def close(self) -> None:
        """Let go of the brokers."""
        if self._reader is not None:
            await clients.close(self._reader)
            self._reader = None

    async def _opened(self) -> AIOKafkaConsumer:
        if self._reader is None:
            name = f"{self._deployment.namespace}-control-{self._number}"
            self._reader = clients.reader(self._deployment, name, [self._tp.topic])
            await self._reader.start()
        return self._reader
