"""The app: Faust's, with batches, tables that live in tasks, and a merge."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable
from typing import Any, Final

import faust
import faust.transport.drivers.aiokafka
from aiokafka import TopicPartition

from schemas.keys import TOPICS
from schemas.topics import CARDS, full_name
from stream.clock import Clock
from stream.engine.definitions import Definitions
from stream.engine.tables import TABLES
from stream.runtime import clients, event_clock, topics
from stream.runtime.batches import BatchTopic, Inbox
from stream.runtime.merge_task import MERGE_TABLES, MergeTask
from stream.runtime.partition_task import PartitionTask
from stream.runtime.tables import Codec, FaustTable, Tables
from stream.runtime.task import Task
from stream.runtime.watching import Watch
from stream.runtime.worker import Worker
from stream.settings.deployment import Deployment
from stream.sinks.redis_sink import RedisSink

log = logging.getLogger(__name__)

SESSION_TIMEOUT: Final = 6.0
HEARTBEAT: Final = 1.0
METADATA_AGE_MS: Final = 30_000
"""A topic that the broker did not know yet when the group was joined is left out for so long; by default, 5 minutes."""


class Consumer(faust.transport.drivers.aiokafka.Consumer):
    """Faust's consumer, which keeps the group and leaves batch topics alone."""

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Look for stuck partitions: those that tasks fetch are not Faust's to judge."""
        if tp.topic not in self.app.inboxes:
            super().verify_event_path(now, tp)


