"""Publishing events to Kafka, for programs: three lines.

>>> from stream.publisher import Publisher
>>> with Publisher() as publisher:  # doctest: +SKIP - tests/publisher runs it, with a broker
...     publisher.send({"id": "1", "source": "web", "type": "usage.tracked", "time": "2026-11-22T10:00:00Z",
...                     "account_id": "acme", "user_id": "ann", "name": "export"})
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, Self

from kafka import KafkaProducer
from kafka.errors import AuthorizationError, KafkaError, KafkaTimeoutError
from pydantic import BaseModel

from schemas.errors import BadEvent
from schemas.keys import message_key
from schemas.topics import CARDS, full_name
from stream.brokers.connecting import client_settings
from stream.brokers.encoding import encode
from stream.brokers.probe import Unusable, wait_until_usable
from stream.engine.decoding import decode
from stream.settings.deployment import Deployment, load_deployment

PATIENCE: Final = 5.0
"""Seconds that the brokers may take to start."""
TOPIC_MS: Final = 5_000
"""How long a topic is looked for before it is said that there is none."""
BATCH_BYTES: Final = 256 * 1024
WAITING_BYTES: Final = 32 * 2**20
"""Events that may wait for the brokers before `send` waits with them: memory has an end."""
CLOSED_WITHIN: Final = 5.0


class Failure(NamedTuple):
    """An event that could not be sent."""

    event: bytes
    """The record value: what to send again."""
    topic: str
    key: str
    reason: str


class PublishingFailed(Exception):  # noqa: N818 - it says what happened
    """Events could not be published; the text says why.

    Attributes:
        failures: the events that are not in Kafka, as far as they were taken by `send`.
    """

    def __init__(self, text: str, failures: Iterable[Failure] = ()) -> None:
        super().__init__(text)
        self.failures: Final = tuple(failures)


class Publisher:
    """Sends events: validated first, to the topic, key and partition of the contract, once each, in batches.

    A connection tries again on its own, and no retry makes a duplicate (the producer is idempotent, and every replica
    has acknowledged). An event that could not be sent within `delivery_timeout` is reported: to `on_failure`, or else
    by the next `send` or `flush`, which raises `PublishingFailed` with all of them. Nothing is lost without a word.
    It may be used by several threads; it does not survive a fork.

    Whether an event lies in the future is judged by the clock of the workers, not here.

    Args:
        deployment: where Kafka is; default: what the environment (`VITALS_*`) says.
        on_failure: called with each event that could not be sent, from a thread of the client's; be quick.
        compression: `gzip`, which every worker reads, or None.
        linger: seconds that a batch waits for more events.
        delivery_timeout: seconds after which an event that no broker took has failed.

    Raises:
        WrongEnvironment: if the environment is needed and cannot be used.
        PublishingFailed: if no broker can be used; the text says why, and the fix.
    """

    def __init__(
        self,
        deployment: Deployment | None = None,
        *,
        on_failure: Callable[[Failure], None] | None = None,
        compression: str | None = "gzip",
        linger: float = 0.02,
        delivery_timeout: float = 120.0,
    ) -> None:
        self._deployment: Final = deployment or load_deployment()
        self._on_failure: Final = on_failure
        self._room: Final = threading.Condition()
        self._waiting = 0
        self._failures: list[Failure] = []
        self._topics: dict[str, str] = {}
        try:
            wait_until_usable(self._deployment, PATIENCE)
            self._producer: Final = KafkaProducer(
                **client_settings(self._deployment),
                bootstrap_timeout_ms=int(PATIENCE * 1_000),
                max_block_ms=TOPIC_MS,
                allow_auto_create_topics=False,
                acks="all",
                enable_idempotence=True,
                delivery_timeout_ms=int(delivery_timeout * 1_000),
                request_timeout_ms=min(30_000, max(1_000, int(delivery_timeout * 1_000) - int(linger * 1_000))),
                linger_ms=int(linger * 1_000),
                batch_size=BATCH_BYTES,
                compression_type=compression,
            )
        except (Unusable, KafkaError) as error:
            raise PublishingFailed(str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._producer.close(timeout=CLOSED_WITHIN)  # the error that is on its way says more than another one

    def send(self, event: BaseModel | Mapping[str, Any] | bytes | str) -> None:
        """Take an event and return; it is sent in the background, with others.

        Args:
            event: a model of `schemas`, a mapping of its fields, or its JSON, which is sent as it is.

        Raises:
            BadEvent: if it is no valid event, with each wrong field and the fix; nothing was sent.
            PublishingFailed: if events before it could not be sent and there is no `on_failure`, or if its topic cannot
                be written; this event was not taken.
        """
        value = encode(event)
        decoded = decode(value)[1]
        if self._failures:
            self._raise_failures()
        topic = self._topics.get(decoded.family) or self._topic(decoded.family)
        key = message_key(decoded)
        size = len(value)
        with self._room:
            while self._waiting > WAITING_BYTES:
                self._room.wait()
            self._waiting += size
        try:
            future = self._producer.send(topic, key=key.encode(), value=value)
        except KafkaError as error:
            self._leave(size)
            raise PublishingFailed(f"{topic}: {error}") from None
        future.add_callback(lambda _: self._leave(size))
        future.add_errback(lambda error: self._failed(Failure(value, topic, key, _spoken(error)), size))

    def flush(self, timeout: float | None = None) -> None:
        """Return when every event that was taken is in Kafka on all replicas, or has failed.

        Args:
            timeout: seconds; default: until the last `delivery_timeout` is over.

        Raises:
            PublishingFailed: if events could not be sent and there is no `on_failure`, or if time is over.
        """
        try:
            self._producer.flush(timeout)
        except KafkaTimeoutError:
            raise PublishingFailed(f"not every event was acknowledged within {timeout} s; flush again") from None
        with self._room:  # a future is done before its callbacks have run
            self._room.wait_for(lambda: not self._waiting, CLOSED_WITHIN)
        if self._failures:
            self._raise_failures()

    def close(self) -> None:
        """Flush, and let the brokers go.

        Raises:
            PublishingFailed: as `flush`.
        """
        try:
            self.flush()
        finally:
            self._producer.close(timeout=CLOSED_WITHIN)

    def _topic(self, family: str) -> str:
        """Return the topic of a family, once it is known to be there."""
        name = full_name(self._deployment.namespace, CARDS[family])
        try:
            self._producer.partitions_for(name)
        except KafkaTimeoutError:
            fix = "a worker makes it when it starts; `vitals doctor` says what else is missing"
            raise PublishingFailed(f"there is no topic {name}; {fix}") from None
        except AuthorizationError:
            raise PublishingFailed(f"{name} may not be written; allow it: `vitals doctor` says whom what") from None
        except KafkaError as error:
            raise PublishingFailed(f"{name}: {error}") from None
        self._topics[family] = name
        return name

    def _leave(self, size: int) -> None:
        with self._room:
            self._waiting -= size
            self._room.notify_all()

    def _failed(self, failure: Failure, size: int) -> None:
        try:
            if self._on_failure is None:
                self._failures.append(failure)
            else:
                self._on_failure(failure)
        finally:
            self._leave(size)

    def _raise_failures(self) -> None:
        failures, self._failures = self._failures, []
        first = failures[0]
        raise PublishingFailed(f"{len(failures)} events could not be sent; the first: {first.reason}", failures)


def publish_lines(deployment: Deployment, lines: Iterable[bytes]) -> int:
    """Publish JSON lines; return how many.

    Raises:
        BadEvent: if a line is no valid event.
        PublishingFailed: if the brokers do not take them.
    """
    sent = 0
    with Publisher(deployment) as publisher:
        for line in lines:
            publisher.send(line)
            sent += 1
    return sent


def _spoken(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


__all__ = ["BadEvent", "Failure", "Publisher", "PublishingFailed", "publish_lines"]
