"""What a worker says of itself over HTTP: `/metrics` for Prometheus, `/healthz` (alive), `/readyz` (caught up)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from stream.clock import now as clock
from stream.engine.intake import OUTCOMES
from stream.engine.units import MICRO
from stream.runtime.merge_task import MergeTask
from stream.runtime.partition_task import PartitionTask
from stream.runtime.task import Task

log = logging.getLogger(__name__)


class Watch:
    """The HTTP server of a worker.

    Args:
        app: the app of the worker.
        address: host and port.
    """

    def __init__(self, app: Any, address: str) -> None:
        self._app: Final = app
        self._host, _, self._port = address.rpartition(":")
        self._registry: Final = CollectorRegistry(auto_describe=False)
        self._registry.register(_Tasks(app.tables.tasks.values, app))
        site = web.Application()
        site.router.add_get("/metrics", self._metrics)
        site.router.add_get("/healthz", self._healthz)
        site.router.add_get("/readyz", self._readyz)
        self._runner: Final = web.AppRunner(site, access_log=None, handle_signals=False)

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: if the address is taken.
        """
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host.strip("[]"), int(self._port)).start()
        log.info("metrics at http://%s:%s/metrics", self._host, self._port)

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, media_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": media_type})

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        """Say 200 once every task here works and has read what was there, else 503 with those that have not."""
        tasks = list(self._app.tables.tasks.values())
        trouble = {task.name: task.trouble for task in tasks if task.trouble}
        waiting = [task.name for task in tasks if not task.ready or task.trouble or any(_lag(task).values())]
        body = {"status": "waiting" if waiting else "ready", "waiting": sorted(waiting), "trouble": trouble}
        return web.json_response(body, status=503 if waiting else 200)


class _Tasks(Collector):
    def __init__(self, tasks: Callable[[], Iterable[Task]], app: Any) -> None:
        self._tasks: Final = tasks
        self._app: Final = app

    def collect(self) -> Iterator[Metric]:
        tasks = sorted(self._tasks(), key=lambda task: task.name)
        yield _gauge("vitals_task_ready", "Whether a task works.", tasks, lambda task: int(task.ready))
        yield _gauge(
            "vitals_checkpoint_timestamp_seconds",
            "When a task last committed its state.",
            tasks,
            lambda task: task.done.checkpointed_at,
        )
        yield _counter("vitals_checkpoints", "Checkpoints committed.", tasks, lambda task: task.done.checkpoints)
        yield _counter(
            "vitals_checkpoint_seconds",
            "Time that checkpoints took together.",
            tasks,
            lambda task: task.done.checkpoint_seconds,
        )
        yield _counter("vitals_task_restarts", "Starts from a checkpoint.", tasks, lambda task: task.done.restarts)
        yield _gauge(
            "vitals_task_trouble",
            "Whether a task waits for somebody: it has stopped to read, or its engine fails without any event.",
            tasks,
            lambda task: int(bool(task.trouble)),
        )
        what = "Checkpoints refused, since another worker had taken the task over."
        yield _counter("vitals_task_fenced", what, tasks, lambda task: task.done.fenced)
        what = "Times that the engine raised."
        yield _counter("vitals_engine_failures", what, tasks, lambda task: task.done.engine_failures)
        what = "Rows of changelogs that were read."
        yield _counter("vitals_restored_rows", what, tasks, lambda task: task.done.restored)
        what = "Time that reading changelogs took together."
        yield _counter("vitals_restore_seconds", what, tasks, lambda task: task.done.restore_seconds)
        what = (
            "Time from a start until the work could begin, all starts together: clients, rows, the state made of them."
        )
        yield _counter("vitals_start_seconds", what, tasks, lambda task: task.done.start_seconds)
        rows = GaugeMetricFamily("vitals_rows", "Rows of state.", labels=["task", "table"])
        for task in tasks:
            for table, found in task.rows.items():
                rows.add_metric([task.name, table], len(found))
        yield rows
        yield from _partitions([task for task in tasks if isinstance(task, PartitionTask) and task.ready])
        what = "Publications whose MRR and its movements did not add up; each is logged."
        wrong = sum(task.contradictions for task in tasks if isinstance(task, MergeTask))
        yield CounterMetricFamily("vitals_ledger_contradictions", what, wrong)
        what = "Times that Redis did not take a write, or had forgotten all, so that it was tried again."
        yield CounterMetricFamily("vitals_redis_retries", what, self._app.sink.retries)
        for task in tasks:
            if isinstance(task, MergeTask) and task.ready:
                published = task.state.merging.published.revision
                yield GaugeMetricFamily("vitals_revision", "Revision of the newest publication.", published)
                what = "Revision of the newest snapshot of all that Redis has taken."
                yield GaugeMetricFamily("vitals_redis_revision", what, self._app.sink.revision)
        behind = int(self._app.sink.is_behind())
        yield GaugeMetricFamily("vitals_redis_behind", "Whether Redis has not all that was published.", behind)


