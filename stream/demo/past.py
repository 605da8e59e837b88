"""The history that the demo begins with: what `vitals replay` says of the same events at instants of the past.

The worker reads forty days within seconds and publishes what it has reached now and then, so its own history would have
a handful of points. A replay gives the same values at any instant, to the last digit; they take the form that the
worker's have in Redis, and what the worker wrote for newer instants follows them.
"""

from __future__ import annotations

import queue
import sys
from typing import Any

import msgspec
from redis import Redis
from redis.exceptions import WatchError

from schemas.times import parse_time
from stream.demo.child import listen, say
from stream.demo.story import past_instants
from stream.engine.catalogue import catalogue_of
from stream.engine.described import hash_of_all
from stream.engine.segments import ALL_NAME
from stream.engine.units import MICRO
from stream.replay.run import Plan, Replay
from stream.settings.definitions_file import load_definitions
from stream.settings.deployment import load_deployment
from stream.sinks.fields import history_entry


def main() -> None:
    """Make the history when told that all events of the past are in a file, and when that was; write it when told to.

    Until the worker has read all of the past, some of what it publishes of the present is not complete: that is no
    part of the history, so it is written after that.
    """
    heard: queue.Queue[str] = queue.Queue()
    listen(heard.put)
    deployment = load_deployment()
    definitions = load_definitions(deployment.config_path)
    now = int(heard.get())
    with Replay(definitions, [sys.argv[1]], processes=1) as replay:
        replay.read(_refuse, _quiet)
        plan = Plan(past_instants(now), [ALL_NAME])
        hashed = hash_of_all(catalogue_of(definitions).values())
        entries = [_entry(line, hashed) for line in replay.play(plan, _quiet, _quiet)]
    heard.get()  # the worker has caught up
    with Redis.from_url(deployment.redis_url.get_secret_value()) as client:
        write(client, f"{deployment.namespace}:history", entries)
    say("past", len(entries))


def write(client: Redis, key: str, entries: list[tuple[str, dict[Any, Any]]]) -> None:
    """Let a stream begin with entries; of those in it, the newer ones stay that are complete."""
    last = int(entries[-1][0].partition("-")[0])
    while True:
        with client.pipeline(transaction=True) as pipe:
            try:
                pipe.watch(key)  # type: ignore[no-untyped-call]
                newer: Any = pipe.xrange(key, f"{last + 1}-0")
                pipe.multi()
                pipe.delete(key)
                complete = [entry for entry in newer if msgspec.json.decode(entry[1][b"snapshot"])["complete"]]
                for name, fields in (*entries, *complete):
                    pipe.xadd(key, fields, id=name)
                pipe.execute()
            except WatchError:  # the worker wrote meanwhile
                continue
            return


def _entry(line: bytes, definitions: str) -> tuple[str, dict[Any, Any]]:
    found: dict[str, Any] = msgspec.json.decode(line)
    return history_entry(parse_time(found["as_of"]) // MICRO, found, definitions)


def _refuse(path: str, refusal: object) -> None:
    raise ValueError(f"{path}: {refusal}")


def _quiet(_: object) -> None:
    """Tell nobody."""


if __name__ == "__main__":
    main()
