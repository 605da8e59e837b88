"""The agent of the topic `uptime`."""

from __future__ import annotations

from collections.abc import AsyncIterable

from agents.intake import take
from stream.app import app
from stream.runtime.batches import Batch


@app.agent(app.batches("uptime"))
async def uptime(batches: AsyncIterable[Batch]) -> None:
    """Take uptime events in."""
    async for batch in batches:
        take(batch, "uptime")
