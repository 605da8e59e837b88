"""What readers may ask Redis for, as data. Nothing is written, and nothing is kept.

Every method raises `RedisError` or `OSError` where Redis does not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from stream.settings.deployment import Deployment

AWAY: Final = (RedisError, OSError)
"""What says that Redis does not answer."""
TIMEOUT: Final = 5.0
_RESOLVED_SHOWN: Final = 50


class Reader:
    """Reads what workers of a deployment have written."""

    def __init__(self, deployment: Deployment) -> None:
        self._ns: Final = deployment.namespace
        # People wait for the answer: one more try for a connection that was closed meanwhile, no patience beyond it.
        self._redis: Final = Redis.from_url(
            deployment.redis_url.get_secret_value(),
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            health_check_interval=15,
            retry=Retry(NoBackoff(), 1),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    async def snapshot(self, segment: str) -> dict[str, Any] | None:
        """Return the newest snapshot of a segment; None where there is none."""
        written = await self._redis.get(self._key(f"snapshot:{segment}:json"))
        return None if written is None else cast("dict[str, Any]", msgspec.json.decode(written))

    async def segments(self) -> list[str]:
        """Return the names of the segments that have a snapshot: `all` first, then by name."""
        names = [cast("bytes", name).decode() for name in await self._redis.smembers(self._key("segments"))]
        return sorted(names, key=lambda name: (name != "all", name))

    async def by_segment(self, value: str, dimension: str) -> dict[str, Any]:
        """Return one value in each segment of a dimension: {segment: number, null, list or object}."""
        segments = [name for name in await self.segments() if name.partition("=")[0] == dimension]
        async with self._redis.pipeline(transaction=False) as pipe:
            for segment in segments:
                pipe.hget(self._key(f"snapshot:{segment}"), value)
            found = await pipe.execute()
        there = zip(segments, found, strict=True)
        return {segment: msgspec.json.decode(written) for segment, written in there if written is not None}

    async def alerts(self) -> dict[str, list[Any]]:
        """Return the alerts that are `firing`, the worst first, and those `resolved` last, the latest first."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hvals(self._key("alerts:active"))
            pipe.xrevrange(self._key("alerts:log"), count=_RESOLVED_SHOWN * 2)
            active, log = await pipe.execute()
        severities = ("page", "ticket", "info")
        firing = sorted(
            (msgspec.json.decode(alert) for alert in active),
            key=lambda alert: (severities.index(alert["severity"]), alert["starts_at"], alert["rule"]),
        )
        logged = [msgspec.json.decode(fields[b"alert"]) for _, fields in log]
        resolved = [alert for alert in logged if alert["status"] == "resolved"]
        return {"firing": firing, "resolved": resolved[:_RESOLVED_SHOWN]}

    async def accounts(self, most: int) -> list[dict[str, Any]]:
        """Return the accounts with the most MRR at risk, the most first."""
        found_names = await self._redis.zrevrange(self._key("accounts:at_risk"), 0, most - 1)
        names = [cast("bytes", name).decode() for name in found_names]
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(self._key(f"account:{name}"))
            found = await pipe.execute()
        return [_account(name, fields) for name, fields in zip(names, found, strict=True) if fields]

    async def definitions(self) -> dict[str, dict[str, Any]]:
        """Return what the workers publish: {name of a value: unit, kind, version, description}."""
        found = await self._redis.hgetall(self._key("definitions"))
        return {name.decode(): msgspec.json.decode(text) for name, text in cast("Iterable[Any]", found.items())}

    async def history(self, after: bytes, most: int) -> tuple[bytes | None, bytes | None, list[tuple[bytes, bytes]]]:
        """Return a piece of the history.

        Args:
            after: the id of the last entry that is known; `-` for none.
            most: entries to return at most.

        Returns:
            The ids of the first and of the last entry that there are (None for none), and (id, snapshot as JSON) of
            the entries after `after`, in the order of time.
        """
        key = self._key("history")
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.xrange(key, count=1)
            pipe.xrevrange(key, count=1)
            pipe.xrange(key, min="-" if after == b"-" else b"(" + after, count=most)
            first, last, entries = await pipe.execute()
        ends = tuple(entry[0][0] if entry else None for entry in (first, last))
        return ends[0], ends[1], [(name, fields[b"snapshot"]) for name, fields in entries]

    async def subscription(self) -> PubSub:
        """Return a subscription to what is told after each write: snapshots, and alerts."""
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            await pubsub.subscribe(self._key("snapshots"), self._key("alerts"))
        except BaseException:
            await pubsub.aclose()  # type: ignore[no-untyped-call]
            raise
        return pubsub

    def is_about_alerts(self, message: dict[str, Any]) -> bool:
        """Say whether a message of the subscription is about alerts; else it is about a snapshot."""
        return bool(message["channel"] == self._key("alerts").encode())

    async def answers(self) -> bool:
        """Say whether Redis answers and has a snapshot; never raises."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return bool(await self._redis.exists(self._key("snapshot:all:json")))
        except AWAY:
            return False

    def _key(self, name: str) -> str:
        return f"{self._ns}:{name}"


def _account(account_id: str, fields: dict[bytes, bytes]) -> dict[str, Any]:
    text = {name.decode(): value.decode() for name, value in fields.items()}
    return {
        "account_id": account_id,
        "as_of": text["as_of"],
        "revision": int(text["revision"]),
        "plan": text["plan"],
        "status": text["status"],
        "mrr": msgspec.json.decode(text["mrr"]),
        "mrr_at_risk": msgspec.json.decode(text["mrr_at_risk"]),
        "signals": msgspec.json.decode(text["signals"]),
    }


__all__ = ["AWAY", "Reader"]
