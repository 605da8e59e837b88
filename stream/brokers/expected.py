"""What the topics of a deployment must be like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from schemas.keys import TOPICS
from schemas.topics import CARDS, TopicCard, full_name
from stream.brokers.partitions import BY_NUMBER, OF_ONE

MIB: Final = 2**20
SAFE_COPIES: Final = 3
"""Copies of a partition with which a broker may be lost while another one is down for maintenance."""
_READ: Final = frozenset({"READ", "DESCRIBE"})
_WRITE: Final = frozenset({"WRITE", "DESCRIBE"})

_NEEDED: Final = {
    **dict.fromkeys(TOPICS, _READ | _WRITE),
    **dict.fromkeys(("dead-letters", "late", "totals", "accounts", "clock", "control"), _READ | _WRITE),
    **dict.fromkeys(("snapshots", "alerts"), _WRITE),
    "merge": _READ | _WRITE,
}


class Expected(NamedTuple):
    """A topic as it must be."""

    name: str
    is_input: bool
    partitions: Literal["inputs", 1] | None
    """As many as the input topics have, 1, or None: any number."""
    cleanup: Literal["delete", "compact"]
    retention_ms: int | None
    """At least; None: what is compacted has none."""
    max_message_bytes: int
    """At least."""
    operations: frozenset[str]
    """What a worker, and for input topics a producer, must be allowed to do."""


def expected(namespace: str) -> dict[str, Expected]:
    """Return the topics of a deployment by name: those of the contract, and the state of its workers."""
    found = [_of_card(namespace, card) for card in CARDS.values()]
    found += [_of_state(f"{namespace}.state", "inputs"), _of_state(f"{namespace}.merge-state", 1)]
    return {one.name: one for one in found}


def _of_card(namespace: str, card: TopicCard) -> Expected:
    partitions: Literal["inputs", 1] | None = None
    if card.name in OF_ONE:
        partitions = 1
    elif card.name in BY_NUMBER:
        partitions = "inputs"
    return Expected(
        full_name(namespace, card),
        card.name in TOPICS,
        partitions,
        card.cleanup,
        None if card.retention is None else int(card.retention.total_seconds() * 1_000),
        card.max_message_bytes if card.max_message_bytes > MIB else 0,
        _NEEDED[card.name],
    )


def _of_state(name: str, partitions: Literal["inputs", 1]) -> Expected:
    return Expected(name, False, partitions, "compact", None, 0, _READ | _WRITE)


class WrongSetting(NamedTuple):
    """A setting of a topic that is not as it must be."""

    key: str
    says: str
    """What it is, and what comes of that."""
    value: str
    """What it must be."""

    def fix(self, topic: str) -> str:
        """Return the command that sets it right."""
        return (
            f"kafka-configs.sh --alter --entity-type topics --entity-name {topic} --add-config {self.key}={self.value}"
        )


def wrong_settings(topic: Expected, told: Mapping[str, str], replicas: int) -> Iterator[WrongSetting]:
    """Yield what is wrong with the settings of a topic.

    Args:
        topic: as it must be.
        told: its settings; what the broker does not say counts as right.
        replicas: how many copies its partitions have.
    """
    cleanup = told.get("cleanup.policy", topic.cleanup)
    if cleanup != topic.cleanup:
        why = "state would be lost" if topic.cleanup == "compact" else "all but the last record of a key would be lost"
        yield WrongSetting("cleanup.policy", f"{cleanup}: {why}", topic.cleanup)
    if topic.retention_ms is not None:
        retention = int(told.get("retention.ms", topic.retention_ms))
        if 0 <= retention < topic.retention_ms:
            days = topic.retention_ms // 86_400_000
            why = "records may leave before they are counted" if topic.is_input else "records leave early"
            yield WrongSetting("retention.ms", f"{retention}, less than {days} days: {why}", str(topic.retention_ms))
        if topic.is_input and int(told.get("retention.bytes", -1)) >= 0:
            yield WrongSetting("retention.bytes", "set: records may leave before they are counted", "-1")
    if int(told.get("max.message.bytes", topic.max_message_bytes)) < topic.max_message_bytes:
        size = topic.max_message_bytes
        says = f"{told['max.message.bytes']}: larger records would stop a partition"
        yield WrongSetting("max.message.bytes", says, str(size))
    in_step = int(told.get("min.insync.replicas", 1))
    if in_step > replicas:
        says = f"{in_step}, more than the {replicas} that there are: nothing can be written"
        yield WrongSetting("min.insync.replicas", says, str(replicas))
    elif in_step == 1 and replicas >= SAFE_COPIES:
        says = f"1 of {replicas}: what is acknowledged may be on a single broker, and be lost with it"
        yield WrongSetting("min.insync.replicas", says, "2")
