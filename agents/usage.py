"""The agent of the topic `usage`."""

from __future__ import annotations

from collections.abc import AsyncIterable

from agents.intake import take
from stream.app import app
from stream.runtime.batches import Batch


@app.agent(app.batches("usage"))
async def usage(batches: AsyncIterable[Batch]) -> None:
    """Take usage events in."""
    async for batch in batches:
        take(batch, "usage")
