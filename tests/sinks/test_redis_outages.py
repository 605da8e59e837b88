"""Whatever Redis is, the merge is never kept waiting; once it takes writes, it has the newest of all, and says so."""

import asyncio
import json
import logging
import os
import signal
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from waiting import PATIENCE

from schemas.times import format_time
from stream.engine.kpis import CATALOGUE
from stream.engine.merging import Publication, Published
from stream.engine.trackers.risk import AccountStatus
from stream.settings.deployment import Deployment
from stream.sinks import redis_sink
from stream.sinks.redis_sink import Known, RedisSink

ACCOUNTS = int(os.environ.get("SINK_ACCOUNTS", "20000"))
ORIGIN = 1_772_000_000_000


class Told:
    """A sink, and the merge that offers to it."""

    def __init__(self, url, namespace):
        self.url, self.namespace = url, namespace
        self.sink = RedisSink(Deployment(redis_url=url, namespace=namespace))
        self.sink.open(Known(ORIGIN, {}, {}, list(CATALOGUE.values())))
        self.published = Published(origin=ORIGIN)
        self.heard = []
        self.committing = asyncio.create_task(self._commit())

    async def _commit(self):
        """Commit whenever the sink asks for it, as a merge does that is still held."""
        while True:
            await asyncio.sleep(0.02)
            if self.sink.asks:
                self.sink.confirm()

    def offer(self, *accounts, gone=()):
        published = self.published
        published.revision += 1
        published.as_of = 1_772_000_000 + published.revision
        said = {"as_of": format_time(published.as_of * 1_000_000), "revision": published.revision, "complete": True}
        snapshot = said | {"segment": "all", "values": {"events.5m": published.revision}}
        publication = Publication(published.as_of, True, {"all": snapshot}, ["all"], [])
        changed = {
            name: AccountStatus(name, published.revision, int(name.rpartition("-")[2]), "active", "pro", ())
            for name in accounts
        } | dict.fromkeys(gone)
        self.sink.offer(publication, published, {}, changed)

    async def until(self, right, what):
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    async with Redis.from_url(self.url, socket_timeout=2, decode_responses=True) as client:
                        if await right(client):
                            return
                except (RedisError, OSError):
                    pass
                await asyncio.sleep(0.05)
        pytest.fail(what)

    async def until_newest(self):
        async def newest(client):
            text = await client.get(f"{self.namespace}:snapshot:all:json")
            return text is not None and json.loads(text)["revision"] == self.published.revision

        await self.until(newest, "the newest snapshot")

    async def until_all(self, mrr):
        """Wait until every account is there as it was told last."""

        async def there(client):
            if self.sink.is_behind() or await client.zcard(f"{self.namespace}:accounts:at_risk") != len(mrr):
                return False
            names = list(mrr)
            async with client.pipeline(transaction=False) as pipe:
                for name in names:
                    pipe.hget(f"{self.namespace}:account:{name}", "revision")
                found = await pipe.execute()
            return dict(zip(names, map(int, found), strict=True)) == mrr

        await self.until(there, "all accounts")

    async def listen(self):
        """Remember the revisions of the channel."""
        async with Redis.from_url(self.url) as client, client.pubsub() as channel:
            await channel.subscribe(f"{self.namespace}:snapshots")
            async for message in channel.listen():
                if message["type"] == "message":
                    self.heard.append(json.loads(message["data"])["revision"])


@asynccontextmanager
async def read_only(redis):
    async with Redis.from_url(redis.url) as client:
        await client.replicaof("127.0.0.1", "1")
        yield
        await client.replicaof("NO", "ONE")


@asynccontextmanager
async def out_of_memory(redis):
    async with Redis.from_url(redis.url) as client:
        await client.config_set("maxmemory", "1")
        yield
        await client.config_set("maxmemory", "0")


@asynccontextmanager
async def killed_and_empty(redis):
    await asyncio.to_thread(redis.kill)
    yield
    await asyncio.to_thread(redis.start)


