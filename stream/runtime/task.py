"""A task: all that happens to one partition, or to the merge, on this worker."""

from __future__ import annotations

import asyncio
import gc
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from stream.clock import now
from stream.runtime import clients
from stream.runtime.batches import Message
from stream.runtime.large_rows import LargeRows
from stream.runtime.tables import SEPARATOR, Codec, Rows, UnusableRowsError, changes

log = logging.getLogger(__name__)

MARKER: Final = b"\0"
"""The changelog's key of the next offset of every source: the last row of a checkpoint."""

AT_ONCE: Final = 0.05
"""Seconds before starting over where that is a step of a search."""
FIRST_DELAY: Final = 1.0
LONGEST_DELAY: Final = 30.0
"""Seconds before starting over: longer than a heartbeat, so that a zombie hears that it is one before it fences."""
ROWS_AT_ONCE: Final = 2_000
"""Rows that are decoded before others may work."""
RESTORED_BYTES: Final = 8 * 2**20
"""What is fetched of a changelog at once: with less, most of the time is that of requests."""
HEARD_WITHIN_MS: Final = 100
"""Of an empty changelog nothing is fetched but how far it goes."""
CALM: Final = 60.0
STOPPED_WITHIN: Final = 5.0

Offsets = dict[str, int]
"""`topic:partition` → the next offset to read."""


def named(tp: TopicPartition) -> str:
    """Return how a marker names a partition."""
    return f"{tp.topic}:{tp.partition}"


class StartOverError(Exception):
    """Nothing has failed, but the task is to start over from its checkpoint at once."""


@dataclass
class Work:
    """What a task has done since the worker started."""

    checkpoints: int = 0
    checkpoint_seconds: float = 0.0
    """The time that they took together."""
    checkpointed_at: float = 0.0
    """When the last one was committed, in seconds since the epoch; 0 before the first."""
    restarts: int = 0
    """How often it started over."""
    fenced: int = 0
    """How often somebody else had taken its place."""
    engine_failures: int = 0
    """How often its engine raised."""
    restored: int = 0
    """Rows of the changelog that were read, all starts together."""
    restore_seconds: float = 0.0
    start_seconds: float = 0.0
    """The time until the work could begin, all starts together: clients, rows, the state made of them."""


