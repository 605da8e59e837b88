"""The system that faults happen to: a broker and a Redis of its own behind proxies, workers, source and followers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final

from servers import Kafka, Redis

from stream.runtime import topics
from stream.settings.deployment import Deployment

from .business import CONFIG, Business
from .following import Follower, Revisions
from .gate import Gate
from .herd import Herd
from .proxy import Proxy
from .source import Source

NAMESPACE: Final = "chaos"
PARTITIONS: Final = 4
STATE: Final = f"{NAMESPACE}.state"
MERGE_STATE: Final = f"{NAMESPACE}.merge-state"
PATIENCE: Final = 120.0
"""Seconds until the system must have recovered."""
_BROKER: Final = {"group.min.session.timeout.ms": 1_000}
_EVERY: Final = 0.05


class Stage:
    """One running system; `running` makes it."""

    def __init__(
        self,
        random: Random,
        workers: int,
        kafka: Kafka,
        redis: Redis,
        proxies: tuple[Proxy, Proxy],
        herd: Herd,
        business: Business,
        gate: Gate,
    ) -> None:
        self.random: Final = random
        self.workers: Final = workers
        """How many there are between faults."""
        self.kafka: Final = kafka
        self.redis: Final = redis
        self.kafka_proxy, self.redis_proxy = proxies
        self.herd: Final = herd
        self.business: Final = business
        self.gate: Final = gate
        self.source: Final = Source(kafka.direct, NAMESPACE, business.items, gate)
        self.follower: Final = Follower(kafka.direct, {STATE: PARTITIONS, MERGE_STATE: 1})
        self.revisions: Final = Revisions(redis.url, NAMESPACE)

    async def recovered(self) -> None:
        """Wait until every partition, and the merge, has committed a checkpoint that began after now."""
        before = dict(self.follower.checkpoints)
        places = [*((STATE, number) for number in range(PARTITIONS)), (MERGE_STATE, 0)]
        # the one that is committed next may have begun before
        await self.until(
            lambda: all(self.follower.checkpoints[place] > before.get(place, 0) + 1 for place in places),
            lambda: f"checkpoints of all tasks; {before} → {dict(self.follower.checkpoints)}",
        )

    async def until(self, holds: Callable[[], bool], what: Callable[[], str], patience: float = PATIENCE) -> None:
        """Wait until something holds.

        Raises:
            TimeoutError: if it does not in time.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + patience
        while not holds():
            if clock() > deadline:
                raise TimeoutError(f"not within {patience:.0f} s: {what()}")
            await asyncio.sleep(_EVERY)


@asynccontextmanager
async def running(
    random: Random, business: Business, workers: int, directory: Path, *, broken: bool
) -> AsyncIterator[Stage]:
    """Start the system, with its workers; end all of it."""
    async with AsyncExitStack() as stack:
        kafka_proxy, redis_proxy = [await stack.enter_async_context(Proxy()) for _ in range(2)]
        folders = [directory / name for name in ("kafka", "redis", "workers")]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        kafka = Kafka(_BROKER, advertised_port=kafka_proxy.number, directory=folders[0])
        redis = Redis(directory=folders[1])
        for server in (kafka, redis):
            stack.callback(server.close)
            await asyncio.to_thread(server.start)
        kafka_proxy.target, redis_proxy.target = kafka.port, redis.port
        config = directory / "vitals.yaml"
        config.write_text(CONFIG)
        settings = {
            "kafka_bootstrap": kafka.bootstrap,
            "redis_url": f"redis://127.0.0.1:{redis_proxy.number}/0",
            "namespace": NAMESPACE,
            "partitions": str(PARTITIONS),
            "clock": business.as_of,
            "config": str(config),
        }
        await topics.prepare(Deployment(**settings))  # type: ignore[arg-type]
        gate = Gate(directory / "gate")
        gate.open_to(business.items[0].at)
        environment = {f"VITALS_{name.upper()}": value for name, value in settings.items()}
        herd = Herd(environment, folders[2], directory / "gate", broken=broken)
        stage = Stage(random, workers, kafka, redis, (kafka_proxy, redis_proxy), herd, business, gate)
        stack.push_async_callback(herd.end)
        tasks = [asyncio.create_task(one.run()) for one in (stage.follower, stage.revisions, stage.source)]
        for _ in range(workers):
            herd.start()
        try:
            yield stage
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
