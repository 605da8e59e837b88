"""The agent of the merge: what the partitions wrote."""

from __future__ import annotations

from collections.abc import AsyncIterable

from stream.app import app
from stream.runtime.batches import Batch


@app.agent(app.batches("merge"))
async def merge(batches: AsyncIterable[Batch]) -> None:
    """Take totals, ticks and accounts of the partitions in."""
    async for batch in batches:
        batch.state.take(batch.topic, batch.partition, batch.records)
