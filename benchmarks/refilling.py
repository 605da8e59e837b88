"""How soon an empty Redis has everything again: the snapshots, and the hashes of many accounts."""

from __future__ import annotations

import asyncio
import time
import uuid

from redis.asyncio import Redis

from schemas.times import format_time
from stream.engine.kpis import CATALOGUE
from stream.engine.merging import Publication, Published
from stream.engine.trackers.risk import AccountStatus
from stream.settings.deployment import Deployment
from stream.sinks.redis_sink import Known, RedisSink

_LOOK_EVERY = 0.2
_PUBLISHED_EVERY = 1.0
_AS_OF = 1_772_000_000


def figures(accounts: int, redis_url: str) -> dict[str, float]:
    """Write accounts, empty Redis, and return how long it takes until all of them are there again."""
    return asyncio.run(_refilled(accounts, redis_url))


async def _refilled(accounts: int, redis_url: str) -> dict[str, float]:
    namespace = f"refill-{uuid.uuid4().hex[:8]}"
    published = Published(origin=_AS_OF * 1_000, revision=1, as_of=_AS_OF)
    said = {"as_of": format_time(_AS_OF * 1_000_000), "revision": 1, "complete": True, "segment": "all", "values": {}}
    publication = Publication(_AS_OF, True, {"all": said}, ["all"], [])
    names = [f"account-{number}" for number in range(accounts)]
    statuses = {name: AccountStatus(name, 100, 50, "paying", "pro", ()) for name in names}
    sink = RedisSink(Deployment(redis_url=redis_url, namespace=namespace))
    async with Redis.from_url(redis_url) as client:
        key = f"{namespace}:accounts:at_risk"
        sink.open(Known(published.origin, {}, {}, list(CATALOGUE.values())))
        sink.offer(publication, published, {}, statuses)
        await _until_written(sink)
        await client.flushall()
        began = time.perf_counter()
        while await client.zcard(key) < accounts:
            sink.offer(publication, published, {}, {})
            await asyncio.sleep(_PUBLISHED_EVERY)
        seconds = time.perf_counter() - began
        await client.flushall()
    sink.cancel()
    return {"accounts": accounts, "seconds": round(seconds, 2)}


async def _until_written(sink: RedisSink) -> None:
    while sink.asks or sink.is_behind():
        if sink.asks:
            sink.confirm()
        await asyncio.sleep(_LOOK_EVERY)
