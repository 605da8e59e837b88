"""An Apache Kafka broker: one node in KRaft mode, from the jars of Maven Central."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kafka.errors import KafkaError

from .broker import Broker
from .errors import ServersError
from .install import ensure
from .jars import jars
from .port import Port
from .process import Server

# The directory of each broker is its own, so one name for all clusters does no harm.
_CLUSTER: Final = "dml0YWxzLXRlc3RzLTAwMQ"
_MIB: Final = 2**20

_SETTINGS: Final[Mapping[str, str | int]] = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INTERNAL",
    # One node: nobody else could hold a replica.
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    # 50 each by default: they are created at the first group and the first transaction, while a test waits.
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    # A topic that a program forgot to create must fail a test, not appear with the wrong settings.
    "auto.create.topics.enable": "false",
    # message.max.bytes stays at 1 MiB, as it is in production; a topic may set 4 MiB, for which all else has room.
    "replica.fetch.max.bytes": 8 * _MIB,
    "replica.fetch.response.max.bytes": 16 * _MIB,
    # After kill -9 the controller refuses the new broker until the old one's session is over: 9 s by default.
    "broker.session.timeout.ms": 2_000,
    "broker.heartbeat.interval.ms": 300,
    # The defaults suit a server: 128 MiB of the heap for the cleaner, a minute until a deleted topic's files go.
    "log.cleaner.dedupe.buffer.size": 32 * _MIB,
    "log.segment.delete.delay.ms": 1_000,
}
_LOGGING: Final = {
    "defaultLogLevel": "info",
    "showDateTime": "true",
    "dateTimeFormat": "HH:mm:ss.SSS",
    "log.state.change.logger": "warn",  # a line a partition and change
    "log.org.apache.kafka.common.config": "warn",  # all the settings, at every start
}


class Kafka(Server, Broker):
    """A broker of one's own, to be stopped and killed at will.

    Args:
        settings: broker settings beyond, or instead of, those above.
        advertised_port: the port clients are sent to, where a test puts a TCP proxy in front of `port`. Only clients go
            through it: the broker's talk with itself and `create_topics` do not.
        directory: where its files are; default a temporary directory, deleted by `close`.
        heap: the JVM's.
    """

    name = "kafka"

    def __init__(
        self,
        settings: Mapping[str, str | int] | None = None,
        *,
        advertised_port: int | None = None,
        directory: Path | None = None,
        heap: str = "512m",
    ) -> None:
        Server.__init__(self, directory)
        self._client, self._internal, self._controller = self._ports = [Port(), Port(), Port()]
        self.port = self._client.number
        Broker.__init__(self, f"127.0.0.1:{advertised_port or self.port}")
        self.settings = dict(settings or {})
        self.heap = heap

    @property
    def direct(self) -> str:
        """The broker's own address, past any proxy."""
        return f"127.0.0.1:{self._internal.number}"

    def close(self) -> None:
        """Stops the broker, deletes its data, gives its ports back."""
        super().close()
        for port in self._ports:
            port.close()

    def _command(self) -> list[str]:
        java = [ensure("java"), f"-Xmx{self.heap}", "-XX:TieredStopAtLevel=1", "-cp", f"{jars()}/*"]
        java += [f"-Dorg.slf4j.simpleLogger.{key}={value}" for key, value in _LOGGING.items()]
        properties = self.directory / "server.properties"
        properties.write_text("".join(f"{key}={value}\n" for key, value in self._properties().items()))
        if not (self.data / "meta.properties").exists():
            self._format([*java, "kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(properties)])
        return [*java, "kafka.Kafka", str(properties)]

    def _properties(self) -> dict[str, str | int]:
        client, internal, controller = (port.number for port in self._ports)
        return {
            **_SETTINGS,
            "log.dirs": str(self.data),
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"CLIENT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"CLIENT://{self.bootstrap},INTERNAL://127.0.0.1:{internal}",
            **self.settings,
        }

    def _format(self, command: list[str]) -> None:
        with self.log.open("ab") as log:
            done = subprocess.run(command, cwd=self.directory, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise ServersError(f"kafka could not format its storage; the end of its log:\n{self.log_tail()}")

    def _answers(self) -> bool:
        # The port opens when the broker is ready; before, a client would wait in ever longer steps.
        if not self._internal.answers():
            return False
        try:
            with self._admin() as admin:
                return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
