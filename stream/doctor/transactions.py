"""Transactions, without which no worker can commit; and the brokers' clock, which only a transaction tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from schemas.topics import CARDS, full_name
from stream import clock
from stream.brokers.connecting import client_settings
from stream.brokers.skew import FIX, LARGEST_SKEW, skew, told
from stream.doctor.findings import Finding, good, skipped, wrong
from stream.settings.deployment import Deployment

PATIENCE_MS: Final = 10_000


def look(admin: KafkaAdminClient, deployment: Deployment) -> Iterator[Finding]:
    """Begin a transaction, ask when the broker thinks it began, and abort it.

    Its one record is empty, is never seen by who reads what is committed, and goes to a topic that nobody reads.
    """
    topic = full_name(deployment.namespace, CARDS["merge"])
    if any(one["error_code"] for one in admin.describe_topics([topic])):
        for check in ("transactions", "clock of kafka"):
            yield skipped(check, f"{topic} is missing or hidden")
        return
    name = f"{deployment.namespace}-doctor"
    producer = KafkaProducer(
        **client_settings(deployment),
        transactional_id=name,
        transaction_timeout_ms=PATIENCE_MS,
        max_block_ms=PATIENCE_MS,
        allow_auto_create_topics=False,
    )
    try:
        producer.init_transactions()
        producer.begin_transaction()
        before = clock.now()
        producer.send(topic, b"", partition=0).get(PATIENCE_MS / 1_000)
        after = clock.now()
        began = admin.describe_transactions([name])[name].transaction_start_time_ms / 1_000
    except (AuthorizationError, KafkaTimeoutError, UnknownTopicOrPartitionError) as error:
        yield _failed(deployment, name, topic, error)
        yield skipped("clock of kafka", "transactions do not work")
        return
    finally:
        with suppress(KafkaError, ValueError, AssertionError):  # there may be none to abort
            producer.abort_transaction()
        producer.close(timeout=2)
    yield good("transactions", "one was begun and aborted")
    yield compared("clock of kafka", began, before, after)


def compared(check: str, theirs: float, before: float, after: float) -> Finding:
    """Compare two clocks.

    Args:
        check: whose clock it is.
        theirs: what it said (s).
        before: our time before it did.
        after: our time after it did.
    """
    ahead = skew(theirs, before, after)
    if abs(ahead) <= LARGEST_SKEW:
        return good(check, "agrees with ours")
    return wrong(check, told(ahead), FIX)


def _failed(deployment: Deployment, name: str, topic: str, error: KafkaError) -> Finding:
    who = deployment.kafka_username or "this client"
    if isinstance(error, TransactionalIdAuthorizationFailedError):
        fix = f"allow {who} to WRITE the transactional ids {deployment.namespace}-* with kafka-acls.sh --add"
        return wrong("transactions", f"{who} may not use the transactional id {name}", fix)
    if isinstance(error, TopicAuthorizationFailedError):
        return skipped("transactions", f"{who} may not write {topic}, which only checks do")
    if isinstance(error, KafkaTimeoutError):
        fix = "let transaction.state.log.replication.factor be at most the number of brokers, and look at their logs"
        return wrong("transactions", "none could be begun in time", fix)
    return wrong("transactions", f"{type(error).__name__}: {error}", "look at the log of the brokers")
