"""Whose servers the tests use: those the environment names, else Docker's, else their own."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from . import compose
from .kafka import Kafka
from .redis import Redis

KINDS: Final = ("kafka", "redis")
_VARIABLES: Final = {"kafka": "VITALS_KAFKA_BOOTSTRAP", "redis": "VITALS_REDIS_URL"}


class Addresses(NamedTuple):
    """Where the two servers answer."""

    kafka: str
    redis: str


def named(kind: str) -> str | None:
    """Returns the address that the environment names for a server of this kind."""
    return os.environ.get(_VARIABLES[kind]) or None


@contextmanager
def provided(kind: str, directory: Path | None = None) -> Iterator[str]:
    """Yields the address of a server of this kind ("kafka" or "redis"), and ends what it started."""
    if address := named(kind):
        yield address
    elif compose.answers():
        with compose.service(kind) as address:
            yield address
    elif kind == "kafka":
        with Kafka(directory=directory) as kafka:
            yield kafka.bootstrap
    else:
        with Redis(directory=directory) as redis:
            yield redis.url


@contextmanager
def servers() -> Iterator[Addresses]:
    """Yields the addresses of both servers: for programs beside the tests, which have fixtures."""
    with ExitStack() as stack:
        yield Addresses(*(stack.enter_context(provided(kind)) for kind in KINDS))
