"""Reading the dead letters, and what came too late: records with the reason why they are in no number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.brokers.connecting import client_settings
from stream.brokers.probe import Unusable, wait_until_usable
from stream.settings.deployment import Deployment

PATIENCE: Final = 1.0
_POLL_MS: Final = 500
_LARGEST: Final = 5 * 2**20
"""A dead letter may have 4 MiB."""


class LettersFailed(Exception):  # noqa: N818 - it says what happened
    """The letters cannot be read; the text says why, and the fix."""


class Letter(NamedTuple):
    """A record that is in no number, and why."""

    partition: int
    offset: int
    at: int
    """When it was put there: µs since the epoch."""
    reason: str
    detail: str
    topic: str
    """Where it came from, with the two that follow."""
    from_partition: str
    from_offset: str
    key: bytes | None
    value: bytes | None

    @property
    def place(self) -> str:
        """Where it is among the letters, as commands take it."""
        return f"{self.partition}:{self.offset}"


class Letters:
    """The letters of a topic: the dead ones, or the late ones. Made by `opened`."""

    def __init__(self, consumer: KafkaConsumer, topic: str) -> None:
        self._consumer: Final = consumer
        self._topic: Final = topic
        self._partitions: Final = sorted(consumer.partitions_for_topic(topic) or ())

    def all(self, since: int | None = None) -> Iterator[Letter]:
        """Yield the letters that are there now, by partition and offset.

        Args:
            since: only those put there at this time (µs since the epoch) or later.

        Raises:
            LettersFailed: if the topic is not there, or the brokers go away.
        """
        for number in self._there():
            tp = TopicPartition(self._topic, number)
            try:
                self._consumer.assign([tp])
                end = self._consumer.end_offsets([tp])[tp]
                begin = self._begin(tp, since, end)
                self._consumer.seek(tp, begin)
                for record in self._until(tp, end):
                    letter = _letter(record)
                    if since is None or letter.at >= since:
                        yield letter
            except KafkaError as error:
                raise LettersFailed(f"{self._topic}: {error}; `vitals doctor` says what is wrong") from None

    def one(self, partition: int, offset: int) -> Letter:
        """Return the letter at a place.

        Raises:
            LettersFailed: if there is none.
        """
        missing = LettersFailed(f"there is no letter at {partition}:{offset} of {self._topic}; list them to see places")
        if partition not in self._there():
            raise missing
        tp = TopicPartition(self._topic, partition)
        try:
            self._consumer.assign([tp])
            if not self._consumer.beginning_offsets([tp])[tp] <= offset < self._consumer.end_offsets([tp])[tp]:
                raise missing
            self._consumer.seek(tp, offset)
            for record in self._until(tp, offset + 1):
                if record.offset == offset:
                    return _letter(record)
        except KafkaError as error:
            raise LettersFailed(f"{self._topic}: {error}; `vitals doctor` says what is wrong") from None
        raise missing

    def _there(self) -> Sequence[int]:
        if not self._partitions:
            raise LettersFailed(f"there is no topic {self._topic}; a worker makes it when it starts")
        return self._partitions

    def _begin(self, tp: TopicPartition, since: int | None, end: int) -> int:
        if since is None:
            return int(self._consumer.beginning_offsets([tp])[tp])
        found = self._consumer.offsets_for_times({tp: since // 1_000})[tp]
        return end if found is None else int(found.offset)

    def _until(self, tp: TopicPartition, end: int) -> Iterator[Any]:
        while self._consumer.position(tp) < end:
            for records in self._consumer.poll(_POLL_MS).values():
                yield from (record for record in records if record.offset < end)


@contextmanager
def opened(deployment: Deployment, *, late: bool = False) -> Iterator[Letters]:
    """Open the dead letters of a deployment, or what came too late.

    Raises:
        LettersFailed: if no broker can be used.
    """
    try:
        wait_until_usable(deployment, PATIENCE)
        consumer = KafkaConsumer(
            **client_settings(deployment),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=_LARGEST,
        )
    except (Unusable, KafkaError) as error:
        raise LettersFailed(str(error)) from None
    try:
        yield Letters(consumer, f"{deployment.namespace}.{'late' if late else 'dead-letters'}")
    finally:
        consumer.close()


def _letter(record: Any) -> Letter:
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    return Letter(
        record.partition,
        record.offset,
        record.timestamp * 1_000,
        headers.get("reason", ""),
        headers.get("detail", ""),
        headers.get("topic", ""),
        headers.get("partition", ""),
        headers.get("offset", ""),
        record.key,
        record.value,
    )
