"""A simulated business and its numbers by `vitals replay`, once for all live tests; a live system for each."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from living import Live, vitals

from stream.engine.decoding import decode


class Business(NamedTuple):
    """Events in order of time and as they arrive, and what `vitals replay` makes of them, by segment."""

    in_order: list[bytes]
    delivered: list[bytes]
    as_of: str
    expected: dict[str, dict[str, Any]]


def simulated(directory: Path, *options: str) -> Business:
    """Simulate a business and replay it, for `all` and every value of the default segments that its events name."""
    path = directory / "events.jsonl"
    vitals("simulate", *options, "--out", str(path), directory=directory)
    lines = path.read_bytes().splitlines()
    events = [json.loads(line) for line in lines]
    named = {f"{name}={event[name]}" for event in events for name in ("plan", "country", "service") if event.get(name)}
    named |= {
        f"{name}={event[name]}"
        for event in events
        for name, kind in (("region", "uptime.checked"), ("severity", "uptime.incident_changed"))
        if event["type"] == kind and event.get(name)
    }
    options = tuple(text for name in sorted(named | {"all"}) for text in ("--segment", name))
    snapshots = vitals("replay", *options, str(path), directory=directory).splitlines()
    found = {snapshot["segment"]: snapshot for snapshot in map(json.loads, snapshots)}
    return Business(sorted(lines, key=lambda line: decode(line)[0]), lines, found["all"]["as_of"], found)


@pytest.fixture(scope="session")
def business(tmp_path_factory: pytest.TempPathFactory) -> Business:
    """Ten days of a business, with duplicates, and with events that come up to half an hour late."""
    options = ("--days", "10", "--seed", "7", "--duplicates", "0.02", "--late", "0.02")
    return simulated(tmp_path_factory.mktemp("business"), *options)


@pytest.fixture
def live(kafka, redis_url, namespace, tmp_path) -> Iterator[Callable[..., Live]]:
    """Make the live system of a test: `live(clock=…)` on the servers of the run, `live(kafka=…)` on its own."""
    with ExitStack() as stack:

        def make(*, on_kafka: str | None = None, on_redis: str | None = None, **settings: str) -> Live:
            addresses = on_kafka or kafka.bootstrap, on_redis or redis_url
            return stack.enter_context(Live(*addresses, namespace, tmp_path, **settings))

        yield make
