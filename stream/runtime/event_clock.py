"""The clock that follows the events: what the merge says that any partition has reached, heard by every worker.

A partition that had no event for a while would otherwise stand still, and with it all that waits for every partition.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiokafka import TopicPartition

from schemas.topics import CARDS, full_name
from stream.clock import Clock
from stream.runtime import clients
from stream.settings.deployment import Deployment

log = logging.getLogger(__name__)

RECORD_KEY: Final = b"clock"
_DELAY: Final = 2.0


def topic_of(deployment: Deployment) -> str:
    """Return the name of the topic that says the time."""
    return full_name(deployment.namespace, CARDS["clock"])


async def listen(deployment: Deployment, clock: Clock) -> None:
    """Let the clock be what the topic says, for ever."""
    tp = TopicPartition(topic_of(deployment), 0)
    while True:
        reader = clients.reader(deployment, f"{deployment.namespace}-clock", [tp.topic])
        try:
            await reader.start()
            reader.assign([tp])
            reader.seek(tp, (await reader.beginning_offsets([tp]))[tp])
            while True:
                record = await reader.getone()
                clock.told = max(clock.told, int(record.value or b"0"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the clock must go on
            log.warning("clock: %s could not be read: %r; trying again in %.0f s", tp.topic, error, _DELAY)
        finally:
            await asyncio.shield(clients.close(reader))
        await asyncio.sleep(_DELAY)
