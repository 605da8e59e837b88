"""A business whose events become numbers in Redis without Kafka: engine, merge and sink as a worker has them."""

import asyncio
import threading
import time
from bisect import bisect_left

from schemas.keys import message_key
from stream.engine.decoding import decode
from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE
from stream.engine.merging import Merging, Published
from stream.engine.partition import PartitionEngine, new_tables
from stream.settings.deployment import Deployment
from stream.sinks.redis_sink import Known, RedisSink

_BATCH = 2_000


class Publishing:
    """What workers publish of a business; `until` lets time pass.

    Args:
        redis_url: where it is published.
        namespace: prefix of the keys.
        lines: the events as JSON.
        rules: as in `vitals.yaml`.
    """

    def __init__(self, redis_url, namespace, lines, rules=()):
        self.definitions = self.definitions_of(rules)
        decoded = [(*decode(line), line) for line in lines]
        self._events = sorted(decoded, key=lambda one: one[0])
        self._times = [at for at, _, _ in self._events]
        self._next = 0
        self.engine = PartitionEngine(new_tables(), self.definitions)
        self.published = Published(origin=time.time_ns() // 1_000_000)
        self.merging = Merging(self.definitions, 1, self.published, {})
        self._logged = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.sink = RedisSink(Deployment(redis_url=redis_url, namespace=namespace))
        self._do(self._open())

    @staticmethod
    def definitions_of(rules):
        return Definitions.model_validate({"rules": list(rules), "alerting": {"interval": "1s"}})

    @property
    def as_of(self):
        return self.engine.as_of

    def add(self, line):
        """Let one more event happen, which is not in the past."""
        at, event = decode(line)
        where = bisect_left(self._times, at)
        self._events.insert(where, (at, event, line))
        self._times.insert(where, at)

    def until(self, as_of, *, every_segment=True):
        """Publish what is true at a second."""
        end = bisect_left(self._times, as_of * 1_000_000)
        while self._next < end:
            piece = self._events[self._next : min(end, self._next + _BATCH)]
            self._next += len(piece)
            by_family = {}
            for _, event, line in piece:
                by_family.setdefault(event.family, []).append((message_key(event).encode(), line))
            for family, records in by_family.items():
                assert not self.engine.accept(family, records)
            self.engine.reach(min(as_of, piece[-1][0] // 1_000_000))
        self.engine.advance(as_of)
        for segment, window, total in self.engine.take_totals(every_segment=every_segment):
            self.merging.put_total(0, (segment, window, 0), dict(total))
        self.merging.put_tick(0, self.engine.tick(every_segment=every_segment), 0)
        publication = self.merging.publish()
        logged = {}
        for judged in publication.alerts:
            self._logged += 1
            logged[self._logged] = judged.alert.to_json()
        self._do(self._offer(publication, logged, self.engine.take_accounts()))

    def incomplete(self, as_of):
        """Publish as if a partition stood still."""
        self.merging.put_tick(0, self.engine.tick(every_segment=False)._replace(as_of=as_of), 0)
        self._do(self._offer(self.merging.publish_incomplete(), {}, {}))

    def close(self):
        self._do(self.sink.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self):
        self.sink.open(Known(self.published.origin, {}, {}, list(CATALOGUE.values())))

    async def _offer(self, publication, logged, accounts):
        """Publish, and wait until Redis has it."""
        self.sink.offer(publication, self.published, logged, accounts)
        while self.sink.is_behind() or self.sink._announced or self.sink._history or self.sink.asks:
            if self.sink.asks:
                self.sink.confirm()  # as a merge does that is still held
            await asyncio.sleep(0.01)

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)
