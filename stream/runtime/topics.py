"""Topics: made from their cards when a worker starts, and held to what the cards say where they are there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code

from schemas.topics import CARDS, TopicCard, full_name
from stream.brokers.expected import Expected, expected
from stream.engine.definitions import Grace
from stream.runtime import clients
from stream.runtime.checks import Described, RefusedError, check_clock, check_settings
from stream.settings.deployment import Deployment

log = logging.getLogger(__name__)

COMPACTION_LAG_MS: Final = 2 * 3_600_000
"""Totals are read again after a restart, in the order in which they were written, as far as rules catch up."""
COMPACTED_WITHIN_MS: Final = 6 * 3_600_000
"""What was deleted or written again leaves a compacted topic after so long, however little is written to it."""
SEGMENT_BYTES: Final = 64 * 2**20
"""The newest segment is never compacted: a small one bounds what a restore reads in vain."""
LONGEST_DELAY: Final = 15.0
LEADERS_POLL: Final = 0.1
MOVE: Final = (
    "go back to the old number, or move to a new VITALS_NAMESPACE: docs/operations.md, More partitions, says how"
)


class WrongTopicsError(RefusedError):
    """Topics that are there have numbers of partitions that do not go together; the text says which."""


async def prepare(deployment: Deployment, grace: Grace | None = None) -> int:
    """Wait for the brokers, make what is missing, and return how many partitions each input topic has.

    Args:
        deployment: where it runs.
        grace: how late an event may come; default: that of an empty `vitals.yaml`.

    Raises:
        RefusedError: if what is there cannot be used, or would lose something.
    """
    delay, where = 0.5, deployment.kafka_bootstrap
    while True:
        admin = AIOKafkaAdminClient(**clients.connection(deployment), client_id=f"{deployment.namespace}-topics")
        try:
            await admin.start()
            partitions = await _prepare(admin, deployment, grace or Grace())
            await check_clock(deployment)
        except KafkaConnectionError as error:
            log.warning("kafka: no broker answers at %s: %s; trying again in %.1f s", where, error, delay)
        except (KafkaError, OSError) as error:
            log.warning("kafka: the brokers at %s refuse: %r; trying again in %.1f s", where, error, delay)
        else:
            return partitions
        finally:
            await admin.close()
        await asyncio.sleep(delay)
        delay = min(delay * 2, LONGEST_DELAY)


async def _prepare(admin: AIOKafkaAdminClient, deployment: Deployment, grace: Grace) -> int:
    wanted = expected(deployment.namespace)
    there = await _described(admin, list(wanted))
    partitions = _partitions(wanted, there) or deployment.partitions
    await check_settings(admin, wanted, there, grace)
    cards = {full_name(deployment.namespace, card): card for card in CARDS.values()}
    missing = [
        NewTopic(
            name,
            1 if topic.partitions == 1 else partitions,
            deployment.replication,
            topic_configs=_settings(topic, cards.get(name)),
        )
        for name, topic in wanted.items()
        if name not in there
    ]
    if missing:
        await _create(admin, missing)
        await _await_leaders(admin, [topic.name for topic in missing])
        log.info("kafka: made the topics %s", ", ".join(topic.name for topic in missing))
    return partitions


def _partitions(wanted: Mapping[str, Expected], there: Mapping[str, Described]) -> int | None:
    """Return how many partitions the input topics have; None where there is none yet.

    Raises:
        WrongTopicsError: if they differ, or what workers keep has another number.
    """
    inputs = {name: topic.partitions for name, topic in there.items() if wanted[name].is_input}
    if len(set(inputs.values())) > 1:
        counts = ", ".join(f"{name} has {count}" for name, count in sorted(inputs.items()))
        raise WrongTopicsError(f"{counts}; give all input topics the same number of partitions")
    number = next(iter(inputs.values()), None)
    for name, topic in there.items():
        needed = number if wanted[name].partitions == "inputs" else wanted[name].partitions
        if needed in (None, topic.partitions):
            continue
        raise WrongTopicsError(
            f"{name} has {topic.partitions} partitions, but it is a topic of one; delete it, and it is made again"
            if needed == 1 and wanted[name].partitions == 1
            else f"{name} has {topic.partitions} partitions, but {needed} are needed, as many as the input topics "
            f"have: what is counted cannot change its partition; {MOVE}"
        )
    return number


def _settings(topic: Expected, card: TopicCard | None) -> dict[str, str]:
    settings: dict[str, str] = {"cleanup.policy": topic.cleanup}
    if topic.cleanup == "compact":
        settings |= {"max.compaction.lag.ms": str(COMPACTED_WITHIN_MS), "segment.bytes": str(SEGMENT_BYTES)}
    if topic.retention_ms is not None:
        settings["retention.ms"] = str(topic.retention_ms)
    if card is None:
        return settings
    settings["max.message.bytes"] = str(card.max_message_bytes)
    if card.name == "totals":
        settings["min.compaction.lag.ms"] = str(COMPACTION_LAG_MS)
    if card.name == "merge":
        settings["message.timestamp.type"] = "LogAppendTime"  # what is written there tells the brokers' time
    return settings


async def _described(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, Described]:
    known = set(await admin.list_topics())
    there = [name for name in names if name in known]
    if not there:
        return {}
    return {
        topic["topic"]: Described(
            len(topic["partitions"]), min((len(one["replicas"]) for one in topic["partitions"]), default=1)
        )
        for topic in await admin.describe_topics(there)
    }


async def _create(admin: AIOKafkaAdminClient, topics: list[NewTopic]) -> None:
    answer = await admin.create_topics(topics)
    for name, code, *rest in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # another worker was faster
            raise error(f"{name}: {rest[0] if rest else error.description}")


async def _await_leaders(admin: AIOKafkaAdminClient, names: list[str]) -> None:
    """Wait until the broker knows topics that were made: a group that is joined before leaves them out for minutes."""
    while True:
        told = await admin.describe_topics(names)
        if all(min((one["leader"] for one in topic["partitions"]), default=-1) >= 0 for topic in told):
            return
        await asyncio.sleep(LEADERS_POLL)
