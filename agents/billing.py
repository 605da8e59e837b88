"""The agent of the topic `billing`."""

from __future__ import annotations

from collections.abc import AsyncIterable

from agents.intake import take
from stream.app import app
from stream.runtime.batches import Batch


@app.agent(app.batches("billing"))
async def billing(batches: AsyncIterable[Batch]) -> None:
    """Take billing events in."""
    async for batch in batches:
        take(batch, "billing")
