"""The whole system for a test: workers as processes of their own, events into Kafka, what readers find in Redis."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2
from forked import Forked
from redis import Redis
from waiting import PATIENCE, wait_for

from schemas.keys import message_key
from stream.engine.decoding import decode
from stream.runtime import topics
from stream.settings.deployment import Deployment

FRAGILE = (sys.executable, str(Path(__file__).with_name("fragile.py")))
"""Workers that die at the steps that follow."""

Record = tuple[str, int, bytes | None, bytes | None]
"""Topic, partition, key and value."""

COMMAND = (sys.executable, "-c", "from stream.cli import main; main()", "worker")
_ROOT = Path(__file__).parents[2]


class Worker:
    """A worker process, forked where it has no command of its own; its log is a file."""

    def __init__(
        self,
        command: Sequence[str] | None,
        environment: Mapping[str, str],
        directory: Path,
        name: str,
        clock: Path | None = None,
    ) -> None:
        self.log_path = directory / f"{name}.log"
        self.log_path.touch()
        self._command = command
        self._environment = dict(environment)
        self._directory = directory
        self._clock = clock
        self.process: subprocess.Popen[bytes] | Forked

    def start(self, **more: str) -> Self:
        """Start it; again, after it has ended."""
        environment = self._environment | more
        if self._command is None:
            self.process = Forked(environment, self._directory, self.log_path, self._clock)
            return self
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                list(self._command), cwd=self._directory, env=environment, stdout=log, stderr=log
            )
        return self

    def kill(self) -> None:
        """End it as the loss of its machine would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end (SIGTERM); return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process.poll() is None

    @property
    def log(self) -> str:
        """What it said so far."""
        return self.log_path.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """Return what it logged; what is no JSON line fails the test."""
        return [json.loads(line) for line in self.log.splitlines()]

    def says(self, pattern: str, patience: float = PATIENCE) -> None:
        """Wait until its log has something."""
        wait_for(lambda: re.search(pattern, self.log), f"{pattern!r} in the log", patience, lambda: self.log[-4000:])


