"""A run: faults one after another on a stage, then the oracle."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from redis.asyncio import Redis

from schemas.topics import CARDS

from .business import business
from .checkpoints import PartitionOracle, check_merge
from .ending import Expected, check_alerts, check_values, differences, expected, totals
from .faults import MISSED, Fault, plan
from .findings import Findings
from .following import Record, read
from .gate import OPEN
from .outputs import check_refused
from .recount import FAMILIES, recount
from .stage import MERGE_STATE, NAMESPACE, PARTITIONS, STATE, Stage, running

A_FAULT: Final = 6.0
"""Seconds in which the events of one fault's share are read; then those of the next one, ever slower."""
FAULTS_A_DAY: Final = 25
_DRAINED_WITHIN: Final = 180.0
_EVERY: Final = 0.1


@dataclass
class Result:
    """What a run was, and what it came to."""

    seed: int
    workers: int
    faults: Counter[str] = field(default_factory=Counter)
    records: int = 0
    seconds: float = 0.0
    recovered: list[float] = field(default_factory=list)
    """Seconds after each fault until every task had committed again."""
    findings: Findings = field(default_factory=Findings)

    def row(self) -> str:
        """Return a row of the table in the docs."""
        faults = ", ".join(f"{number} {name}" for name, number in sorted(self.faults.items()))
        found, slowest = self.findings, max(self.recovered, default=0.0)
        middle = sorted(self.recovered)[len(self.recovered) // 2] if self.recovered else 0.0
        wrong = found.wrong_rows + found.backwards + found.values + found.alerts + found.revisions + found.stuck
        cells = (self.seed, self.workers, f"{self.faults.total()}: {faults}", self.records, found.checkpoints)
        last = (found.lost, found.double, wrong, found.holes + found.repeats, f"{middle:.1f} s, {slowest:.1f} s")
        return f"| {' | '.join(map(str, (*cells, *last)))} |"


HEAD: Final = (
    "| seed | workers | faults | records | checkpoints checked | lost | double | wrong "
    "| holes and repeats | recovered within (median, longest) |\n" + "| --- " * 10 + "|"
)


async def run(seed: int, faults: int, workers: int, directory: Path, *, broken: bool = False) -> Result:
    """Run, and judge the run."""
    began = time.monotonic()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the harness's own clients see every outage, too
    random = Random(seed)
    world = business(random, seed, -(-faults // FAULTS_A_DAY), PARTITIONS, directory)
    result = Result(seed, workers)
    async with running(random, world, workers, directory, broken=broken) as stage:
        driver = Driver(stage, faults)
        opening = asyncio.create_task(driver.run())
        await stage.recovered()
        for number, fault in enumerate(plan(random, faults)):
            driver.begun = number + 1
            await _happen(stage, fault, result, began)
        await _drain(stage, opening)
        _say(began, "everything is read")
        await _judge(stage, result, directory)
    result.seconds = time.monotonic() - began
    return result


class Driver:
    """Opens the gate: each fault has its share of the events."""

    def __init__(self, stage: Stage, faults: int) -> None:
        world = stage.business
        self._stage: Final = stage
        self._begin: Final = world.items[0].at
        self._at: float = self._begin
        # what is delivered later than the last event is so little that most partitions have nothing to commit
        self._share: Final = (world.end.timestamp() * 1_000 - self._begin) / (faults + 2)
        self.begun = 0

    async def run(self) -> None:
        """Go on for ever."""
        while True:
            await asyncio.sleep(_EVERY)
            # of the shares of two faults; never used up, so that each partition always has something to commit
            left = self._begin + self._share * (self.begun + 2) - self._at
            step = _EVERY / A_FAULT * (self._share if left > self._share else left / 5)
            self._at = max(self._at, min(self._at + step, self._stage.source.safe_until()))
            self._stage.gate.open_to(int(self._at))


async def _happen(stage: Stage, fault: Fault, result: Result, began: float) -> None:
    """Let a fault happen; wait until everything is as it was."""
    name = fault.__name__.replace("_", " ")
    try:
        what = await fault(stage)
        over = time.monotonic()
        while len(stage.herd.at_work()) < stage.workers:  # one that ended by itself
            stage.herd.start()
        await stage.recovered()
        seconds = time.monotonic() - over
    except TimeoutError as error:
        what, seconds = f"{name}: {error}", 0.0
        result.findings.stuck += 1
        result.findings.note(what)
    result.faults[f"{name} that missed" if what.startswith(MISSED) else name] += 1
    result.recovered.append(seconds)
    _say(began, f"{what}; recovered in {seconds:.1f} s")


async def _drain(stage: Stage, opening: asyncio.Task[None]) -> None:
    """Let everything be published, then read, without faults."""
    stage.source.hold_back = False
    await stage.until(lambda: stage.source.published == len(stage.business.items), lambda: "the source is at its end")
    await stage.recovered()  # by then each partition knows how much there is to read
    opening.cancel()
    stage.gate.open_to(OPEN)
    ends = await stage.follower.ends({f"{NAMESPACE}.{family}": PARTITIONS for family in FAMILIES})

    def unread() -> int:
        markers = [stage.follower.latest(STATE, number, b"\0") for number in range(PARTITIONS)]
        reached = {name: at for marker in markers for name, at in json.loads(marker or b"{}").items()}
        return sum(end - reached.get(name, 0) for name, end in ends.items())

    with suppress(TimeoutError):  # the oracle says what is missing
        await stage.until(lambda: unread() == 0, str, _DRAINED_WITHIN)


async def _judge(stage: Stage, result: Result, directory: Path) -> None:
    """Hold everything that was committed against the source."""
    findings, world, direct = result.findings, stage.business, stage.kafka.direct
    inputs = await read(direct, {f"{NAMESPACE}.{family}": PARTITIONS for family in FAMILIES})
    outcomes = {
        (topic, number): list(recount(topic.rpartition(".")[2], records, world.end))
        for (topic, number), records in inputs.items()
    }
    every = [outcome for found in outcomes.values() for outcome in found]
    result.records = len(every)
    wanted = expected(every, world.as_of, directory / "vitals.yaml", directory)
    await _check_values(stage, wanted, totals(every), findings)
    await stage.herd.end()
    await stage.follower.finish()
    for number in range(PARTITIONS):
        of_partition = {
            f"{NAMESPACE}.{family}:{number}": outcomes.get((f"{NAMESPACE}.{family}", number), []) for family in FAMILIES
        }
        PartitionOracle(number, of_partition, findings).check(stage.follower.records[STATE, number])
    check_merge(stage.follower.records[MERGE_STATE, 0], findings)
    written = await read(direct, {f"{NAMESPACE}.{name}": PARTITIONS for name in ("dead-letters", "late")})
    check_refused([record for records in written.values() for record in records], outcomes, findings)
    alerts = await read(direct, _partitions("alerts"))
    check_alerts([record for records in alerts.values() for record in records], wanted.alerts, findings)
    findings.revisions += len(stage.revisions.backwards)
    for text in stage.revisions.backwards:
        findings.note(text)


async def _check_values(stage: Stage, wanted: Expected, counts: dict[str, int], findings: Findings) -> None:
    """Compare what readers of Redis and of Kafka find with replay, once it has all been published."""
    wrong: list[str] = []
    deadline = time.monotonic() + _DRAINED_WITHIN
    while True:
        wrong = differences("redis", await _in_redis(stage), wanted.snapshots, counts)
        wrong += differences("kafka", await _in_kafka(stage), wanted.snapshots, counts)
        if not wrong or time.monotonic() > deadline:
            break
        await asyncio.sleep(1)
    check_values(wrong, findings)


async def _in_redis(stage: Stage) -> dict[str, dict[str, Any]]:
    async with Redis.from_url(stage.redis.url, decode_responses=True) as client:
        segments = await client.smembers(f"{NAMESPACE}:segments")
        found = {segment: await client.get(f"{NAMESPACE}:snapshot:{segment}:json") for segment in segments}
    return {segment: json.loads(text or "{}") for segment, text in found.items()}


async def _in_kafka(stage: Stage) -> dict[str, dict[str, Any]]:
    latest: dict[bytes | None, Record] = {}
    for records in (await read(stage.kafka.direct, _partitions("snapshots"))).values():
        latest |= {record.key: record for record in records}
    return {(key or b"").decode(): json.loads(record.value or b"{}") for key, record in latest.items()}


def _partitions(name: str) -> dict[str, int]:
    """Return a topic and how many partitions it has: its card says 1, or as many as the inputs."""
    count = 1 if CARDS[name].partitions == 1 else PARTITIONS
    return {f"{NAMESPACE}.{name}": count}


def _say(began: float, text: str) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)  # noqa: T201 - a run of minutes says where it is
