"""The task of one partition of the input topics: reads them in the order of event time, and keeps their engine."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.keys import TOPICS
from schemas.topics import CARDS, full_name
from stream.brokers.partitions import partition_of
from stream.engine.partition import PartitionEngine
from stream.engine.units import MICRO
from stream.runtime.batches import Batch, Message
from stream.runtime.task import Task, named, send_all
from stream.runtime.wire import TotalsWriter, Written, write_account

log = logging.getLogger(__name__)

BATCH_RECORDS: Final = 2_000
"""Larger batches are slower: they fall out of the processor's cache."""
MOST_WAITING: Final = 100_000
"""Events ahead of `as_of` that a partition holds; then it stops fetching what is ahead."""
SEGMENTS_EVERY: Final = 10
"""Seconds between the totals of the segments other than `all`."""
PAUSE: Final = 0.2
INSTANTS_AT_ONCE: Final = 16
NEARLY_READ: Final = 2_000
"""Unread records up to which a partition keeps step: it takes the totals of all segments on their common grid."""
FAR_BEHIND: Final = 20_000
"""Unread records from which a partition is far behind: it catches up faster with fewer checkpoints."""
INTERVALS_WHILE_FAR_BEHIND: Final = 5
"""Intervals between its checkpoints then: an entity that many events touch is written once for all of them."""
MOST_OUTPUTS: Final = 2_000
"""Messages that wait for a checkpoint, however far behind the partition is: their bytes are held until then."""


