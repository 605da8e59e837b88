"""The comparison: an idiomatic Faust app (one agent, one table, default settings) under the same kinds of faults.

It counts the events of each account. At the end its table, as its changelog has it, is held against the source. Only
the session timeout is shorter than the default of a minute, as it is for the workers of Vitals here: a run is short.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from servers import Kafka

from .following import Follower, read

PARTITIONS: Final = 4
NAMESPACE: Final = "idiomatic"
SESSION: Final = 6.0
_TOPIC: Final = f"{NAMESPACE}.usage"
_GROUP: Final = f"{NAMESPACE}-idiomatic"
_TABLE: Final = f"{_GROUP}-counts-changelog"
_ROOT: Final = Path(__file__).parents[2]
_A_SECOND: Final = 100
"""Events."""
_STILL: Final = 30.0
"""Seconds without a change after which nothing more is to be expected."""
_PROGRAM: Final = """
import sys
from benchmarks.idiomatic import application
app = application(sys.argv[1], sys.argv[2], 0)
app.conf.broker_session_timeout, app.conf.broker_heartbeat_interval = float(sys.argv[3]), 1.0
app.finalize()
app.Worker(loglevel="warning", quiet=True, redirect_stdouts=False).execute_from_commandline()
"""


@dataclass
class Comparison:
    """What became of the events."""

    seed: int
    workers: int
    faults: Counter[str] = field(default_factory=Counter)
    published: int = 0
    lost: int = 0
    double: int = 0
    unread: int = 0
    """Of the lost ones: what the app had not come to when it stood still, going by the offsets that it committed."""

    def row(self) -> str:
        """Return a row of the table in the docs."""
        faults = ", ".join(f"{number} {name}" for name, number in sorted(self.faults.items()))
        cells = (self.seed, self.workers, faults, self.published, self.lost, self.unread, self.double)
        return f"| {' | '.join(map(str, cells))} |"


HEAD: Final = "| seed | workers | faults | events | lost | of these not read | double |\n" + "| --- " * 7 + "|"


async def compare(seed: int, faults: int, workers: int, directory: Path) -> Comparison:
    """Run the app under faults; return what it lost and counted twice."""
    random, result = Random(seed), Comparison(seed, workers)
    kafka = Kafka({"group.min.session.timeout.ms": 1_000}, directory=directory)
    await asyncio.to_thread(kafka.start)
    apps: list[asyncio.subprocess.Process] = []
    follower = Follower(kafka.direct, {_TABLE: PARTITIONS})
    published: Counter[str] = Counter()
    tasks: list[asyncio.Task[None]] = []
    try:
        kafka.create_topics(_TOPIC, partitions=PARTITIONS)
        kafka.create_topics(_TABLE, partitions=PARTITIONS, config={"cleanup.policy": "compact"})
        tasks = [
            asyncio.create_task(follower.run()),
            asyncio.create_task(_publish(kafka.bootstrap, Random(seed), published)),
        ]
        apps += [await _start(kafka.bootstrap, directory, number) for number in range(workers)]
        await _moved(follower)
        for number in range(faults):
            name = await _fault(random, apps, kafka.bootstrap, directory, workers + number)
            result.faults[name] += 1
            await _moved(follower)
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
        await _still(follower)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for app in apps:
            if app.returncode is None:
                app.kill()
        counted = await _counts(kafka.direct)
        source = await read(kafka.direct, {_TOPIC: PARTITIONS})
        reached = await _committed(kafka.direct)
        await asyncio.to_thread(kafka.close)
    truth = Counter(json.loads(one.value or b"{}")["account_id"] for records in source.values() for one in records)
    result.published = truth.total()
    result.unread = sum(max(0, len(records) - reached.get(place, 0)) for place, records in source.items())
    result.lost = sum(max(0, number - counted[account]) for account, number in truth.items())
    result.double = sum(max(0, counted[account] - number) for account, number in truth.items())
    return result


async def _start(bootstrap: str, directory: Path, number: int) -> asyncio.subprocess.Process:
    folder = directory / f"app-{number}"
    folder.mkdir()
    with (folder / "log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _PROGRAM, bootstrap, NAMESPACE, str(SESSION)),
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            stdout=log,
            stderr=log,
        )


async def _fault(
    random: Random, apps: list[asyncio.subprocess.Process], bootstrap: str, directory: Path, number: int
) -> str:
    place = random.randrange(len(apps))
    app, name = apps[place], random.choice(("kill", "kill", "freeze"))
    await asyncio.sleep(random.uniform(1, 4))
    if name == "kill" or app.returncode is not None:
        if app.returncode is None:
            app.kill()
            await app.wait()
    else:
        app.send_signal(signal.SIGSTOP)
        await asyncio.sleep(SESSION * 1.5)
        app.send_signal(signal.SIGCONT)
        await asyncio.sleep(1)
        if app.returncode is None:
            return name
        name = "freeze, after which it ended by itself"
    apps[place] = await _start(bootstrap, directory, number)
    return name


async def _publish(bootstrap: str, random: Random, published: Counter[str]) -> None:
    """Publish events evenly, for ever."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        while True:
            account = f"account-{random.randrange(200)}"
            published[account] += 1
            event = {"id": f"e{published.total()}", "type": "usage.tracked", "time": "2026-03-02T12:00:00Z"}
            event |= {"account_id": account, "user_id": "ann"}
            await producer.send(_TOPIC, json.dumps(event).encode(), account.encode())
            await asyncio.sleep(1 / _A_SECOND)
    finally:
        await producer.stop()


def _written(follower: Follower) -> int:
    return sum(map(len, follower.records.values()))


async def _moved(follower: Follower) -> None:
    """Wait until the table goes on being written, or for a minute."""
    before, deadline = _written(follower), time.monotonic() + 60
    while _written(follower) < before + 100 and time.monotonic() < deadline:  # noqa: ASYNC110 - the follower tells nobody
        await asyncio.sleep(0.2)


async def _still(follower: Follower) -> None:
    """Wait until the table has not been written for a while."""
    known, since = -1, time.monotonic()
    while time.monotonic() - since < _STILL:
        if _written(follower) != known:
            known, since = _written(follower), time.monotonic()
        await asyncio.sleep(0.2)


async def _committed(bootstrap: str) -> dict[tuple[str, int], int]:
    """Return the offsets that the app has committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(_GROUP)
    finally:
        await admin.close()
    return {tuple(tp): found.offset for tp, found in offsets.items()}


async def _counts(bootstrap: str) -> Counter[str]:
    """Return the table: the latest value of every key in its changelog."""
    counts: Counter[str] = Counter()
    for records in (await read(bootstrap, {_TABLE: PARTITIONS})).values():
        for record in records:
            counts[json.loads(record.key or b'""')] = int(record.value or b"0")
    return counts
