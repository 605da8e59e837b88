"""The agent of the topic `growth`."""

from __future__ import annotations

from collections.abc import AsyncIterable

from agents.intake import take
from stream.app import app
from stream.runtime.batches import Batch


@app.agent(app.batches("growth"))
async def growth(batches: AsyncIterable[Batch]) -> None:
    """Take growth events in."""
    async for batch in batches:
        take(batch, "growth")