@asynccontextmanager
async def frozen(redis):
    os.kill(redis.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(redis.pid, signal.SIGCONT)


@pytest.mark.parametrize("outage", [read_only, out_of_memory, killed_and_empty, frozen])
def test_after_an_outage_redis_has_the_newest_of_all(own_redis, caplog, outage):
    redis = own_redis()
    caplog.set_level(logging.INFO, "stream.sinks")
    asyncio.run(_outage(redis, outage))

    said = [record.getMessage() for record in caplog.records]
    if outage is not frozen:  # a slow Redis is no error
        assert sum("does not take what is published" in text for text in said) == 1
        assert sum("answers again" in text for text in said) == 1


async def _outage(redis, outage):
    told = Told(redis.url, "outage")
    names = [f"account-{number}" for number in range(1, 301)]
    told.offer(*names)
    await told.until_all(dict.fromkeys(names, 1))
    listening = asyncio.create_task(told.listen())
    await told.until(lambda client: client.pubsub_numsub("outage:snapshots"), "a listener")

    async with outage(redis):
        for number in range(50):  # an offer never waits, whatever Redis does
            told.offer(names[number], names[0])
            await asyncio.sleep(0.02)
        assert told.sink.is_behind()
        if outage is not frozen:
            async with asyncio.timeout(PATIENCE):
                while told.sink.retries < 2:  # noqa: ASYNC110 - nothing says so
                    await asyncio.sleep(0.05)

    told.offer()
    await told.until_newest()
    changed = {name: number + 2 for number, name in enumerate(names[:50])}
    await told.until_all(dict.fromkeys(names, 1) | changed | {names[0]: 51})
    listening.cancel()
    await asyncio.wait([listening])
    assert told.heard == sorted(set(told.heard))  # revisions never go back
    assert told.sink.revision == told.published.revision
    await told.sink.stop()


def test_a_worker_that_has_lost_the_merge_writes_nothing_into_an_empty_redis(own_redis, monkeypatch):
    """It had been frozen, and knows of no other: Redis cannot tell it either, since it has forgotten all revisions."""
    monkeypatch.setattr(redis_sink, "LOOKED_AFTER", 0.1)
    asyncio.run(_haunted(own_redis()))


async def _haunted(redis):
    lost, holder = Told(redis.url, "haunted"), Told(redis.url, "haunted")
    lost.offer("account-1")
    await lost.until_newest()
    lost.committing.cancel()
    holder.published.revision = 1
    holder.offer("account-1")
    await holder.until_newest()
    holder.committing.cancel()  # whoever is first to notice: it is up to the merge who may write
    listening = asyncio.create_task(holder.listen())
    await holder.until(lambda client: client.pubsub_numsub("haunted:snapshots"), "a listener")

    async with Redis.from_url(redis.url) as client:
        await client.flushall()
        async with asyncio.timeout(PATIENCE):
            while not (lost.sink.asks and holder.sink.asks):  # noqa: ASYNC110 - nothing says so
                await asyncio.sleep(0.02)
        assert await client.keys("haunted:*") == []
        holder.sink.confirm()
        await holder.until_newest()
        await holder.until_all({"account-1": 2})
    assert holder.heard == [2]
    listening.cancel()
    await asyncio.wait([listening])
    lost.sink.cancel()
    await holder.sink.stop()


def test_an_empty_redis_gets_all_accounts_again_and_snapshots_need_not_wait_for_them(own_redis):
    asyncio.run(_refilled(own_redis()))


async def _refilled(redis):
    told = Told(redis.url, "refill")
    names = [f"account-{number}" for number in range(1, ACCOUNTS + 1)]
    told.offer(*names)
    await told.until_all(dict.fromkeys(names, 1))

    async with Redis.from_url(redis.url) as client:
        await client.flushall()
    told.offer()
    await told.until_newest()
    amid = len(told.sink._unwritten_accounts)
    while told.sink.is_behind():  # noqa: ASYNC110 - nothing says so
        await asyncio.sleep(0.05)
    await told.until_all(dict.fromkeys(names, 1))
    assert amid > 0  # the snapshot was there before the accounts were
    await told.sink.stop()


def test_an_account_that_is_gone_leaves_redis_and_only_a_newer_word_brings_it_back(own_redis):
    asyncio.run(_gone(own_redis()))


async def _gone(redis):
    told = Told(redis.url, "gone")

    async def there():
        await told.until_newest()
        async with asyncio.timeout(PATIENCE):
            while told.sink.is_behind():  # noqa: ASYNC110 - nothing says so
                await asyncio.sleep(0.05)
        async with Redis.from_url(redis.url, decode_responses=True) as client:
            hashes = {key.removeprefix("gone:account:") async for key in client.scan_iter("gone:account:*")}
            assert hashes == set(await client.zrange("gone:accounts:at_risk", 0, -1))
        return hashes

    told.offer("account-1", "account-2")
    assert await there() == {"account-1", "account-2"}
    told.offer(gone=["account-2"])
    assert await there() == {"account-1"}
    assert list(told.sink._accounts) == ["account-1"]  # nothing is kept of it

    late = Told(redis.url, "gone")  # a worker that has lost the merge, and does not know it yet
    late.offer("account-2")
    async with asyncio.timeout(PATIENCE):
        while late.sink.is_behind():  # noqa: ASYNC110 - nothing says so
            await asyncio.sleep(0.05)
    assert await there() == {"account-1"}
    await late.sink.stop()

    async with Redis.from_url(redis.url) as client:
        await client.flushall()
    told.offer()
    assert await there() == {"account-1"}
    told.offer("account-2")
    assert await there() == {"account-1", "account-2"}
    await told.sink.stop()


@pytest.mark.parametrize("end", ["cancel", "stop"])
def test_it_ends_though_a_client_swallows_its_cancellation(own_redis, end):
    asyncio.run(_ended(own_redis(), end))


async def _ended(redis, end):
    told = Told(redis.url, "ended")
    task, waiting, wait = told.sink._task, asyncio.Event(), told.sink._wait

    async def swallow(client):
        """Wait as a client that was amid an answer, whose `asyncio.wait_for` returns it all the same."""
        waiting.set()
        try:
            await wait(client)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()

    told.sink._wait = swallow
    await waiting.wait()
    told.committing.cancel()
    if end == "cancel":
        told.sink.cancel()
    else:
        await told.sink.stop()

    await asyncio.wait_for(asyncio.shield(task), PATIENCE)