class Task(ABC):
    """Fence, restore, seek, work; any error: drop the state, wait, start from the last checkpoint.

    Args:
        app: the app, for settings and inboxes.
        name: of the task in logs, and its transactional id.
        changelog: the partition of the changelog that holds its rows.
        sources: what it reads.
        codecs: how its tables are written.
    """

    def __init__(
        self,
        app: Any,
        name: str,
        changelog: TopicPartition,
        sources: Sequence[TopicPartition],
        codecs: dict[str, Codec],
    ) -> None:
        self.app: Final = app
        self.name: Final = name
        self.changelog: Final = changelog
        self.sources: Final = tuple(sources)
        self.codecs: Final = codecs
        self.ready = False
        self.stopping = False
        self.done: Final = Work()
        self._reset()
        self._task = asyncio.create_task(self._run(), name=name)

    @abstractmethod
    def open(self) -> None:
        """Make the state out of restored rows."""

    @abstractmethod
    async def catch_up(self, reader: AIOKafkaConsumer) -> None:
        """Read what the state needs besides its rows, before the work begins."""

    @abstractmethod
    async def work(self, producer: AIOKafkaProducer, reader: AIOKafkaConsumer) -> None:
        """Read, hand over, checkpoint; return when stopping."""

    def failed(self, error: Exception) -> bool:
        """Learn from what was raised; say whether it helps to start over at once."""
        return isinstance(error, StartOverError)

    @property
    def trouble(self) -> str:
        """What keeps the task from its work until somebody does something; empty where nothing does."""
        return ""

    def cancel(self) -> None:
        """End at once: the partition has left, and the next holder fences whatever is open."""
        self._task.cancel()

    async def stop(self) -> None:
        """Finish the batch, checkpoint and end."""
        self.stopping = True
        await asyncio.wait([self._task], timeout=STOPPED_WITHIN)
        self._task.cancel()

    def _reset(self) -> None:
        self.rows: dict[str, Rows] = {name: Rows() for name in self.codecs}
        self._large = LargeRows()
        self.next: Offsets = {}
        self.saved: Offsets = {}
        self.outputs: list[Message] = []
        self.ready = False

    async def _run(self) -> None:
        delay = FIRST_DELAY
        clock = asyncio.get_running_loop().time
        while not self.stopping:
            self._reset()
            began = clock()
            self._at_once = False
            try:
                opened = await self._try()
            except UnusableRowsError as error:
                self.app.refuse(f"{self.name}: {error}")
                return
            except asyncio.CancelledError:
                if (this := asyncio.current_task()) is None or this.cancelling():
                    raise
                log.warning("%s: a client of Kafka was cancelled; starts over", self.name)  # by itself: see aiokafka
                opened = False
            if opened:
                return
            if not self.app.transactional:
                self.app.give_up(f"{self.name} failed, and without transactions its state is kept nowhere")
                return
            self.done.restarts += 1
            if self._at_once:
                await asyncio.sleep(AT_ONCE)
                continue
            delay = FIRST_DELAY if clock() - began > CALM else min(delay * 2, LONGEST_DELAY)
            await asyncio.sleep(delay)

    async def _try(self) -> bool:
        """Hold the partition until stopping (True) or until something goes wrong (False)."""
        deployment, transactional = self.app.deployment, self.app.transactional
        began = asyncio.get_running_loop().time()
        producer = clients.producer(deployment, self.name, transactional=transactional)
        changelog = clients.reader(
            deployment, f"{self.name}-restore", [self.changelog.topic], fetch_bytes=RESTORED_BYTES
        )
        topics = sorted({tp.topic for tp in self.sources})
        reader = clients.reader(deployment, f"{self.name}-read", topics, transactional=transactional)
        held = (producer, changelog, reader)
        try:
            for client in held:  # the producer first: it fences
                await client.start()
            if transactional:
                await self._restore(changelog)
            self.open()
            gc.freeze()  # rows are not garbage: no collection needs to look at them again
            await self._seek(reader)
            if transactional:
                await self.catch_up(reader)
            self.ready = True
            took = asyncio.get_running_loop().time() - began
            self.done.start_seconds += took
            log.info("%s: ready in %.2f s with %s rows", self.name, took, sum(map(len, self.rows.values())))
            await self.work(producer, reader)
        except UnusableRowsError:
            raise
        except StartOverError as planned:
            self._at_once = self.failed(planned)
            return False
        except Exception as error:  # one reaction to every error
            known = isinstance(error, (KafkaError, RuntimeError, OSError)) and error.__cause__ is None
            then = "starts over from its last checkpoint" if transactional else "has failed"
            log.warning("%s: %s: %r", self.name, then, error, exc_info=not known)
            self.done.fenced += isinstance(error, ProducerFenced)
            self._at_once = self.failed(error)
            return False
        else:
            return True
        finally:
            self.ready = False
            await asyncio.shield(asyncio.gather(*map(clients.close, held)))

    async def _restore(self, reader: AIOKafkaConsumer) -> None:
        """Read the changelog to its end; since the fence no transaction is open, so its end is the last commit."""
        tp = self.changelog
        reader.assign([tp])
        reader.seek(tp, (await reader.beginning_offsets([tp]))[tp])
        end = (await reader.end_offsets([tp]))[tp]
        codecs = {name.encode(): codec for name, codec in self.codecs.items()}
        newest: dict[bytes, bytes | None] = {}  # of what was written again, only the last is decoded
        began = asyncio.get_running_loop().time()
        while await reader.position(tp) < end or reader.highwater(tp) is None:
            for records in (await reader.getmany(timeout_ms=HEARD_WITHIN_MS)).values():
                newest.update((record.key, record.value) for record in records)
                self.done.restored += len(records)
            await asyncio.sleep(0)
        if reader.highwater(tp) > end:
            raise RuntimeError(f"someone else has an open transaction in {tp.topic}, partition {tp.partition}")
        for number, (key, value) in enumerate(self._large.join(newest)):
            self._put(codecs, key, value)
            if not number % ROWS_AT_ONCE:
                await asyncio.sleep(0)
        self.done.restore_seconds += asyncio.get_running_loop().time() - began

    def _put(self, codecs: dict[bytes, Codec], key: bytes, value: bytes) -> None:
        if key == MARKER:
            self.next = msgspec.json.decode(value, type=Offsets)
            return
        name, _, rest = key.partition(SEPARATOR)
        codec = codecs.get(name)
        if codec is None:
            raise UnusableRowsError(
                f"{self.changelog.topic} has rows of the table {name.decode(errors='replace')!r}, which this version "
                "does not know; run the version of Vitals that wrote them, or a newer one"
            )
        row = codec.read_row(value)  # first of all: it knows whether a newer version has written the key, too
        dict.__setitem__(self.rows[codec.table.name], codec.read_key(rest), row)

    async def _seek(self, reader: AIOKafkaConsumer) -> None:
        first = await reader.beginning_offsets(list(self.sources))
        for tp in self.sources:
            begin = self.next.setdefault(named(tp), first[tp])
            if begin < first[tp]:
                raise RuntimeError(
                    f"{tp.topic}, partition {tp.partition}: records {begin} to {first[tp] - 1} were deleted before "
                    "they were counted; raise the topic's retention"
                )
        reader.assign(list(self.sources))
        for tp in self.sources:
            reader.seek(tp, self.next[named(tp)])

    async def checkpoint(self, producer: AIOKafkaProducer, offsets: dict[TopicPartition, int] | None = None) -> None:
        """Commit the rows that changed, what was sent, and the offsets, in one transaction.

        Args:
            producer: the task's own.
            offsets: the group's offsets, for lag monitors only.
        """
        transactional, began = self.app.transactional, asyncio.get_running_loop().time()
        sent = []
        if transactional:
            await producer.begin_transaction()
            sent.append(await self._send_rows(producer))
        sent += await self.send_more(producer)
        sent += [await _send(producer, message) for message in self.outputs]
        for batch in sent:  # aiokafka commits even when a batch has failed
            await batch
        if transactional:
            if offsets:
                await producer.send_offsets_to_transaction(offsets, self.app.conf.id)
            await producer.commit_transaction()
        self.done.checkpoints += 1
        self.done.checkpoint_seconds += asyncio.get_running_loop().time() - began
        self.done.checkpointed_at = now()
        self.saved = dict(self.next)
        self.outputs.clear()
        for rows in self.rows.values():
            rows.dirty.clear()

    async def send_more(self, producer: AIOKafkaProducer) -> list[Any]:
        """Send what a task writes besides rows and messages; return what to await before the commit."""
        del producer
        return []

    def unchanged(self) -> bool:
        """Say whether there is nothing to commit: neither offsets, nor rows, nor anything sent."""
        return self.next == self.saved and not self.outputs and not any(rows.dirty for rows in self.rows.values())

    async def _send_rows(self, producer: AIOKafkaProducer) -> Any:
        return await send_all(producer, self.changelog, [*self._large.split(self.written())])

    def written(self) -> list[tuple[bytes, bytes | None]]:
        """Return keys and values of the rows that changed, and of the marker, which is the last one."""
        return [*changes(self.rows, self.codecs), (MARKER, msgspec.json.encode(self.next))]


async def _send(producer: AIOKafkaProducer, message: Message) -> Any:
    topic, key, value, partition, headers = message
    return await producer.send(topic, value, key, partition, headers=list(headers) or None)  # aiokafka refuses a tuple


async def send_all(
    producer: AIOKafkaProducer, tp: TopicPartition, written: Sequence[tuple[bytes | None, bytes | None]]
) -> Any:
    """Send keys and values to one partition in as few record batches as hold them; return what to await.

    Raises:
        ValueError: if a single one is too large.
    """
    sent = []
    batch = producer.create_batch()
    for key, value in written:
        if batch.append(key=key, value=value, timestamp=None) is None:
            sent.append(await producer.send_batch(batch, tp.topic, partition=tp.partition))
            batch = producer.create_batch()
            if batch.append(key=key, value=value, timestamp=None) is None:
                raise ValueError(f"a row is too large to be written: {(key or b'')[:100]!r}")
    sent.append(await producer.send_batch(batch, tp.topic, partition=tp.partition))
    return asyncio.gather(*sent)
