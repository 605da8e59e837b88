"""Topics: made from their cards when a worker starts, and held to what the cards say where they are there."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code

from schemas.keys import TOPICS
from schemas.topics import CARDS, TopicCard, full_name
from stream.brokers.partitions import BY_NUMBER, OF_ONE
from stream.runtime import clients
from stream.settings.deployment import Deployment

log = logging.getLogger(__name__)

COMPACTION_LAG_MS: Final = 2 * 3_600_000
"""Totals are read again after a restart, in the order in which they were written, as far as rules catch up."""
LONGEST_DELAY: Final = 15.0


class WrongTopicsError(RuntimeError):
    """Topics that are there have numbers of partitions that do not go together; the text says which."""


async def prepare(deployment: Deployment) -> int:
    """Wait for the brokers, make what is missing, and return how many partitions each input topic has.

    Raises:
        WrongTopicsError: if topics differ in their partitions that must not.
    """
    delay, where = 0.5, deployment.kafka_bootstrap
    while True:
        admin = AIOKafkaAdminClient(**clients.connection(deployment), client_id=f"{deployment.namespace}-topics")
        try:
            await admin.start()
            return await _prepare(admin, deployment)
        except KafkaConnectionError as error:
            log.warning("kafka: no broker answers at %s: %s; trying again in %.1f s", where, error, delay)
        except (KafkaError, OSError) as error:
            log.warning("kafka: the brokers at %s refuse: %r; trying again in %.1f s", where, error, delay)
        finally:
            await admin.close()
        await asyncio.sleep(delay)
        delay = min(delay * 2, LONGEST_DELAY)


async def _prepare(admin: AIOKafkaAdminClient, deployment: Deployment) -> int:
    wanted = {full_name(deployment.namespace, card): card for card in CARDS.values()}
    state = [f"{deployment.namespace}.state", f"{deployment.namespace}.merge-state"]
    there = await _partitions(admin, [*wanted, *state])
    inputs = {name: there[name] for name in (f"{deployment.namespace}.{family}" for family in TOPICS) if name in there}
    if len(set(inputs.values())) > 1:
        counts = ", ".join(f"{name} has {count}" for name, count in sorted(inputs.items()))
        raise WrongTopicsError(f"{counts}; give all input topics the same number of partitions")
    partitions = next(iter(inputs.values()), deployment.partitions)
    missing = [
        _new(name, card.partitions if card.partitions == 1 else partitions, deployment.replication, _settings(card))
        for name, card in wanted.items()
        if name not in there
    ]
    compacted = {"cleanup.policy": "compact"}
    missing += [
        _new(name, count, deployment.replication, compacted)
        for name, count in zip(state, (partitions, 1), strict=True)
        if name not in there
    ]
    fixed = {state[0]: partitions, state[1]: 1}
    fixed |= {full_name(deployment.namespace, CARDS[name]): partitions for name in BY_NUMBER}
    fixed |= {full_name(deployment.namespace, CARDS[name]): 1 for name in OF_ONE}
    for name, count in fixed.items():
        if there.get(name, count) != count:
            raise WrongTopicsError(
                f"{name} has {there[name]} partitions, but {count} are needed, as many as the input topics have; "
                "their number cannot change: give this deployment another VITALS_NAMESPACE, or delete what is there"
                if count > 1
                else f"{name} has {there[name]} partitions, but it is a topic of one; delete it, and it is made again"
            )
    if missing:
        await _create(admin, missing)
        log.info("kafka: made the topics %s", ", ".join(topic.name for topic in missing))
    return partitions


def _new(name: str, partitions: int, replication: int, settings: dict[str, str]) -> NewTopic:
    return NewTopic(name, partitions, replication, topic_configs=settings)


def _settings(card: TopicCard) -> dict[str, str]:
    settings = {"cleanup.policy": card.cleanup, "max.message.bytes": str(card.max_message_bytes)}
    if card.retention is not None:
        settings["retention.ms"] = str(int(card.retention.total_seconds() * 1_000))
    if card.name == "totals":
        settings["min.compaction.lag.ms"] = str(COMPACTION_LAG_MS)
    return settings


async def _partitions(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    known = set(await admin.list_topics())
    there = [name for name in names if name in known]
    if not there:
        return {}
    found = await admin.describe_topics(there)
    return {topic["topic"]: len(topic["partitions"]) for topic in found}


async def _create(admin: AIOKafkaAdminClient, topics: list[NewTopic]) -> None:
    answer = await admin.create_topics(topics)
    for name, code, *rest in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # another worker was faster
            raise error(f"{name}: {rest[0] if rest else error.description}")
