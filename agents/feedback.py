"""The agent of the topic `feedback`."""

from __future__ import annotations

from collections.abc import AsyncIterable

from agents.intake import take
from stream.app import app
from stream.runtime.batches import Batch


@app.agent(app.batches("feedback"))
async def feedback(batches: AsyncIterable[Batch]) -> None:
    """Take feedback events in."""
    async for batch in batches:
        take(batch, "feedback")
