"""What a worker looks at before it starts, and refuses with the fix: settings of topics, and the brokers' clock."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAuthorizationFailedError

from schemas.topics import CARDS, full_name
from stream.brokers.expected import SAFE_COPIES, Expected, WrongSetting, wrong_settings
from stream.brokers.skew import FIX, LARGEST_SKEW, skew, told
from stream.clock import now
from stream.engine.definitions import Grace
from stream.runtime import clients
from stream.settings.deployment import Deployment, variable

log = logging.getLogger(__name__)

LARGEST_CLOCK_ERROR: Final = 60.0
"""Seconds between the brokers' clock and ours above which a worker does not start: beyond it, so many events would be
late or in the future that its numbers mislead. Below, events only come later or wait longer than they need to."""
_LOG_APPEND_TIME: Final = 1


class RefusedError(RuntimeError):
    """The worker cannot start with the brokers as they are; the text says why, and the fix."""


class WrongSettingsError(RefusedError):
    """A topic has settings with which something would be lost, or nothing could be written."""


class WrongClockError(RefusedError):
    """The brokers' clock and ours are far apart."""


class Described(NamedTuple):
    """A topic as the brokers describe it."""

    partitions: int
    replicas: int
    """Of the partition that has the fewest."""


async def check_settings(
    admin: AIOKafkaAdminClient, wanted: Mapping[str, Expected], there: Mapping[str, Described], grace: Grace
) -> None:
    """Refuse settings that lose something, and warn of those that are a risk.

    Args:
        admin: a client that has started.
        wanted: the topics of the deployment, as they must be.
        there: those of them that are there.
        grace: how late an event may come: records that are younger must not leave.

    Raises:
        WrongSettingsError: where state or events would be lost, or nothing could be written.
    """
    settings = await _settings(admin, list(there))
    if there and not settings:
        log.warning("kafka: the settings of topics are not looked at: DESCRIBE_CONFIGS is not allowed")
    fatal = []
    for name, found in sorted(settings.items()):
        for wrong in wrong_settings(wanted[name], found, there[name].replicas):
            says = f"{name}: {wrong.key} is {wrong.says}; {wrong.fix(name)}"
            if _is_fatal(wrong, found, wanted[name], grace):
                fatal.append(says)
            else:
                log.warning("kafka: %s", says)
    if fatal:
        raise WrongSettingsError("\n".join(fatal))
    for says in await _few_copies(admin, there):
        log.warning("kafka: %s", says)


def _is_fatal(wrong: WrongSetting, found: Mapping[str, str], topic: Expected, grace: Grace) -> bool:
    if wrong.key == "min.insync.replicas":
        return int(wrong.value) < int(found[wrong.key])  # more than there are: too few in step is a risk, no standstill
    if wrong.key == "retention.ms":
        within: int = getattr(grace, topic.name.rpartition(".")[2], 0)
        return int(found[wrong.key]) < within * 1_000
    return wrong.key == "cleanup.policy"


async def _settings(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in sorted(names)])
    return {
        name: {key: str(value) for key, value, *_ in entries}
        for answer in answers
        for code, _, _, name, entries in answer.resources
        if not code
    }


async def _few_copies(admin: AIOKafkaAdminClient, there: Mapping[str, Described]) -> list[str]:
    """Say which topics could have more copies: a single broker is a choice, one copy on three is an oversight."""
    brokers = len((await admin.describe_cluster())["brokers"])
    few = sorted(name for name, topic in there.items() if topic.replicas < min(brokers, SAFE_COPIES))
    says = (
        f"{', '.join(few)}: fewer copies than the {brokers} brokers could hold: what is lost with one of them is lost; "
        f"add replicas with kafka-reassign-partitions.sh, and set {variable('replication')} for topics to come"
    )
    return [says] if few else []


async def check_clock(deployment: Deployment) -> None:
    """Compare the brokers' clock with ours, where ours says what counts.

    Raises:
        WrongClockError: if they are far apart.
    """
    if deployment.clock != "wall":
        return
    ahead = await _ahead(deployment)
    if ahead is None or abs(ahead) <= LARGEST_SKEW:
        return
    says = f"the brokers' clock {told(ahead)}; {FIX}"
    if abs(ahead) > LARGEST_CLOCK_ERROR:
        raise WrongClockError(says)
    log.warning("kafka: %s", says)


async def _ahead(deployment: Deployment) -> float | None:
    """Return how far the brokers' clock is ahead of ours (s); None where they do not say.

    An empty record to a topic whose records get the brokers' time, and that nobody reads.
    """
    topic = full_name(deployment.namespace, CARDS["merge"])
    producer = AIOKafkaProducer(**clients.connection(deployment), client_id=f"{deployment.namespace}-clock")
    await producer.start()
    try:
        await producer.partitions_for(topic)  # what follows is not to wait for metadata
        before = now()
        said: Any = await producer.send_and_wait(topic, b"", partition=0)
        after = now()
    except TopicAuthorizationFailedError:
        log.warning("kafka: the brokers' clock is not looked at: %s may not be written", topic)
        return None
    finally:
        await clients.close(producer)
    return skew(said.timestamp / 1_000, before, after) if said.timestamp_type == _LOG_APPEND_TIME else None
