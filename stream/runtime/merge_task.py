"""The task of the merge: one worker holds it, and publishes what all partitions together say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from schemas.topics import CARDS, full_name
from stream.clock import now
from stream.engine.alerting.built_in import BUILT_IN, BuiltInAlerts
from stream.engine.catalogue import catalogue_of
from stream.engine.merging import ALERT_STATES, PUBLISHED, Merging, Publication, Published
from stream.engine.snapshots import to_json
from stream.engine.steering.kept import KEPT, STARTS
from stream.engine.tables import Table
from stream.engine.trackers.risk import AccountStatus
from stream.runtime import clients
from stream.runtime.batches import Batch, Message
from stream.runtime.event_clock import RECORD_KEY, topic_of
from stream.runtime.pace import Pace
from stream.runtime.tables import Codec
from stream.runtime.task import Task, named
from stream.runtime.wire import TICK, read_account, read_tick, read_total

log = logging.getLogger(__name__)

INCOMPLETE_AFTER: Final = 2.0
"""Seconds that a partition may keep the others waiting."""
LOGGED_ALERTS: Final = 1_000
_POLL_MS: Final = 200
_RECORDS: Final = 5_000
_STATE: Final = "state"

LoggedKey = int
ALERT_LOG: Final = Table("alert_log", LoggedKey, str)
"""The latest alerts by number, to write the log again where Redis lost it."""
ACTIVE_ALERTS: Final = Table("active_alerts", str, str)
"""The alerts that fire, by rule and segment."""

MERGE_TABLES: Final = (PUBLISHED, ALERT_STATES, ALERT_LOG, ACTIVE_ALERTS, BUILT_IN, KEPT, STARTS)


class MergeState:
    """What the agent of the merge writes into: totals and ticks of the partitions, and their accounts."""

    def __init__(self, merging: Merging, totals_topic: str) -> None:
        self.merging: Final = merging
        self.accounts: Final[dict[str, AccountStatus | None]] = {}
        """Accounts that readers were not told of yet; None for one that is gone."""
        self.highest = 0
        """The newest tick of any partition."""
        self._totals_topic: Final = totals_topic

    def take(self, topic: str, partition: int, records: Sequence[Any]) -> None:
        """Take records of the partitions in."""
        if topic == self._totals_topic:
            for record in records:
                if record.key == TICK:
                    tick = read_tick(record.value)
                    self.highest = max(self.highest, tick.as_of)
                    self.merging.put_tick(partition, tick, record.offset + 1)
                else:
                    self.merging.put_total(partition, *read_total(record.key, record.value))
        else:
            for record in records:
                self.accounts[record.key.decode()] = None if record.value is None else read_account(record.value)


class MergeTask(Task):
    """The only partition of the topic `merge`: totals of all partitions in, snapshots and alerts out."""

    def __init__(self, app: Any) -> None:
        namespace = app.deployment.namespace
        self._topics: Final = {
            name: full_name(namespace, CARDS[name]) for name in ("totals", "accounts", "snapshots", "alerts")
        }
        numbers = range(app.partitions)
        self._totals: Final = [TopicPartition(self._topics["totals"], number) for number in numbers]
        self._accounts: Final = [TopicPartition(self._topics["accounts"], number) for number in numbers]
        codecs = {table.name: Codec(table) for table in MERGE_TABLES}
        changelog = TopicPartition(app.merge_state_topic, 0)
        super().__init__(app, f"{app.conf.id}-merge", changelog, [*self._totals, *self._accounts], codecs)

        self.contradictions = 0
        """Publications whose ledger did not close, since the process began."""

    def open(self) -> None:
        """Make the merge out of its rows."""
        published = self.rows[PUBLISHED.name].get(_STATE)
        if published is None:
            published = Published(origin=int(now() * 1_000))
        merging = Merging(
            self.app.definitions,
            self.app.partitions,
            published,
            self.rows[ALERT_STATES.name],
            self.rows[KEPT.name],
            self.rows[STARTS.name],
        )
        self._pace = Pace(self.app.definitions.alerting.stalled)
        self._built_in = BuiltInAlerts(self.rows[BUILT_IN.name])
        self._looked_at = 0
        self.state = MergeState(merging, self._topics["totals"])
        for tp in self._accounts:
            self.next.pop(named(tp), None)  # read from the beginning: Redis may be empty
        self._logged = max(self.rows[ALERT_LOG.name], default=0)
        self._time_told = 0
        self._refilling: dict[TopicPartition, int] = {}
        self.app.sink.open(self._known(published))

    def cancel(self) -> None:
        """End at once, and let Redis be written by whoever holds the merge now."""
        self.app.lose_sink()
        super().cancel()

    def failed(self, error: Exception) -> bool:
        """Let nothing more be written to Redis where somebody else holds the merge."""
        if isinstance(error, ProducerFenced):
            self.app.lose_sink()
        return super().failed(error)

    def _known(self, published: Published) -> Any:
        from stream.sinks.redis_sink import Known  # noqa: PLC0415 - the sink is optional to whom imports this module

        return Known(
            published.origin,
            {number: text.encode() for number, text in self.rows[ALERT_LOG.name].items()},
            {key: text.encode() for key, text in self.rows[ACTIVE_ALERTS.name].items()},
            list(catalogue_of(self.app.definitions).values()),
        )

    async def catch_up(self, reader: AIOKafkaConsumer) -> None:
        """Read the totals up to the last published instant again; the rest waits as it did."""
        del reader
        past = clients.reader(self.app.deployment, f"{self.name}-totals", [self._topics["totals"]])
        try:
            await past.start()
            first, end = await past.beginning_offsets(self._totals), await past.end_offsets(self._totals)
            past.assign(self._totals)
            for tp in self._totals:
                if end[tp] < self.next[named(tp)]:
                    raise RuntimeError(
                        f"{tp.topic}, partition {tp.partition}, ends at {end[tp]}, but was read up to "
                        f"{self.next[named(tp)]}: it was made anew; delete {self.changelog.topic}, too"
                    )
                past.seek(tp, first[tp])
            await self._restore_totals(past)
        finally:
            await clients.close(past)

    async def _restore_totals(self, past: AIOKafkaConsumer) -> None:
        until = {tp: self.next[named(tp)] for tp in self._totals}
        newest: dict[TopicPartition, dict[bytes, bytes]] = {tp: {} for tp in until}  # only what is left is decoded
        unread = {tp for tp in until if await past.position(tp) < until[tp]}
        while unread:
            for tp, records in (await past.getmany(*unread, timeout_ms=500)).items():
                newest[tp].update((record.key, record.value) for record in records if record.offset < until[tp])
            unread = {tp for tp in unread if await past.position(tp) < until[tp]}
        for tp, found in newest.items():
            tick = found.pop(TICK, None)
            parts = (read_total(key, value) for key, value in found.items())
            self.state.merging.restored(tp.partition, parts, None if tick is None else read_tick(tick), until[tp])
            await asyncio.sleep(0)

    async def work(self, producer: AIOKafkaProducer, reader: AIOKafkaConsumer) -> None:
        """Hand over what partitions wrote; publish what they have all reached, or after a while what there is."""
        clock = asyncio.get_running_loop().time
        waiting_since = clock()
        self._refilling = await reader.end_offsets(self._accounts)
        if (publication := self.state.merging.again()) is not None:  # Redis may have been emptied meanwhile
            await self._publish(producer, publication)
        while True:
            fetched = await reader.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS)
            for tp, records in fetched.items():
                batch = Batch(tp.topic, tp.partition, records, self.state, self.outputs)
                self.app.inboxes[self.app.merge_topic].put_nowait(batch)
                await batch.done
            await self._refill(reader)
            await self._tell_time(producer)
            self.state.merging.left_out = self._pace.standing(self.state.merging.newest(), clock())
            publication = self.state.merging.publish(self.app.clock.second())
            if publication is None and clock() - waiting_since > INCOMPLETE_AFTER:
                publication = self.state.merging.publish_incomplete()
                waiting_since = clock()
            publication = self._with_built_in(publication)
            if publication is not None:
                waiting_since = clock() if publication.snapshots else waiting_since
                await self._publish(producer, publication)
            elif self.state.accounts and self.state.merging.published.as_of:  # before that they are of no time
                self.app.sink.tell(self.state.merging.published, self._changed_accounts())
            if self.app.sink.asks:
                await self.checkpoint(producer)
                self.app.sink.confirm()
            if self.stopping:
                return

    async def _refill(self, reader: AIOKafkaConsumer) -> None:
        """See how far the accounts were read since the start: what is not the newest of one is told to nobody."""
        for tp, end in list(self._refilling.items()):
            if await reader.position(tp) >= end:
                del self._refilling[tp]

    def _with_built_in(self, publication: Publication | None) -> Publication | None:
        """Add the alerts about Vitals itself, if any of them begins or ends; they are looked at once a second."""
        second, merging = int(now()), self.state.merging
        if second == self._looked_at:
            return publication
        self._looked_at = second
        ticks = [tick for tick in merging.newest().values() if tick is not None]
        alerts = self._built_in.judge(second, ticks, merging.left_out)
        if not alerts:
            return publication
        for judged in alerts:
            log.warning("alert: %s: %s: %s", judged.alert.rule, judged.alert.status, judged.alert.summary)
        found = publication or Publication(merging.published.as_of, False, {}, None, [])
        return found._replace(alerts=[*found.alerts, *alerts])

    async def _tell_time(self, producer: AIOKafkaProducer) -> None:
        """Say what any partition has reached, where the clock follows the events: the others wait for it."""
        if self.app.clock.follows_events and self.state.highest > self._time_told:
            self._time_told = self.state.highest
            self.outputs.append(Message(topic_of(self.app.deployment), RECORD_KEY, b"%d" % self._time_told, 0))
            await self.checkpoint(producer)

    async def _publish(self, producer: AIOKafkaProducer, publication: Publication) -> None:
        """Commit snapshots, alerts and the state in one transaction; then tell Redis, which may be told twice."""
        merging = self.state.merging
        if publication.contradictions:
            self.contradictions += 1
            log.error("the ledger does not close at %s: %s", publication.as_of, "; ".join(publication.contradictions))
        for segment, snapshot in publication.snapshots.items():
            self.outputs.append(Message(self._topics["snapshots"], segment.encode(), to_json(snapshot)))
        logged = self._log_alerts(publication)
        self.rows[PUBLISHED.name][_STATE] = merging.published
        for number, offset in merging.offsets().items():
            self.next[named(self._totals[number])] = max(offset, self.next[named(self._totals[number])])
        await self.checkpoint(producer)
        self.app.sink.offer(publication, merging.published, logged, self._changed_accounts())

    def _changed_accounts(self) -> dict[str, AccountStatus | None]:
        if self._refilling:
            return {}
        accounts = dict(self.state.accounts)
        self.state.accounts.clear()
        return accounts

    def _log_alerts(self, publication: Publication) -> dict[int, bytes]:
        """Write the alerts to Kafka and into the state; return those that are new in the log, by number."""
        logged: dict[int, bytes] = {}
        active, log_rows = self.rows[ACTIVE_ALERTS.name], self.rows[ALERT_LOG.name]
        for judged in publication.alerts:
            alert, data = judged.alert, judged.alert.to_json()
            key = f"{alert.rule}|{alert.segment}"
            if judged.recorded:
                self.outputs.append(Message(self._topics["alerts"], key.encode(), data))
                self._logged += 1
                log_rows[self._logged] = data.decode()
                logged[self._logged] = data
            if alert.status == "firing":
                active[key] = data.decode()
            elif key in active:
                del active[key]
        for number in [number for number in log_rows if number <= self._logged - LOGGED_ALERTS]:
            del log_rows[number]
        return logged
