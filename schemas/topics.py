"""One card a topic: who writes it, who reads it, what is in it, how long it is kept.

Topics are created from these cards, and so are the pages and the AsyncAPI document about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

from schemas.alert import Alert
from schemas.events import FAMILIES
from schemas.snapshot import Snapshot

__all__ = ["CARDS", "TopicCard", "full_name"]

MIB: Final = 1024 * 1024

_REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reason": "Stable code, see schemas.Reason.",
        "detail": "What is wrong and what to do about it, for people: which field and why.",
        "topic": "The topic that the record came from.",
        "partition": "The partition that it came from, in decimal digits.",
        "offset": "Its offset there, in decimal digits.",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicCard:
    """What one needs to know to create, write or read a topic.

    Attributes:
        name: The topic less the namespace, see `full_name`.
        purpose: What it is for, in one sentence.
        key: What the record key is.
        value: What the record value is.
        model: What `pydantic.TypeAdapter` takes to check the value; None where the value is not public.
        partitions: `inputs`: as many as every input topic has, so that partition n of all of them belongs together.
            1: a single one.
        cleanup: Kafka's `cleanup.policy`.
        retention: How long a record is kept; None: until a newer one of its key (compacted topics).
        max_message_bytes: The largest batch that the broker takes, Kafka's `max.message.bytes`.
        headers: Record header → what it says. Values are UTF-8.
        writers: Who writes it.
        readers: Who reads it.
    """

    name: str
    purpose: str
    key: str
    value: str
    model: object = None
    partitions: Literal["inputs", 1]
    cleanup: Literal["delete", "compact"]
    retention: timedelta | None
    max_message_bytes: int = MIB
    headers: Mapping[str, str] = field(default_factory=dict)
    writers: tuple[str, ...]
    readers: tuple[str, ...]


def full_name(namespace: str, card: TopicCard) -> str:
    """The topic's name on the broker.

    >>> full_name("vitals", CARDS["usage"])
    'vitals.usage'
    """
    return f"{namespace}.{card.name}"


def _inputs(family: str, purpose: str, key: str, days: int, writers: tuple[str, ...]) -> TopicCard:
    return TopicCard(
        name=family,
        purpose=purpose,
        key=f"{key}; else id",
        value=f"One JSON object a record: an event of the family {family}.",
        model=FAMILIES[family],
        partitions="inputs",
        cleanup="delete",
        # At least the grace of the topic: what would still be counted must not be gone when it is read late.
        retention=timedelta(days=days),
        writers=writers,
        readers=("workers: the agent of the same name",),
    )


_ALL: Final = (
    _inputs(
        "usage",
        "What people do in the product.",
        "account_id, else anonymous_id, else user_id",
        7,
        ("the product", "web and mobile clients by way of a collector"),
    ),
    _inputs(
        "billing",
        "Subscriptions, payments, refunds, disputes and costs.",
        "account_id",
        40,
        ("the billing system", "adapters of payment providers"),
    ),
    _inputs(
        "uptime",
        "Checks, declared statuses, request counts, incidents and maintenance of the services.",
        "service, else incident_id",
        7,
        ("probes", "services", "the incident tool"),
    ),
    _inputs(
        "feedback",
        "Answers to surveys, and support tickets.",
        "account_id, else ticket_id or respondent_id",
        40,
        ("the survey tool", "the help desk"),
    ),
    _inputs(
        "growth",
        "Leads on their way to become customers, and what was spent on them.",
        "lead_id",
        40,
        ("the web site", "the CRM", "advertising accounts"),
    ),
    TopicCard(
        name="dead-letters",
        purpose="Records that are no valid event, to be read, mended and sent again.",
        key="the key of the record that was refused",
        value="The untouched bytes of the record that was refused.",
        partitions="inputs",
        cleanup="delete",
        retention=timedelta(days=30),
        max_message_bytes=4 * MIB,
        headers=_REFUSED,
        writers=("workers, in the transaction of the checkpoint",),
        readers=("people, by the command line",),
    ),
    TopicCard(
        name="late",
        purpose="Valid events that came later than the grace of their topic and are in no value.",
        key="the key of the event",
        value="The untouched bytes of the event.",
        partitions="inputs",
        cleanup="delete",
        retention=timedelta(days=30),
        max_message_bytes=4 * MIB,
        headers=_REFUSED,
        writers=("workers, in the transaction of the checkpoint",),
        readers=("people, by the command line", "back-fills"),
    ),
    TopicCard(
        name="snapshots",
        purpose="The latest snapshot of every segment.",
        key="segment",
        value="A snapshot as JSON.",
        model=Snapshot,
        partitions="inputs",
        cleanup="compact",
        retention=None,
        # Tables hold names of the producers' choosing, so a snapshot has no small upper bound.
        max_message_bytes=4 * MIB,
        writers=("the merge",),
        readers=("whoever wants the values without Redis",),
    ),
    TopicCard(
        name="alerts",
        purpose="Alerts, each when it begins to fire and when it is resolved.",
        key="rule and segment",
        value="An alert as JSON.",
        model=Alert,
        partitions="inputs",
        cleanup="delete",
        retention=timedelta(days=30),
        writers=("the merge",),
        readers=("receivers of alerts",),
    ),
    TopicCard(
        name="accounts",
        purpose="MRR, health, signals and MRR at risk of every account, to refill an empty Redis.",
        key="account_id",
        value="A row of Vitals' own; empty when the account is gone.",
        partitions="inputs",
        cleanup="compact",
        retention=None,
        writers=("workers, in the transaction of the checkpoint",),
        readers=("the merge",),
    ),
    TopicCard(
        name="totals",
        purpose="Every partition's window totals, and how far it has come.",
        key="segment and window",
        value="Rows of Vitals' own; what was not written is unchanged.",
        partitions="inputs",
        cleanup="compact",
        retention=None,
        writers=("workers: partition n writes partition n, in the transaction of the checkpoint",),
        readers=("the merge",),
    ),
    TopicCard(
        name="clock",
        purpose="The highest event time that any partition has reached, where the clock follows the events.",
        key="a constant",
        value="A row of Vitals' own.",
        partitions=1,
        cleanup="compact",
        retention=None,
        writers=("the merge",),
        readers=("workers",),
    ),
    TopicCard(
        name="control",
        purpose="What people tell workers: that a partition with too many dead letters goes on.",
        key="what is said, and of which partition",
        value="A row of Vitals' own.",
        partitions=1,
        cleanup="compact",
        retention=None,
        writers=("people, by the command line",),
        readers=("workers that have stopped a partition",),
    ),
    TopicCard(
        name="merge",
        purpose="Whoever owns its one partition runs the merge. Nobody reads its records.",
        key="none",
        value="None: a worker writes an empty record at its start, to learn what time it is for the brokers.",
        partitions=1,
        cleanup="delete",
        retention=timedelta(days=1),
        writers=("workers, at their start",),
        readers=("workers, to own it",),
    ),
)

CARDS: Final[Mapping[str, TopicCard]] = MappingProxyType({card.name: card for card in _ALL})
"""Topic, less the namespace → its card."""