class App(faust.App):
    """The app of a worker.

    Args:
        deployment: where it runs.
        definitions: what the business measures.
    """

    def __init__(self, deployment: Deployment, definitions: Definitions) -> None:
        self.deployment: Final = deployment
        self.definitions: Final = definitions
        self.clock: Final = Clock(deployment)
        self.inboxes: dict[str, Inbox] = {}
        self.codecs: Final = {name: Codec(table) for name, table in TABLES.items()}
        self.partitions = deployment.partitions
        """How many each input topic has; what the brokers say replaces the setting when the worker starts."""
        self.state_topic: Final = f"{deployment.namespace}.state"
        self.merge_state_topic: Final = f"{deployment.namespace}.merge-state"
        self.merge_topic: Final = full_name(deployment.namespace, CARDS["merge"])
        self._sink: RedisSink | None = None
        self._prepared = False
        self.refused = False
        """Whether the worker ends because it cannot do its work, as it is."""
        self._listener: asyncio.Task[None] | None = None
        self._watch: Watch | None = None
        self.transactional = True
        """Whether the brokers know transactions. Where they do not (those of the demo), nothing can be restored: there
        is one worker, which ends when a task fails, and the topics are made by somebody else."""
        super().__init__(
            deployment.namespace,
            broker=[f"kafka://{address}" for address in deployment.kafka_bootstrap.split(",")],
            broker_credentials=_credentials(deployment),
            broker_session_timeout=SESSION_TIMEOUT,
            broker_heartbeat_interval=HEARTBEAT,
            broker_rebalance_timeout=10.0,
            broker_request_timeout=20.0,
            consumer_metadata_max_age_ms=METADATA_AGE_MS,
            topic_partitions=deployment.partitions,
            topic_replication_factor=deployment.replication,
            topic_allow_declare=False,
            topic_disable_leader=True,
            store="memory://",
            stream_wait_empty=False,
            web_enabled=False,
            web_bind="127.0.0.1",  # `faust worker` opens it whatever the setting says
            web_tables_enabled=False,
            web_router_enabled=False,
            autodiscover=["agents"],
            Worker=Worker,
            Table=FaustTable,
            TableManager=Tables,
        )
        self._changelog = self.topic(self.state_topic, compacting=True, deleting=False)
        for table in (*TABLES.values(), *MERGE_TABLES):
            self.Table(table.name, changelog_topic=self._changelog)

    @property
    def sink(self) -> RedisSink:
        """What publications are offered to."""
        if self._sink is None:
            self._sink = RedisSink(self.deployment)
        return self._sink

    def lose_sink(self) -> None:
        """Let nothing more be written to Redis from here; a sink that is asked for later is a new one."""
        if self._sink is not None:
            self._sink.cancel()
            self._sink = None

    def topic_name(self, name: str) -> str:
        """Return the full name of a topic of the contract."""
        return full_name(self.deployment.namespace, CARDS[name])

    def batches(self, name: str) -> BatchTopic:
        """Return the topic whose agent gets batches."""
        return BatchTopic(self, topics=[self.topic_name(name)], acks=False, allow_empty=True, value_serializer="raw")

    def inbox(self, topic: str) -> Inbox:
        """Return the inbox of a topic's agent."""
        inbox = self.inboxes.get(topic)
        if inbox is None:
            inbox = self.inboxes[topic] = Inbox(self)
        return inbox

    def tasks_of(self, assigned: Iterable[TopicPartition]) -> dict[TopicPartition, Callable[[], Task]]:
        """Return what makes the task of each partition number that is assigned whole, and of the merge.

        Raises:
            RuntimeError: if the input topics are not assigned alike: they do not have the same number of partitions.
        """
        inputs = {self.topic_name(name) for name in TOPICS}
        numbers: dict[int, set[str]] = {}
        wanted: dict[TopicPartition, Callable[[], Task]] = {}
        for tp in assigned:
            if tp.topic in inputs:
                numbers.setdefault(tp.partition, set()).add(tp.topic)
            elif tp.topic == self.merge_topic and tp.partition == 0:  # it has no other, but where it made itself
                wanted[tp] = lambda: MergeTask(self)
        for number, found in numbers.items():
            if found != inputs:
                raise RuntimeError(
                    f"partition {number} is here for {sorted(found)} only; give all input topics the same partitions"
                )
            wanted[TopicPartition(self.state_topic, number)] = self._partition(number)
        return wanted

    def _partition(self, number: int) -> Callable[[], Task]:
        return lambda: PartitionTask(self, number)

    def _new_transport(self) -> Any:
        transport = super()._new_transport()
        transport.Consumer = Consumer
        return transport

    def _create_directories(self) -> None:
        """Make none: Faust's tables have no files here, and a worker that is killed would leave them behind."""

    def worker(self) -> Worker:
        """Return the process of a worker, ready to run."""
        self.finalize()
        return Worker(self, quiet=True, override_logging=False, loglevel=self.deployment.log)

    async def prepare(self) -> None:
        """Wait for the brokers, make the topics that are missing, and learn how many partitions there are.

        Raises:
            RefusedError: if what is there cannot be used.
        """
        if self.transactional and not self._prepared:
            self.partitions = await topics.prepare(self.deployment, self.definitions.lateness.grace)
            self._prepared = True

    def refuse(self, why: str) -> None:
        """End the worker with an error: it cannot hold what it was given, and another one may."""
        if not self.refused:
            self.refused = True
            self.give_up(why)

    def give_up(self, why: str) -> None:
        """End the worker, as a signal would, after something that it cannot mend."""
        log.error("%s", why)
        signal.raise_signal(signal.SIGTERM)

    async def on_first_start(self) -> None:
        """Have the topics before anything else starts."""
        await self.prepare()
        if self.clock.follows_events:
            self._listener = asyncio.create_task(event_clock.listen(self.deployment, self.clock), name="clock")
        if self.deployment.metrics is not None:
            self._watch = Watch(self, self.deployment.metrics)
            await self._watch.start()
        await super().on_first_start()

    async def on_stop(self) -> None:
        """Let Redis have what was committed, then stop."""
        await super().on_stop()
        if self._watch is not None:
            await self._watch.stop()
        if self._listener is not None:
            self._listener.cancel()
        if self._sink is not None:
            await self._sink.stop()


def _credentials(deployment: Deployment) -> Any:
    context = clients.ssl_context(deployment)
    if deployment.kafka_security.startswith("sasl"):
        password = deployment.kafka_password
        return faust.SASLCredentials(
            username=deployment.kafka_username,
            password=None if password is None else password.get_secret_value(),
            mechanism=deployment.kafka_sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)
