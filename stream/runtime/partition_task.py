"""The task of one partition of the input topics: reads them in the order of event time, and keeps their engine."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec.structs import astuple

from schemas.errors import Reason
from schemas.keys import TOPICS
from schemas.topics import CARDS, full_name
from stream.brokers.partitions import partition_of
from stream.engine.careful import CarefulEngine, Identity, identity_of
from stream.engine.partition import PartitionEngine
from stream.engine.units import MICRO
from stream.runtime.batches import Batch, Message
from stream.runtime.control import Control
from stream.runtime.isolation import (
    EngineFailedError,
    Isolation,
    Search,
    Step,
    StuckError,
    engine_at_work,
    offset_of,
    said,
)
from stream.runtime.letters import Found, letter
from stream.runtime.records import Record
from stream.runtime.task import Offsets, StartOverError, Task, named, send_all
from stream.runtime.wire import TotalsWriter, Written, write_account

log = logging.getLogger(__name__)

BATCH_RECORDS: Final = 2_000
"""Larger batches are slower: they fall out of the processor's cache."""
MOST_WAITING: Final = 100_000
MOST_WAITING_BYTES: Final = 64 * 2**20
"""Events ahead of `as_of` that a partition holds, and their bytes; then it stops fetching what is ahead."""
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

Told = tuple[Any, ...]