class PartitionTask(Task):
    """Partition n of every input topic."""

    def __init__(self, app: Any, number: int) -> None:
        self.number: Final = number
        self.topics: Final = {TopicPartition(app.topic_name(name), number): name for name in TOPICS}
        self._totals_tp: Final = TopicPartition(full_name(app.deployment.namespace, CARDS["totals"]), number)
        self._accounts: Final = full_name(app.deployment.namespace, CARDS["accounts"])
        changelog = TopicPartition(app.state_topic, number)
        super().__init__(app, f"{app.conf.id}-{number}", changelog, list(self.topics), app.codecs)

    def open(self) -> None:
        """Make the engine out of its rows."""
        self._reader: AIOKafkaConsumer | None = None
        partitions = self.app.partitions
        number = self.number
        self.engine = PartitionEngine(
            self.rows,
            self.app.definitions,
            right_partition=lambda key: partition_of(key, partitions) == number,
            horizons={"usage": self.app.deployment.dedupe_usage * MICRO},
        )
        self._writer = TotalsWriter()
        self._totals: list[Written] = []
        self._reached = self.engine.as_of
        self._told: tuple[int, bool] | None = None

    async def catch_up(self, reader: AIOKafkaConsumer) -> None:
        """Nothing: the rows are all there is."""

    async def work(self, producer: AIOKafkaProducer, reader: AIOKafkaConsumer) -> None:
        """Fetch the topic that is furthest behind, hand its batch to its agent; checkpoint every so often."""
        self._reader = reader
        clock = asyncio.get_running_loop().time
        interval = self.app.deployment.checkpoint
        due, longer = clock() + interval, 0.0
        while True:
            wait = 0.0 if self.stopping else max(0.0, due + longer - clock())
            wanted = self._wanted(reader)
            if wanted:
                fetched = await reader.getmany(
                    *wanted, timeout_ms=int(min(wait, PAUSE) * 1_000) + 1, max_records=BATCH_RECORDS
                )
                for tp, records in fetched.items():
                    await self._hand_over(tp, records)
                for tp in wanted:  # covers control records, aborted ones and gaps
                    self.next[named(tp)] = await reader.position(tp)
            else:
                await asyncio.sleep(min(wait, PAUSE))
            unread = sum(lag or 0 for _, lag in self._lags(reader))
            longer = (INTERVALS_WHILE_FAR_BEHIND - 1) * interval if unread > FAR_BEHIND else 0.0
            target = self._target(reader)
            while not self._run_to(target, in_step=unread <= NEARLY_READ) and not self.stopping:
                await asyncio.sleep(0)
                if clock() >= due:
                    await self._checkpoint(producer)
                    due = max(due + interval, clock())
            if self.stopping or clock() >= due + longer or (longer and len(self.outputs) > MOST_OUTPUTS):
                await self._checkpoint(producer)
                due = max(due + interval, clock())
                if self.stopping:
                    return

    async def _hand_over(self, tp: TopicPartition, records: list[Any]) -> None:
        batch = Batch(tp.topic, self.number, records, self.engine, self.outputs)
        self.app.inboxes[tp.topic].put_nowait(batch)
        await batch.done  # raises if the agent failed

    def lag(self) -> dict[str, int]:
        """Return how many records of each topic are not read yet, as far as the last fetches know."""
        if self._reader is None:
            return {}
        return {self.topics[tp]: lag for tp, lag in self._lags(self._reader) if lag is not None}

    def _lags(self, reader: AIOKafkaConsumer) -> list[tuple[TopicPartition, int | None]]:
        ends = [(tp, reader.last_stable_offset(tp)) for tp in self.sources]
        return [(tp, None if end is None else max(end - self.next[named(tp)], 0)) for tp, end in ends]

    def _unfinished(self, reader: AIOKafkaConsumer) -> list[TopicPartition]:
        """Return what is not read to its end, as far as the last fetches know."""
        return [tp for tp, lag in self._lags(reader) if lag != 0]

    def _wanted(self, reader: AIOKafkaConsumer) -> list[TopicPartition]:
        """Return what to fetch: everything once all is read, else the topic that is furthest behind in event time."""
        unfinished = self._unfinished(reader)
        if not unfinished:
            return [] if self.engine.waiting.size >= MOST_WAITING else list(self.sources)
        unread = [tp for tp in unfinished if reader.last_stable_offset(tp) is None]
        if unread:
            return list(self.sources)
        return [min(unfinished, key=self._highest)]

    def _highest(self, tp: TopicPartition) -> int:
        highest = self.engine.highest(self.topics[tp])
        return -(1 << 62) if highest is None else highest

    def _target(self, reader: AIOKafkaConsumer) -> int:
        """Return the second up to which events count now."""
        clock, unfinished = self.app.clock, self._unfinished(reader)
        if unfinished:
            reached, limit = min(self._highest(tp) for tp in unfinished) // MICRO, clock.limit()
            if limit is not None:
                reached = min(reached, limit)
        else:
            reached = clock.reached(max(self._highest(tp) for tp in self.sources) // MICRO + 1)
        return max(reached, self._reached)

    def _run_to(self, target: int, *, in_step: bool) -> bool:
        """Let events count up to a second; stop on the way at every instant whose totals the merge needs.

        Returns:
            whether it got there: where there are many instants, a checkpoint may be due between them.
        """
        if target <= 0:
            return True
        instants = self._instants(target, in_step=in_step)
        for instant in instants[:INSTANTS_AT_ONCE]:
            self.engine.advance(instant)
            self._write_totals(every_segment=True)
            self._reached = instant
        if len(instants) > INSTANTS_AT_ONCE:
            return False
        self.engine.reach(target)
        self._reached = target
        return True

    def _instants(self, target: int, *, in_step: bool) -> list[int]:
        """Return the instants at which rules are judged, and the last one at which all segments are published."""
        found: set[int] = set()
        if self.app.definitions.rules:
            alerting, limit = self.app.definitions.alerting, self.app.clock.limit()
            earliest = max(self._reached + 1, (target if limit is None else limit) - alerting.catch_up)
            first = -(-earliest // alerting.interval) * alerting.interval
            found.update(range(first, target + 1, alerting.interval))
        # checkpoints are a second apart, but no clock: without this, some of the common instants would be missed
        latest = target - target % SEGMENTS_EVERY
        if in_step and latest > self._reached:
            found.add(latest)
        return sorted(found)

    def _write_totals(self, *, every_segment: bool) -> None:
        self._totals += self._writer.rows(self.engine.take_totals(every_segment=every_segment))
        self._totals.append(self._writer.tick(self.engine.tick(every_segment=every_segment)))
        self._told = (self.engine.as_of, every_segment)

    async def _checkpoint(self, producer: AIOKafkaProducer) -> None:
        as_of = self._reached
        if as_of > 0:
            # where time stands still, the next instant of all segments may never come
            follows, told = self.app.clock.follows_events, self._told
            still = self.app.clock.fixed == as_of or (follows and told is not None and told[0] == as_of)
            every_segment = still or as_of % SEGMENTS_EVERY == 0
            self.engine.advance(as_of)
            if told is None or told < (as_of, every_segment) or self.engine.panes.totals.changed():
                self._write_totals(every_segment=every_segment)
            for status in self.engine.take_accounts().values():
                key, value = write_account(status)
                self.outputs.append(Message(self._accounts, key, value, self.number))
        if self.next == self.saved and not self._totals and not self.outputs and not self._dirty():
            return
        self.engine.save()
        await self.checkpoint(producer, {tp: self.next[named(tp)] for tp in self.sources})
        self._totals.clear()

    def _dirty(self) -> bool:
        return any(rows.dirty for rows in self.rows.values())

    async def send_more(self, producer: AIOKafkaProducer) -> list[Any]:
        """Send the totals, in their order, within the checkpoint's transaction."""
        return [await send_all(producer, self._totals_tp, self._totals)] if self._totals else []
