"""Redis, as commands read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from stream.cli.output import fail
from stream.cli.settings import deployment_or_exit, quiet_clients
from stream.settings.deployment import WrongEnvironment, load_deployment

PATIENCE: Final = 5.0


class Reader(NamedTuple):
    """A connection to Redis, and the prefix of its keys."""

    client: Any
    """redis-py answers one type for all its clients, awaitable or not."""
    namespace: str

    def key(self, name: str) -> str:
        """Return the full name of a key or channel."""
        return f"{self.namespace}:{name}"


def last_published() -> dict[str, dict[str, Any]]:
    """Return what workers last told of each value; nothing where there is no environment to find them by.

    Raises:
        RedisError: if Redis cannot be read.
    """
    try:
        deployment = load_deployment()
    except WrongEnvironment:
        return {}
    quiet_clients()
    client: Any = Redis.from_url(
        deployment.redis_url.get_secret_value(), socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    )
    try:
        told = client.hgetall(f"{deployment.namespace}:definitions")
        return {name.decode(): json.loads(text) for name, text in told.items()}
    finally:
        client.close()


@contextmanager
def opened() -> Iterator[Reader]:
    """Open the Redis of the deployment; a Redis that cannot be read ends the command with 1, Ctrl-C with 0."""
    deployment = deployment_or_exit()
    quiet_clients()
    client = Redis.from_url(
        deployment.redis_url.get_secret_value(),
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        decode_responses=True,
    )
    try:
        yield Reader(client, deployment.namespace)
    except KeyboardInterrupt:
        pass  # that is how following ends
    except RedisError as error:
        raise fail(f"redis cannot be read: {error}; `vitals doctor` says what is wrong") from None
    finally:
        client.close()
