"""What is published: a simulated business, its services that often fail, and all that goes wrong with producers.

Everything follows from the seed. Events of uptime come in the order of their time, since alerts are judged on them: an
alert about an instant that has passed is not taken back by what comes late. All others may come late, too late, twice,
twice with another content, or be no valid event at all.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from aiokafka.partitioner import murmur2

_TESTS: Final = Path(__file__).parents[1]
_KEYS: Final = {
    "usage": ("account_id", "anonymous_id", "user_id"),
    "billing": ("account_id",),
    "uptime": ("service", "incident_id"),
    "feedback": ("account_id", "ticket_id", "respondent_id"),
    "growth": ("lead_id",),
}
"""The record keys of the contract, said once more: the oracle does not ask the code that it judges."""
MINUTE: Final = timedelta(minutes=1)
CONFIG: Final = """
alerting: {interval: 10m, catch_up: 7d}
segments: [plan, country, service]
rules:
  - {name: down, value: services_down, each: service, above: 0, severity: page}
  - {name: many_down, value: services_down, above: 2, recover_below: 2, for: 20m, keep_firing_for: 30m}
  - {name: unavailable, value: availability.1h, below: 0.8, recover_above: 0.9}
"""


class Item(NamedTuple):
    """A record to publish, when the clock of the business has come to `at` (ms)."""

    at: int
    family: str
    partition: int
    key: bytes
    value: bytes


class Business(NamedTuple):
    """The records in the order in which they are published, and the second after the last event."""

    items: list[Item]
    end: datetime

    @property
    def as_of(self) -> str:
        """The end, as the contract writes a time."""
        return self.end.isoformat().replace("+00:00", "Z")


def business(random: Random, seed: int, days: int, partitions: int, directory: Path) -> Business:
    """Return what a business publishes in some days."""
    path = directory / "events.jsonl"
    options = ("--days", str(days), "--seed", str(seed), "--accounts", "60")
    vitals("simulate", *options, "--out", str(path), directory=directory)
    events = [json.loads(line) for line in path.read_bytes().splitlines()]
    begin = min(map(_time, events)).replace(minute=0, second=0, microsecond=0)
    last = max(map(_time, events))
    events += _failing_services(random, begin, last, partitions)
    end = max(map(_time, events)).replace(microsecond=0) + timedelta(seconds=1)
    items = [item for event in sorted(events, key=_time) for item in _delivered(random, event, partitions)]
    items += _bad(random, items, end, partitions)
    return Business(sorted(items, key=lambda item: item.at), end)


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a record key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def key_of(event: dict[str, Any], family: str) -> str:
    """Return the record key of an event."""
    return next((event[name] for name in _KEYS[family] if event.get(name)), event["id"])


def vitals(*arguments: str, directory: Path) -> str:
    """Run a command of Vitals; return what it wrote to stdout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VITALS_")}
    done = subprocess.run(
        [sys.executable, "-c", "from stream.cli import main; main()", *arguments],
        cwd=directory,
        env=environment | {"PYTHONPATH": str(_TESTS.parent)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _time(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


def _failing_services(random: Random, begin: datetime, end: datetime, partitions: int) -> Iterator[dict[str, Any]]:
    """Yield what two services of each partition say: one is checked every five minutes, so none is ever silent."""
    numbers = itertools.count(1)

    def said(service: str, kind: str, at: datetime, **fields: Any) -> dict[str, Any]:
        time = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return {"id": f"u{next(numbers)}", "source": "chaos", "type": kind, "time": time, "service": service, **fields}

    for partition in range(partitions):
        names = (name for name in map("svc-{}".format, itertools.count()) if _is_on(name, partition, partitions))
        checked, declared = itertools.islice(names, 2)
        at = begin + timedelta(seconds=random.randrange(300))
        while at < end:
            yield said(checked, "uptime.checked", at, ok=random.random() > 0.05)
            at += 5 * MINUTE
        at, up = begin, False
        while at < end:
            up = not up
            yield said(declared, "uptime.status_changed", at, status="up" if up else "down")
            at += timedelta(seconds=random.expovariate(1 / (5_400 if up else 2_400)) + 60)


def _is_on(name: str, partition: int, partitions: int) -> bool:
    return partition_of(name.encode(), partitions) == partition


def _delivered(random: Random, event: dict[str, Any], partitions: int) -> Iterator[Item]:
    """Yield the records of an event: one, in time, as a rule."""
    family = event["type"].partition(".")[0]
    key = key_of(event, family).encode()
    at = int(_time(event).timestamp() * 1_000)
    value = json.dumps(event).encode()
    if family != "uptime":
        chance = random.random()
        if chance < 0.02:
            at += random.randrange(10_000, 3_000_000)
        elif chance < 0.025:
            at += random.randrange(4_200_000, 18_000_000)
    item = Item(at, family, partition_of(key, partitions), key, value)
    yield item
    chance = random.random()
    if chance < 0.03:
        again = json.dumps({**event, "note": "sent again"}).encode() if chance < 0.005 else value
        yield item._replace(at=at + random.randrange(1_000, 1_800_000), value=again)


def _bad(random: Random, items: list[Item], end: datetime, partitions: int) -> Iterator[Item]:
    """Yield records that are refused, one of each kind in turn."""
    kinds = itertools.cycle(range(7))
    for item in random.sample(items, len(items) // 80):
        event = json.loads(item.value)
        key, value = item.key, item.value
        match next(kinds):
            case 6 if item.family == "usage":  # of others, more would be wrong than the time
                value = json.dumps({**event, "time": (end + timedelta(days=1)).isoformat()}).encode()
            case 1:
                value = value[: len(value) // 2]
            case 2:
                value = b"[" + value + b"]"
            case 3:
                value = json.dumps({**event, "type": "usage.dreamt"}).encode()
            case 4:
                value = json.dumps({name: field for name, field in event.items() if name != "source"}).encode()
            case 5:
                key = b"somebody-else"
            case _:
                value = b"\xff\xfe" + value
        yield Item(item.at, item.family, partition_of(key, partitions), key, value)