class Live:
    """One deployment: a name space of its own on some servers.

    Args:
        kafka: bootstrap address.
        redis_url: of Redis.
        namespace: prefix of all names.
        directory: for logs, and `vitals.yaml` if there is one.
        settings: more `VITALS_*` variables, without the prefix.
    """

    def __init__(self, kafka: str, redis_url: str, namespace: str, directory: Path, **settings: str) -> None:
        self.namespace = namespace
        self.directory = directory
        self.kafka = kafka
        self.redis = Redis.from_url(redis_url)
        self.partitions = int(settings.setdefault("partitions", "4"))
        settings |= {"kafka_bootstrap": kafka, "redis_url": redis_url, "namespace": namespace}
        self.settings = settings
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("VITALS_")} | {
            "PYTHONPATH": str(_ROOT)
        }
        self.variables = {f"VITALS_{key.upper()}": value for key, value in settings.items()}
        self.environment |= self.variables
        self.workers: list[Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            if worker.running:
                worker.kill()
        self.redis.close()

    # --- in

    def configure(self, text: str) -> Path:
        """Write `vitals.yaml`, which workers find where they run."""
        path = self.directory / "vitals.yaml"
        path.write_text(text)
        return path

    def make_topics(self) -> None:
        """Make the topics before any worker is there."""
        asyncio.run(topics.prepare(Deployment(**self.settings)))  # type: ignore[arg-type]

    def worker(self, command: Sequence[str] | None = None, clock: Path | None = None, **more: str) -> Worker:
        """Start a worker; `clock`: the pipe that says what time it is, if any."""
        name = f"worker-{len(self.workers)}"
        worker = Worker(command, self.environment | more, self.directory, name, clock).start()
        self.workers.append(worker)
        return worker

    def partition(self, key: bytes) -> int:
        """Return the partition of a record key."""
        return (murmur2(key) & 0x7FFFFFFF) % self.partitions

    def publish(self, lines: Iterable[bytes], compression: str | None = None) -> None:
        """Publish events as the contract says, in order."""
        asyncio.run(self._publish((self._record(line) for line in lines), compression))

    def publish_records(self, records: Iterable[Record]) -> None:
        """Publish any records, in order."""
        asyncio.run(self._publish(records))

    def _record(self, line: bytes) -> Record:
        _, event = decode(line)
        key = message_key(event).encode()
        return event.family, self.partition(key), key, line.rstrip(b"\n")

    async def _publish(self, records: Iterable[Record], compression: str | None = None) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.kafka, acks="all", max_request_size=4 * 2**20, compression_type=compression
        )
        await producer.start()
        try:
            batches: dict[tuple[str, int], Any] = {}
            sent = []
            for family, number, key, value in records:
                place = (f"{self.namespace}.{family}", number)
                batch = batches.get(place) or batches.setdefault(place, producer.create_batch())
                if batch.append(key=key, value=value, timestamp=None) is None:
                    sent.append(await producer.send_batch(batch, place[0], partition=number))
                    batch = batches[place] = producer.create_batch()
                    assert batch.append(key=key, value=value, timestamp=None) is not None
            for (topic, number), batch in batches.items():
                sent.append(await producer.send_batch(batch, topic, partition=number))
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    # --- out

    def key(self, name: str) -> str:
        """Return the name of a Redis key."""
        return f"{self.namespace}:{name}"

    def snapshot(self, segment: str = "all") -> dict[str, Any]:
        """Return the snapshot of a segment; empty if there is none."""
        data = self.redis.get(self.key(f"snapshot:{segment}:json"))
        return {} if data is None else json.loads(data)  # type: ignore[arg-type]

    def value(self, name: str, segment: str = "all") -> Any:
        """Return a value; None where there is no snapshot yet."""
        return self.snapshot(segment).get("values", {}).get(name)

    def taken(self, snapshot: Mapping[str, Any] | None = None) -> int:
        """Return how many records were taken in, whatever became of them, as a snapshot says; the newest by default."""
        counts = (self.snapshot() if snapshot is None else snapshot).get("counts", {})
        return sum(counts.get(name, 0) for name in ("events", "duplicates", "excluded", "too_late", "dead_letters"))

    def wait_for(self, records: int, as_of: str | None = None, patience: float = PATIENCE) -> dict[str, Any]:
        """Return the snapshot of `all` once it covers so many records, is complete, and is of `as_of`."""

        def there() -> dict[str, Any]:
            found = self.snapshot()
            done = found and found["complete"] and self.taken(found) >= records and as_of in (None, found["as_of"])
            return found if done else {}

        return wait_for(there, f"{records} records complete at {as_of}", patience, self._state)

    def wait_for_values(
        self, right: Callable[[dict[str, Any]], bool], what: str = "values", patience: float = PATIENCE
    ) -> dict[str, Any]:
        """Return the snapshot of `all` once it is right, complete or not."""

        def there() -> dict[str, Any]:
            found = self.snapshot()
            return found if found and right(found) else {}

        return wait_for(there, what, patience, self._state)

    def _state(self) -> str:
        return "\n".join([str(self.snapshot().get("counts")), *(worker.log[-3000:] for worker in self.workers)])

    def segments(self) -> set[str]:
        """Return the segments that there are."""
        return {name.decode() for name in self.redis.smembers(self.key("segments"))}  # type: ignore[union-attr]

    def read(self, topic: str) -> list[Any]:
        """Return the committed records of a topic, by partition and offset."""
        return asyncio.run(self._read(f"{self.namespace}.{topic}"))

    async def _read(self, topic: str) -> list[Any]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            await consumer._client.force_metadata_update()
            numbers = await consumer._client._wait_on_metadata(topic)
            tps = [TopicPartition(topic, number) for number in sorted(numbers)] if numbers else []
            consumer.assign(tps)
            ends = await consumer.end_offsets(tps)
            found: list[Any] = []
            for tp in tps:
                while await consumer.position(tp) < ends[tp]:
                    found += (await consumer.getmany(tp, timeout_ms=200)).get(tp, [])
            return found
        finally:
            await consumer.stop()


def differences(live: Live, expected: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say which values of which segments are not the expected ones; the revision and how many were late may differ."""
    found = []
    for segment, wanted in expected.items():
        told = live.snapshot(segment)
        for part in wanted.keys() - {"revision"}:
            if not isinstance(wanted[part], dict):
                if told.get(part) != wanted[part]:
                    found.append(f"{segment} {part}: {told.get(part)!r}, expected {wanted[part]!r}")
                continue
            here, there = told.get(part, {}), wanted[part]
            found += [
                f"{segment} {part} {name}: {here.get(name)!r}, expected {there.get(name)!r}"
                for name in sorted({*here, *there} - {"late"})
                if here.get(name) != there.get(name)
            ]
    gone = live.segments() ^ expected.keys()
    return [*found, *(f"{segment}: expected on one side only" for segment in sorted(gone))]


def wait_for_values(live: Live, expected: Mapping[str, Mapping[str, Any]], patience: float = PATIENCE) -> None:
    """Wait until every segment has the expected values."""
    taken = sum(expected["all"]["counts"].values()) - sum(
        expected["all"]["counts"][name] for name in ("conflicts", "late")
    )
    live.wait_for(taken, expected["all"]["as_of"], patience)
    deadline = time.monotonic() + 30  # segments are written one after the other, `all` first
    while (found := differences(live, expected)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == [], found[:20]


def vitals(*arguments: str, directory: Path, check: bool = True, **variables: str) -> str:
    """Run a command with variables of the environment; return what it wrote to stdout."""
    done = subprocess.run(
        [sys.executable, "-c", "from stream.cli import main; main()", *arguments],
        cwd=directory,
        env={key: value for key, value in os.environ.items() if not key.startswith("VITALS_")}
        | {"PYTHONPATH": str(_ROOT)}
        | variables,
        check=check,
        capture_output=True,
        text=True,
    )
    return done.stdout
