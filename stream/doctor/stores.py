"""Redis: that it can be reached and written, forgets nothing, and holds a fresh and complete snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import TimeoutError as NoAnswerError
from redis.retry import Retry

from schemas.times import parse_time
from stream import clock
from stream.doctor.findings import Finding, good, skipped, wrong
from stream.doctor.transactions import compared
from stream.settings.deployment import Deployment, variable

PATIENCE: Final = 4.0
STALE: Final = 30.0
"""Seconds after which a snapshot is old: they are published each second."""
_AFTER_IT: Final = ("redis writes", "redis memory", "clock of redis", "snapshot")
_WRITE: Final = "redis.call('SET', KEYS[1], '1', 'EX', 1) redis.call('DEL', KEYS[1]) return 1"


def look(deployment: Deployment) -> Iterator[Finding]:
    """Look at the Redis of a deployment."""
    client = Redis.from_url(
        deployment.redis_url.get_secret_value(),
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    where = _shown(deployment)
    try:
        reached = _reached(client, where)
        yield reached
        if reached.state != "good":
            for check in _AFTER_IT:
                yield skipped(check, "redis cannot be used")
            return
        yield _written(client, where, deployment.namespace)
        yield _memory(client)
        yield _clock(client)
        yield _snapshot(client, deployment)
    except (NoConnectionError, NoAnswerError) as error:
        yield wrong("redis", f"{where} went away: {error}", "look at its log")
    finally:
        client.close()


def _shown(deployment: Deployment) -> str:
    """Return where Redis is, without the password."""
    parts = urlsplit(deployment.redis_url.get_secret_value())
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _reached(client: Redis, where: str) -> Finding:
    try:
        client.ping()
    except (AuthenticationError, NoPermissionError) as error:
        fix = f"put the right one into {variable('redis_url')}: redis://:password@host:port/0"
        return wrong("redis", f"{where} refuses the password: {error}", fix)
    except NoAnswerError:
        return wrong("redis", f"{where} does not answer in time", f"start it, or correct {variable('redis_url')}")
    except NoConnectionError as error:
        if "rotocol" in str(error) or "closed by server" in str(error):
            fix = f"correct the port, or redis:// or rediss://, in {variable('redis_url')}"
            return wrong("redis", f"what listens at {where} does not answer as Redis does", fix)
        return wrong("redis", f"nobody answers at {where}", f"start Redis, or correct {variable('redis_url')}")
    except (RedisError, ValueError) as error:
        # a password that is wanted and not given is no AuthenticationError to every version
        if "NOAUTH" in str(error):
            fix = f"put it into {variable('redis_url')}: redis://:password@host:port/0"
            return wrong("redis", f"{where} wants a password", fix)
        fix = f"correct {variable('redis_url')}"
        return wrong("redis", f"what listens at {where} does not answer as Redis does: {error}", fix)
    return good("redis", f"{where} answers")


def _written(client: Redis, where: str, namespace: str) -> Finding:
    try:
        client.eval(_WRITE, 1, f"{namespace}:doctor")
    except ReadOnlyError:
        fix = f"name its primary in {variable('redis_url')}"
        return wrong("redis writes", f"{where} is a read-only replica", fix)
    except NoPermissionError as error:
        fix = f"allow the keys and channels {namespace}:* and the commands @read @write @scripting @pubsub"
        return wrong("redis writes", f"are not allowed: {error}", fix)
    except ResponseError as error:
        text = str(error)
        if "READONLY" in text or "read only" in text:
            return wrong("redis writes", f"{where} is read-only", f"name its primary in {variable('redis_url')}")
        fix = "free memory or raise maxmemory" if "maxmemory" in text else "look at the log of Redis: it refuses writes"
        return wrong("redis writes", text, fix)
    return good("redis writes", "are taken, and scripts run")


def _memory(client: Redis) -> Finding:
    try:
        told: dict[str, Any] = client.info("memory")
    except ResponseError:
        return skipped("redis memory", "INFO is not allowed")
    limit, policy = int(told.get("maxmemory", 0)), str(told.get("maxmemory_policy", "noeviction"))
    if not limit:
        return good("redis memory", "has no limit")
    if policy != "noeviction":
        fix = "set maxmemory-policy noeviction: what Vitals writes is no cache"
        return wrong("redis memory", f"{policy}: values would vanish when {limit:,} bytes are full", fix)
    used = int(told.get("used_memory", 0))
    if used > 0.9 * limit:
        return wrong("redis memory", f"{used:,} of {limit:,} bytes are used", "raise maxmemory")
    return good("redis memory", f"{used:,} of {limit:,} bytes are used, and nothing is evicted")


def _clock(client: Redis) -> Finding:
    before = clock.now()
    try:
        seconds, micros = client.time()
    except ResponseError:
        return skipped("clock of redis", "TIME is not allowed")
    return compared("clock of redis", seconds + micros / 1_000_000, before, clock.now())


def _snapshot(client: Redis, deployment: Deployment) -> Finding:
    told: list[Any] = client.hmget(f"{deployment.namespace}:snapshot:all", ["as_of", "revision", "complete"])
    as_of, revision, complete = told
    if as_of is None:
        fix = "start a worker, `vitals worker`; the first snapshot comes seconds after it has read what is there"
        return wrong("snapshot", "there is none yet", fix)
    age = clock.now() - parse_time(str(as_of)) / 1_000_000
    says = f"revision {revision} as of {as_of}"
    if deployment.clock == "wall" and age > STALE:
        return wrong("snapshot", f"{says} is {age:,.0f} s old", "look at the workers: are they running, and behind?")
    if complete != "true":
        return wrong(
            "snapshot", f"{says} is not complete", "a partition is behind: look at the lag, and at the workers"
        )
    return good("snapshot", f"{says} is complete")