def _partitions(tasks: list[PartitionTask]) -> Iterator[Metric]:
    what = "Instant up to which the events of a partition count."
    as_of = GaugeMetricFamily("vitals_partition_as_of_timestamp_seconds", what, labels=["partition"])
    lag = GaugeMetricFamily("vitals_lag_events", "Records that are not read yet.", labels=["topic", "partition"])
    waiting = GaugeMetricFamily("vitals_waiting_events", "Events ahead of that instant.", labels=["partition"])
    what = "Events taken in since the state began, by what became of them; the sum is all of them."
    taken = CounterMetricFamily("vitals_input_events", what, labels=["partition", "outcome"])
    late = CounterMetricFamily("vitals_late_events", "Accepted events that came late.", labels=["partition"])
    what = "Duplicates whose content differs from that of the first."
    conflicts = CounterMetricFamily("vitals_conflicting_events", what, labels=["partition"])
    what = "Dead letters since the state began."
    dead = CounterMetricFamily("vitals_dead_letters", what, labels=["partition", "reason"])
    what = "Whether a partition has stopped to read, since dead letters are too many."
    stopped = GaugeMetricFamily("vitals_partition_stopped", what, labels=["partition"])
    what = "Seconds from the newest event that was read to the clock, where not all is read; else 0."
    behind = GaugeMetricFamily("vitals_lag_seconds", what, labels=["topic", "partition"])
    for task in tasks:
        partition, counts = str(task.number), task.engine.progress.counts
        as_of.add_metric([partition], task.engine.as_of)
        waiting.add_metric([partition], task.engine.waiting.size)
        for topic, records in task.lag().items():
            lag.add_metric([topic, partition], records)
            highest = task.engine.highest(topic)
            seconds = 0.0 if not records or highest is None else max(clock() - highest / MICRO, 0.0)
            behind.add_metric([topic, partition], seconds)
        stopped.add_metric([partition], int(bool(task.engine.letters.stopped)))
        for reason, number in sorted(task.engine.letters.reasons.items()):
            dead.add_metric([partition, reason], number)
        late.add_metric([partition], counts.late)
        conflicts.add_metric([partition], counts.conflicts)
        for outcome, field in OUTCOMES.items():
            taken.add_metric([partition, outcome], getattr(counts, field))
    yield from (as_of, lag, behind, waiting, taken, late, conflicts, dead, stopped)


def _lag(task: Task) -> dict[str, int]:
    return task.lag() if isinstance(task, PartitionTask) else {}


def _gauge(name: str, what: str, tasks: list[Task], read: Callable[[Task], float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=["task"])
    for task in tasks:
        family.add_metric([task.name], read(task))
    return family


def _counter(name: str, what: str, tasks: list[Task], read: Callable[[Task], float]) -> Metric:
    family = CounterMetricFamily(name, what, labels=["task"])
    for task in tasks:
        family.add_metric([task.name], read(task))
    return family
