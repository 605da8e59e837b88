"""A checkpoint that is broken on purpose: the offsets are committed outside of the transaction of the rows.

The control experiment: with it in the workers, the oracle must find a run wrong.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer

from stream.runtime import task
from stream.runtime.tables import changes

APART: Final = 0.05
"""Seconds between the two, so that faults meet them now and then."""


def separate_offsets() -> None:
    """Let every task of this process commit its offsets in a transaction of their own, after that of the rows."""
    whole = task.Task.checkpoint

    async def rows_only(self: task.Task, producer: AIOKafkaProducer) -> Any:
        return await task.send_all(producer, self.changelog, [*changes(self.rows, self.codecs)])

    async def checkpoint(self: task.Task, producer: AIOKafkaProducer, offsets: Any = None) -> None:
        marker = msgspec.json.encode(self.next)
        await whole(self, producer, offsets)
        await asyncio.sleep(APART)
        await producer.begin_transaction()
        await (await task.send_all(producer, self.changelog, [(task.MARKER, marker)]))
        await producer.commit_transaction()

    task.Task._send_rows = rows_only  # type: ignore[method-assign]
    task.Task.checkpoint = checkpoint  # type: ignore[method-assign]
