"""The faults: each happens to a stage, and is over when it returns. What follows is for the system to mend."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Final

from redis.asyncio import Redis

from .aiming import Aim, aim
from .herd import Worker
from .stage import Stage

Fault = Callable[[Stage], Awaitable[str]]
"""Returns what happened, in a few words."""

MISSED: Final = "no worker came to be"
"""How an aimed fault is told that met no checkpoint in time."""
_HIT_WITHIN: Final = 10.0
_LONG: Final = 60.0


async def kill(stage: Stage) -> str:
    """`kill -9` of a worker; it is started again."""
    worker = stage.random.choice(stage.herd.at_work())
    worker.signal(signal.SIGKILL)
    await worker.ended()
    await _pause(stage, 0.5)
    stage.herd.start()
    return f"{worker.name} killed"


async def stop(stage: Stage) -> str:
    """SIGTERM of a worker; it is started again."""
    worker = stage.random.choice(stage.herd.at_work())
    worker.signal(signal.SIGTERM)
    await asyncio.wait_for(worker.ended(), 30)
    stage.herd.start()
    return f"{worker.name} stopped"


async def freeze(stage: Stage) -> str:
    """SIGSTOP of a worker until another has its partitions; then SIGCONT: it is a zombie."""
    worker = stage.random.choice(stage.herd.at_work())
    worker.signal(signal.SIGSTOP)
    await _haunt(stage, worker)
    return f"{worker.name} frozen"


async def aimed_kill(stage: Stage) -> str:
    """A worker is killed within a checkpoint."""
    return await _aimed(stage, aim(stage.random, signal.SIGKILL))


async def aimed_freeze(stage: Stage) -> str:
    """A worker is frozen within a checkpoint, until another has its partitions; then it goes on."""
    return await _aimed(stage, aim(stage.random, signal.SIGSTOP))


async def join(stage: Stage) -> str:
    """One more worker."""
    return f"{stage.herd.start().name} joined"


async def leave(stage: Stage) -> str:
    """A worker leaves for good, where there are more than there should be; else it is replaced before it goes."""
    workers = stage.herd.at_work()
    if len(workers) <= stage.workers:
        stage.herd.start()
        await stage.recovered()
    worker = stage.random.choice(workers)
    worker.signal(signal.SIGTERM)
    await asyncio.wait_for(worker.ended(), 30)
    return f"{worker.name} left"


async def two_at_once(stage: Stage) -> str:
    """Two of the others at the same time."""
    if len(stage.herd.at_work()) == 1:
        stage.herd.start()
        await stage.recovered()
    pairs: list[tuple[Fault, Fault]] = [
        (aimed_kill, kill),
        (aimed_kill, broker_killed),
        (kill, redis_emptied),
        (aimed_freeze, redis_emptied),
    ]
    return " and ".join(await asyncio.gather(*(fault(stage) for fault in stage.random.choice(pairs))))


async def broker_killed(stage: Stage) -> str:
    """`kill -9` of the broker, and a restart."""
    await asyncio.to_thread(stage.kafka.kill)
    await _pause(stage, 5)
    await asyncio.to_thread(stage.kafka.start)
    return "broker killed"


async def broker_unreachable(stage: Stage) -> str:
    """Workers cannot reach the broker: connections are refused, or just silent."""
    return await _broker_away(stage, stage.random.uniform(8, 15))


async def broker_unreachable_for_long(stage: Stage) -> str:
    """As the other, for a minute."""
    return await _broker_away(stage, _LONG)


async def redis_emptied(stage: Stage) -> str:
    """Redis is killed, and is empty when it is back."""
    await asyncio.to_thread(stage.redis.kill)
    await _pause(stage, 2)
    await asyncio.to_thread(stage.redis.start)
    await _redis_written(stage)
    return "redis emptied"


async def redis_unreachable(stage: Stage) -> str:
    """Workers cannot reach Redis; the counting goes on meanwhile."""
    if stage.random.random() < 0.5:
        await stage.redis_proxy.refuse()
    else:
        stage.redis_proxy.hold()
    await stage.recovered()
    await stage.redis_proxy.restore()
    await _redis_written(stage)
    return "redis unreachable"


async def redis_read_only(stage: Stage) -> str:
    """Redis takes no writes, since it follows another; the counting goes on meanwhile."""
    async with Redis.from_url(stage.redis.url) as client:
        await client.replicaof("127.0.0.1", "1")
        await stage.recovered()
        await client.replicaof("NO", "ONE")
    await _redis_written(stage)
    return "redis read-only"


async def redis_out_of_memory(stage: Stage) -> str:
    """Redis takes no writes, since its memory is full; the counting goes on meanwhile."""
    async with Redis.from_url(stage.redis.url) as client:
        await client.config_set("maxmemory", "1")
        await stage.recovered()
        await client.config_set("maxmemory", "0")
    await _redis_written(stage)
    return "redis out of memory"


OF_WORKERS: Final[tuple[Fault, ...]] = (aimed_kill, kill, aimed_freeze, stop, freeze, join, leave)
DECK: Final[tuple[Fault, ...]] = (
    *(aimed_kill, kill, broker_killed, redis_emptied, aimed_freeze, stop, two_at_once, redis_out_of_memory),
    *(aimed_kill, freeze, broker_unreachable, aimed_kill, join, redis_unreachable, leave, redis_read_only),
)
"""Half of the faults of workers are aimed; a short run takes the first ones."""


def plan(random: Random, number: int) -> list[Fault]:
    """Return so many faults in a random order; a minute without the broker is among fifty."""
    faults = list(itertools.islice(itertools.cycle(DECK), number))
    if number >= 50:
        faults[faults.index(broker_unreachable)] = broker_unreachable_for_long
    random.shuffle(faults)
    return faults


async def _pause(stage: Stage, most: float) -> None:
    await asyncio.sleep(stage.random.uniform(0, most))


async def _aimed(stage: Stage, order: Aim) -> str:
    """Give an order, to all where it is about the merge, which one of them holds; wait until it is carried out."""
    workers = stage.herd.at_work()
    ordered = workers if order.of_merge else [stage.random.choice(workers)]
    for worker in ordered:
        worker.take(order)
    hit: list[Worker] = []

    def is_hit() -> bool:
        hit[:] = [worker for worker in ordered if worker.frozen or not worker.running]
        return bool(hit)

    with suppress(TimeoutError):
        await stage.until(is_hit, str, _HIT_WITHIN)
    for worker in ordered:
        worker.take(None)
    if not hit:
        return f"{MISSED} {order}"
    worker = hit[0]
    if worker.running:
        await _haunt(stage, worker)
    else:
        stage.herd.start()
    return f"{worker.name} {order}"


async def _haunt(stage: Stage, worker: Worker) -> None:
    """Let a frozen worker go on once others have its partitions."""
    await stage.until(lambda: worker.frozen, lambda: f"{worker.name} is frozen")  # a signal takes its time
    if not stage.herd.at_work():
        stage.herd.start()
    try:
        await stage.recovered()
        await _pause(stage, 1)
    finally:
        worker.signal(signal.SIGCONT)


async def _broker_away(stage: Stage, seconds: float) -> str:
    if stage.random.random() < 0.5:
        await stage.kafka_proxy.refuse()
    else:
        stage.kafka_proxy.hold()
    await asyncio.sleep(seconds)
    await stage.kafka_proxy.restore()
    return f"broker unreachable for {seconds:.0f} s"


async def _redis_written(stage: Stage) -> None:
    heard = stage.revisions.heard
    await stage.until(lambda: stage.revisions.heard > heard, lambda: "a word in Redis about a snapshot")