class PartitionTask(Task):
    """Partition n of every input topic."""

    def __init__(self, app: Any, number: int) -> None:
        self.number: Final = number
        self.topics: Final = {TopicPartition(app.topic_name(name), number): name for name in TOPICS}
        self._totals_tp: Final = TopicPartition(full_name(app.deployment.namespace, CARDS["totals"]), number)
        self._accounts: Final = full_name(app.deployment.namespace, CARDS["accounts"])
        self._isolation: Final = Isolation()
        self._control: Final = Control(app.deployment, number)
        changelog = TopicPartition(app.state_topic, number)
        super().__init__(app, f"{app.conf.id}-{number}", changelog, list(self.topics), app.codecs)

    def open(self) -> None:
        """Make the engine out of its rows."""
        self._reader: AIOKafkaConsumer | None = None
        self.engine = self._new_engine()
        self._step = Step()
        self._handed: Offsets = {}
        self._writer = TotalsWriter()
        self._totals: list[Written] = []
        self._reached = self.engine.as_of
        self._told: tuple[int, bool, Told] | None = None

    def _new_engine(self) -> PartitionEngine:
        partitions, number, isolation = self.app.partitions, self.number, self._isolation
        search = isolation.search
        careful = {"without": {*isolation.events, *(search.without if search else ())}}
        try:
            return (PartitionEngine if isolation.until is None else CarefulEngine)(
                self.rows,
                self.app.definitions,
                right_partition=lambda key: partition_of(key, partitions) == number,
                horizons={"usage": self.app.deployment.dedupe_usage * MICRO},
                letter_limit=self.app.deployment.dead_letter_limit if self.app.transactional else 1.0,
                **({} if isolation.until is None else careful),
            )
        except Exception as error:
            isolation.trouble = said(error)
            raise

    @property
    def trouble(self) -> str:
        """What keeps the partition from its work until somebody does something."""
        if self._isolation.trouble:
            return f"its engine fails without any event: {self._isolation.trouble}"
        stopped = self.engine.letters.stopped if self.ready else ""
        return f"has stopped: too many records of {stopped} are dead letters; `vitals dlq resume`" if stopped else ""

    async def catch_up(self, reader: AIOKafkaConsumer) -> None:
        """Nothing: the rows are all there is."""

    async def work(self, producer: AIOKafkaProducer, reader: AIOKafkaConsumer) -> None:
        """Fetch the topic that is furthest behind, hand its batch to its agent; checkpoint every so often."""
        self._reader = reader
        if self._isolation.search is not None:
            await self._search(self._isolation.search)
        try:
            await self._work(producer, reader)
        finally:
            await asyncio.shield(self._control.close())

    async def _work(self, producer: AIOKafkaProducer, reader: AIOKafkaConsumer) -> None:
        clock = asyncio.get_running_loop().time
        interval = self.app.deployment.checkpoint
        careful = self._careful is not None
        due, longer = clock() + interval, 0.0
        while True:
            wait = 0.0 if self.stopping else max(0.0, due + longer - clock())
            wanted = await self._allowed(reader)
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
            target = self._step.target = self._target(reader)
            while not self._run_to(target, in_step=unread <= NEARLY_READ) and not self.stopping:
                await asyncio.sleep(0)
                if clock() >= due:
                    await self._checkpoint(producer)
                    self._step.target = target
                    due = max(due + interval, clock())
            late = clock() >= due + longer or (longer and len(self.outputs) > MOST_OUTPUTS)
            if self.stopping or careful or late:
                await self._checkpoint(producer)
                due = max(due + interval, clock())
                if self.stopping:
                    return
                if careful and self._isolation.until is None:
                    raise StartOverError  # all that was to be found is found: the quick engine takes over

    async def _hand_over(self, tp: TopicPartition, records: list[Any]) -> None:
        engine = self._careful
        if engine is None:
            self._handed[named(tp)] = records[-1].offset + 1
            await self._hand(tp, records)
            return
        spared = []
        for record in records:
            detail = self._isolation.records.get((tp, record.offset))
            if detail is None:
                spared.append(record)
                continue
            engine.refuse(self.topics[tp], detail)
            self._write_letter(tp, record, detail)
        for group in [[record] for record in spared] if self._isolation.singly else [spared] * bool(spared):
            self._step.handed += [(tp, record) for record in group]
            self._step.last = len(group)
            await self._hand(tp, group)

    async def _hand(self, tp: TopicPartition, records: list[Any]) -> None:
        batch = Batch(tp.topic, self.number, records, self.engine, self.outputs)
        self.app.inboxes[tp.topic].put_nowait(batch)
        try:
            await batch.done
        except Exception as error:
            raise EngineFailedError(f"the engine failed on records of {tp.topic}") from error

    @property
    def _careful(self) -> CarefulEngine | None:
        return self.engine if isinstance(self.engine, CarefulEngine) else None

    def failed(self, error: Exception) -> bool:
        """Learn from what was raised; say whether it helps to start over at once."""
        if not isinstance(error, EngineFailedError):
            return super().failed(error)
        self.done.engine_failures += 1
        reached = {name: max(offset, self._handed.get(name, 0)) for name, offset in self.next.items()}
        helps = self._isolation.failed(error, reached, self._step, self._careful.applied if self._careful else ())
        if not helps:
            self._tell_trouble()
        return helps

    def _tell_trouble(self) -> None:
        log.error(
            "%s: the engine fails without any event, as time passes: %s; nothing of this partition counts until "
            "Vitals is mended; trying again",
            self.name,
            self._isolation.trouble,
        )

    async def _search(self, search: Search) -> None:
        """Try a step with fewer events, and commit nothing of it.

        Raises:
            StartOverError: if there is more to learn.
            StuckError: if not.
        """
        worked = True
        try:
            for tp, record in search.step.handed:
                await self._hand(tp, [record])
            while not self._run_to(search.step.target or 0, in_step=True):
                pass
            self._settle()
            self._save()
            self.written()
        except EngineFailedError:
            worked = False
        if not self._isolation.tried(search, worked=worked):
            self._tell_trouble()
            raise StuckError(self._isolation.trouble)
        raise StartOverError

    async def _allowed(self, reader: AIOKafkaConsumer) -> list[TopicPartition]:
        """Return what to fetch: nothing while there are too many dead letters, until somebody says that it goes on."""
        letters = self.engine.letters
        if not letters.stopped:
            return self._wanted(reader)
        if letters.resumes_at < 0:
            letters.await_resume(await self._control.end())
            log.error(
                "%s: stops reading: %.0f %% of the last records of %s are dead letters; look at them, "
                "`vitals dlq list`, mend what sends them, then `vitals dlq resume %s`",
                self.name,
                100 * letters.share(letters.stopped),
                letters.stopped,
                self.number,
            )
        elif await self._control.resumed(letters.resumes_at):
            log.warning("%s: goes on reading, as it was told", self.name)
            letters.resume()
            await self._control.close()
        return []

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
            held = self.engine.waiting
            return [] if held.size >= MOST_WAITING or held.bytes >= MOST_WAITING_BYTES else list(self.sources)
        unread = [tp for tp in unfinished if reader.last_stable_offset(tp) is None]
        if unread:
            return list(self.sources)
        return [min(unfinished, key=self._highest)]

    def _highest(self, tp: TopicPartition) -> int:
        highest = self.engine.highest(self.topics[tp])
        return -(1 << 62) if highest is None else highest

    def _target(self, reader: AIOKafkaConsumer) -> int:
        """Return the second up to which events count now."""
        if self.engine.letters.stopped and self._reached:
            return self._reached
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
        with engine_at_work():
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
        if self.app.definitions.has_grid:
            alerting, limit = self.app.definitions.alerting, self.app.clock.limit()
            earliest = max(self._reached + 1, (target if limit is None else limit) - alerting.catch_up)
            first = -(-earliest // alerting.interval) * alerting.interval
            found.update(range(first, target + 1, alerting.interval))
        # checkpoints are a second apart, but no clock: without this, some of the common instants would be missed
        latest = target - target % SEGMENTS_EVERY
        if in_step and latest > self._reached:
            found.add(latest)
        return sorted(found)

    def _to_tell(self) -> Told:
        """Return what is to be told even if no total has changed."""
        return bool(self.engine.letters.stopped), *astuple(self.engine.progress.counts)

    def _write_totals(self, *, every_segment: bool) -> None:
        self._totals += self._writer.rows(self.engine.take_totals(every_segment=every_segment))
        self._totals.append(self._writer.tick(self.engine.tick(every_segment=every_segment)))
        self._told = self.engine.as_of, every_segment, self._to_tell()

    async def _checkpoint(self, producer: AIOKafkaProducer) -> None:
        written_off: set[Identity] = set()
        if self._careful is not None:
            written_off = await self._write_off(self._careful)
        self._settle()
        if self.next != self.saved or self._totals or self.outputs or self._dirty():
            self._save()
            await self.checkpoint(producer, {tp: self.next[named(tp)] for tp in self.sources})
            self._totals.clear()
        self._isolation.trouble = ""
        if self._careful is not None:
            self._careful.applied.clear()
            self._step = Step()
            self._isolation.passed(self.next, written_off)

    def _save(self) -> None:
        with engine_at_work():
            self.engine.save()

    def written(self) -> list[tuple[bytes, bytes | None]]:
        """Return keys and values of the rows that changed, and of the marker, which is the last one."""
        with engine_at_work():
            return super().written()

    def _settle(self) -> None:
        """Let rows and totals be those of the second that is reached."""
        as_of = self._reached
        if as_of <= 0:
            return
        with engine_at_work():
            # where time stands still, the next instant of all segments may never come
            follows, told = self.app.clock.follows_events, self._told
            still = self.app.clock.fixed == as_of or (follows and told is not None and told[0] == as_of)
            every_segment = still or as_of % SEGMENTS_EVERY == 0
            self.engine.advance(as_of)
            here = as_of, every_segment
            news = told is None or told[:2] < here or told[2] != self._to_tell()
            if news or self.engine.panes.totals.changed():
                self._write_totals(every_segment=every_segment)
            for account, status in self.engine.take_accounts().items():
                key, value = write_account(account, status)
                self.outputs.append(Message(self._accounts, key, value, self.number))

    async def _write_off(self, engine: CarefulEngine) -> set[Identity]:
        """Let events that waited, and that the engine cannot bear, be dead letters."""
        for event in engine.left_out:
            detail = self._isolation.events[identity_of(event)]
            tp = next(tp for tp, family in self.topics.items() if family == event[2].family)
            offset = await offset_of(self.app.deployment, tp, self.next[named(tp)], event)
            engine.refuse_accepted(event, detail)
            self._write_letter(tp, Found(offset, event[1].encode(), event[3]), detail)
        written_off = {identity_of(event) for event in engine.left_out}
        engine.left_out.clear()
        return written_off

    def _write_letter(self, tp: TopicPartition, record: Record | Found, detail: str) -> None:
        self.outputs.append(letter(self.app.deployment.namespace, tp, record, Reason.ENGINE_ERROR, detail))
        log.error("%s:%s:%s: is a dead letter: the engine fails on it: %s", *tp, record.offset, detail)

    def _dirty(self) -> bool:
        return any(rows.dirty for rows in self.rows.values())

    async def send_more(self, producer: AIOKafkaProducer) -> list[Any]:
        """Send the totals, in their order, within the checkpoint's transaction."""
        return [await send_all(producer, self._totals_tp, self._totals)] if self._totals else []
