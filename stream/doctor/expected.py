"""What the topics of a deployment must be like."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from schemas.keys import TOPICS
from schemas.topics import CARDS, TopicCard, full_name
from stream.brokers.partitions import BY_NUMBER, OF_ONE

MIB: Final = 2**20
_READ: Final = frozenset({"READ", "DESCRIBE"})
_WRITE: Final = frozenset({"WRITE", "DESCRIBE"})

_NEEDED: Final = {
    **dict.fromkeys(TOPICS, _READ | _WRITE),
    **dict.fromkeys(("dead-letters", "late", "totals", "accounts", "clock", "control"), _READ | _WRITE),
    **dict.fromkeys(("snapshots", "alerts"), _WRITE),
    "merge": _READ,
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
