"""Redis: snapshots, alerts and accounts, written until Redis has them, however long it is away.

The merge offers what it has committed and goes on; the sink keeps only the newest snapshot of a segment and the newest
word on an account, so a slow Redis costs memory for neither. After a loss of connection, or of everything in Redis, all
that readers may ask for is written again: but only after a further commit of the merge. An empty Redis cannot tell what
is older than what it had, and a worker that was frozen may still believe that it holds the merge; it cannot commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final, NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from stream.engine.described import described, hash_of_all
from stream.engine.kpis import Kpi
from stream.engine.merging import Publication, Published
from stream.engine.publication import PLACES
from stream.engine.snapshots import to_json
from stream.engine.trackers.risk import AccountStatus
from stream.settings.deployment import Deployment
from stream.sinks import scripts
from stream.sinks.fields import account_fields, history_entry

log = logging.getLogger(__name__)

FIRST_DELAY: Final = 0.2
LONGEST_DELAY: Final = 1.0
"""Seconds between tries: no longer than it takes to the next publication, which then has all."""
TIMEOUT: Final = 10.0
STOPPED_WITHIN: Final = 2.0
LOOKED_AFTER: Final = 5.0
"""Seconds: where nothing is published any more, nobody would notice that Redis lost what was written."""
HISTORY: Final = 7 * 24 * 60
"""Entries of the history stream: one a minute for 7 days."""
HISTORY_WAITING: Final = 240
"""Entries that wait at most while Redis is away."""
ALERTS_KEPT: Final = 1_000
_ACCOUNTS_AT_ONCE: Final = 200
"""Accounts in one call of a script: Redis does nothing else meanwhile."""
_ACCOUNTS_A_ROUND: Final = 5_000


class Known(NamedTuple):
    """What the merge knew when it began: its origin, the log of alerts by number, those that fire, and the KPIs."""

    origin: int
    logged: dict[int, bytes]
    active: dict[str, bytes]
    kpis: list[Kpi]


class EmptiedError(Exception):
    """Redis does not know the origin of what it holds: it was emptied, or restarted without its data."""


class RedisSink:
    """Writes what the merge offers; one a worker, idle until its worker holds the merge."""

    def __init__(self, deployment: Deployment) -> None:
        self._ns: Final = deployment.namespace
        self._url: Final = deployment.redis_url.get_secret_value()
        self._known: Known | None = None
        self._snapshots: dict[str, dict[str, Any]] = {}
        self._accounts: dict[str, tuple[int, int, AccountStatus | None]] = {}
        self._segments: list[str] | None = None
        self._history: dict[int, dict[str, Any]] = {}
        self._announced: list[bytes] = []
        self._unwritten_snapshots: set[str] = set()
        self._unwritten_accounts: set[str] = set()
        self._unwritten_log: dict[int, bytes] = {}
        self._alerts_changed = False
        self._minute = 0
        self._since: Mapping[str, int] = {}
        self._described: dict[str, dict[str, Any]] | None = None
        self._definitions = ""
        self.retries = 0
        """How often a write had to be tried again, since the sink was made."""
        self.revision = 0
        """Of the newest snapshot of `all` that Redis has taken."""
        self.asks = False
        """Whether Redis is there, and waits for a commit that shows that the merge is still held here."""
        self._holds = False
        self._claimed = False
        self._wake: Final = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_ended = False
        """Before Python 3.12 a client may swallow a cancellation: asyncio.wait_for does, amid an answer."""

    # --- what the merge says

    def open(self, known: Known) -> None:
        """Begin anew with a merge that was just restored."""
        self._known = known
        self._holds = self._claimed = False
        self._definitions = hash_of_all(known.kpis)
        self._unwritten_log = dict(known.logged)
        self._alerts_changed = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="redis")
        self._wake.set()

    def offer(
        self,
        publication: Publication,
        published: Published,
        logged: dict[int, bytes],
        accounts: dict[str, AccountStatus | None],
    ) -> None:
        """Take what was committed; it is written as soon as Redis takes it."""
        self.confirm()
        if publication.snapshots:
            self._since = publication.since
        for segment, snapshot in publication.snapshots.items():
            self._snapshots[segment] = snapshot
            self._unwritten_snapshots.add(segment)
        if publication.segments is not None:
            self._segments = publication.segments
            for gone in set(self._snapshots) - set(publication.segments):
                del self._snapshots[gone]
                self._unwritten_snapshots.discard(gone)
        minute = publication.as_of // 60
        if publication.snapshots and minute != self._minute:
            self._minute = minute
            self._history[publication.as_of] = publication.snapshots.get("all", {})
            while len(self._history) > HISTORY_WAITING:
                del self._history[min(self._history)]
        self.tell(published, accounts)
        if publication.alerts and self._known is not None:
            self._unwritten_log.update(logged)
            self._announced += [judged.alert.to_json() for judged in publication.alerts if judged.announced]
            for judged in publication.alerts:
                key = f"{judged.alert.rule}|{judged.alert.segment}"
                if judged.alert.status == "firing":
                    self._known.active[key] = judged.alert.to_json()
                else:
                    self._known.active.pop(key, None)
            self._known.logged.update(logged)
            for number in sorted(self._known.logged)[:-ALERTS_KEPT]:
                del self._known.logged[number]
            self._alerts_changed = True

    def tell(self, published: Published, accounts: Mapping[str, AccountStatus | None]) -> None:
        """Take what partitions have committed about accounts; None: one is gone."""
        for account, status in accounts.items():
            self._accounts[account] = (published.as_of, published.revision, status)
            self._unwritten_accounts.add(account)
        self._wake.set()

    def confirm(self) -> None:
        """Take the word of the merge that it has just committed."""
        self._holds, self.asks = True, False
        self._wake.set()

    def cancel(self) -> None:
        """Write nothing any more: another worker holds the merge."""
        self._is_ended = True
        if self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        """Write what is left, if Redis takes it at once; then end."""
        if self._task is None:
            return
        deadline = asyncio.get_running_loop().time() + STOPPED_WITHIN
        while self.is_behind() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - once, at the end
            await asyncio.sleep(0.05)
        self.cancel()
        await asyncio.wait([self._task], timeout=STOPPED_WITHIN)

    # --- what Redis gets

    async def _run(self) -> None:
        delay, away = FIRST_DELAY, False
        while not self._is_ended:
            self._holds = self._claimed = False
            client = Redis.from_url(
                self._url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=15
            )
            try:
                await client.ping()
                while not self._is_ended:
                    if self._holds and not self._claimed:
                        await self._claim(client)
                        if away:
                            log.info("redis: answers again; everything is written anew")
                        away, delay = False, FIRST_DELAY
                    if self._claimed:
                        await self._write(client)
                    self.asks = not self._holds
                    if self.asks or not self._unwritten_accounts:
                        await self._wait(client)
            except EmptiedError:
                self.retries += 1
                log.warning("redis: is empty; everything is written anew")
            except Exception as error:  # whatever it is, readers wait for what was committed
                if not away:
                    known = isinstance(error, (RedisError, OSError))
                    log.warning(
                        "redis: does not take what is published: %s; trying again until it does",
                        error if known else repr(error),
                        exc_info=not known,
                    )
                away = True
                self.retries += 1
                self.asks = False
                self._announced.clear()  # messages of the outage are not repeated
                await asyncio.sleep(delay)
                delay = min(delay * 2, LONGEST_DELAY)
            finally:
                with suppress(RedisError, OSError):
                    await client.aclose()

    async def _wait(self, client: Redis) -> None:
        """Wait for something to write; look now and then whether what was written is still there.

        Raises:
            EmptiedError: if it is not.
        """
        try:
            async with asyncio.timeout(LOOKED_AFTER):
                await self._wake.wait()
        except TimeoutError:
            if self._claimed and await client.get(self._key("origin")) is None:
                raise EmptiedError from None
        self._wake.clear()

    def is_behind(self) -> bool:
        """Say whether something is not written yet."""
        return bool(
            self._unwritten_snapshots or self._unwritten_accounts or self._unwritten_log or self._alerts_changed
        )

    async def _claim(self, client: Redis) -> None:
        """Say whose state this is; write all again that may have been lost meanwhile."""
        if self._known is None:
            return
        self._claimed = True
        before = await client.get(self._key("origin"))
        if not await client.eval(scripts.CLAIM, 2, self._key("origin"), self._key("written"), self._known.origin):
            raise RedisError("a newer state of the same namespace writes there; give this one another VITALS_NAMESPACE")
        self._unwritten_snapshots.update(self._snapshots)
        self._unwritten_log = dict(self._known.logged)
        self._alerts_changed = True
        if before is None or int(before) != self._known.origin:
            self._unwritten_accounts.update(self._accounts)
        self._described = None

    async def _write(self, client: Redis) -> None:
        if self._known is None:
            return
        await self._write_definitions(client, self._known.kpis)
        await self._write_snapshots(client, self._known.origin)
        await self._write_alerts(client, self._known)
        await self._write_accounts(client, self._known.origin)

    async def _write_definitions(self, client: Redis, kpis: list[Kpi]) -> None:
        """Say what the values mean, whenever that has changed; what is published no more is said nothing of."""
        told = described(kpis, self._since)
        if told == self._described:
            return
        key, mapping = self._key("definitions"), {name: to_json(one) for name, one in told.items()}
        gone = [name for name in await client.hkeys(key) if cast("bytes", name).decode() not in mapping]
        async with client.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping=cast("dict[Any, Any]", mapping))
            if gone:
                pipe.hdel(key, *gone)
            await pipe.execute()
        self._described = told

    async def _write_snapshots(self, client: Redis, origin: int) -> None:
        for segment in sorted(self._unwritten_snapshots, key=lambda name: (name != "all", name)):
            snapshot = self._snapshots.get(segment)
            if snapshot is not None:
                await self._write_snapshot(client, origin, segment, snapshot)
            if self._snapshots.get(segment) is snapshot:
                self._unwritten_snapshots.discard(segment)
        if (there := self._segments) is not None:
            await self._drop_segments(client, set(there))
            if self._segments is there:
                self._segments = None
        for as_of, snapshot in sorted(self._history.items()):
            entry = history_entry(as_of, snapshot, self._definitions)
            await self._append(client, self._key("history"), *entry, HISTORY)
            self._history.pop(as_of, None)

    async def _write_snapshot(self, client: Redis, origin: int, segment: str, snapshot: dict[str, Any]) -> None:
        fields: list[Any] = [
            *("as_of", snapshot["as_of"], "revision", snapshot["revision"]),
            *("complete", "true" if snapshot["complete"] else "false"),
        ]
        for name, value in snapshot["values"].items():
            fields += [name, to_json(value)]
        notice = to_json({"segment": segment, "as_of": snapshot["as_of"], "revision": snapshot["revision"]})
        names = (f"snapshot:{segment}", f"snapshot:{segment}:json", "segments", "origin", "written")
        keys = [self._key(name) for name in names]
        head = [origin, snapshot["revision"], segment, to_json(snapshot), self._key("snapshots"), notice]
        if await client.eval(scripts.SNAPSHOT, len(keys), *keys, *head, *fields) == -1:
            raise EmptiedError
        if segment == "all":
            self.revision = snapshot["revision"]

    async def _drop_segments(self, client: Redis, there: set[str]) -> None:
        """Remove the segments that are not published any more."""
        known = {cast("bytes", name).decode() for name in await client.smembers(self._key("segments"))}
        gone = sorted(known - there)
        if gone:
            async with client.pipeline(transaction=True) as pipe:
                pipe.srem(self._key("segments"), *gone)
                pipe.delete(*[self._key(f"snapshot:{name}{end}") for name in gone for end in ("", ":json")])
                await pipe.execute()

    async def _write_alerts(self, client: Redis, known: Known) -> None:
        for number, alert in sorted(self._unwritten_log.items()):
            await self._append(
                client, self._key("alerts:log"), f"{known.origin}-{number}", {"alert": alert}, ALERTS_KEPT
            )
            self._unwritten_log.pop(number, None)
        if self._alerts_changed:
            self._alerts_changed = False
            active: dict[Any, Any] = dict(known.active)
            async with client.pipeline(transaction=True) as pipe:
                pipe.delete(self._key("alerts:active"))
                if known.active:
                    pipe.hset(self._key("alerts:active"), mapping=active)
                await pipe.execute()
        while self._announced:
            await client.publish(self._key("alerts"), self._announced[0])
            del self._announced[:1]

    @staticmethod
    async def _append(client: Redis, key: str, entry: str, fields: dict[Any, Any], most: int) -> None:
        """Append to a stream under an id of its own; what is there already is not appended again."""
        try:
            await client.xadd(key, fields, id=entry, maxlen=most, approximate=True)
        except RedisError as error:
            if "equal or smaller" not in str(error):
                raise

    async def _write_accounts(self, client: Redis, origin: int) -> None:
        """Write some thousand accounts, or until there is a snapshot, which readers wait for."""
        by_revision: dict[int, list[str]] = {}
        for account in islice(self._unwritten_accounts, _ACCOUNTS_A_ROUND):
            by_revision.setdefault(self._accounts[account][1], []).append(account)
        for revision, accounts in sorted(by_revision.items()):
            for start in range(0, len(accounts), _ACCOUNTS_AT_ONCE):
                await self._write_some(client, origin, revision, accounts[start : start + _ACCOUNTS_AT_ONCE])
                if self._unwritten_snapshots:
                    return

    async def _write_some(self, client: Redis, origin: int, revision: int, accounts: list[str]) -> None:
        told = {account: self._accounts[account] for account in accounts}
        keys = [self._key(name) for name in ("accounts:at_risk", "origin", "written")]
        said: list[tuple[str, str, list[str]]] = []
        for account, (as_of, known, status) in told.items():
            if known != revision:  # it has changed meanwhile, and is written next
                continue
            keys.append(self._key(f"account:{account}"))
            fields = [] if status is None else account_fields(as_of, revision, status)
            score = 0.0 if status is None else status.mrr_at_risk / PLACES
            said.append((account, repr(score), fields))
        if await client.eval(scripts.ACCOUNTS, len(keys), *keys, origin, revision, to_json(said)) == -1:
            raise EmptiedError
        for account, (_, known, status) in told.items():
            if known == revision and self._accounts.get(account) == told[account]:
                self._unwritten_accounts.discard(account)
                if status is None:  # an empty Redis needs no word on it
                    del self._accounts[account]

    def _key(self, name: str) -> str:
        return f"{self._ns}:{name}"
