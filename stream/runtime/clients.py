"""Kafka clients of the tasks: made alike, closed within seconds whatever the broker does."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.helpers import create_ssl_context

from stream.brokers.connecting import credentials
from stream.runtime.records import as_it_is, spare_copies
from stream.settings.deployment import Deployment

CLOSED_WITHIN = 2.0
"""Seconds: a producer waits for its batches for ever when the broker is gone."""

TRANSACTION_TIMEOUT_MS = 15_000
"""An orphaned transaction hides what comes after it from readers, so it is kept short."""

BATCH_BYTES = 900_000
FETCH_BYTES = 2**20
"""Of each partition in one answer."""
LARGEST_REQUEST = 4 * 2**20 + 65_536
"""Dead letters may have 4 MiB."""


def connection(deployment: Deployment) -> dict[str, Any]:
    """Return how aiokafka reaches the brokers of a deployment."""
    return {
        "bootstrap_servers": deployment.kafka_bootstrap,
        "security_protocol": deployment.kafka_security.upper(),
        "ssl_context": ssl_context(deployment),
        **credentials(deployment),
    }


def ssl_context(deployment: Deployment) -> ssl.SSLContext | None:
    """Return what TLS trusts; None where it is not used."""
    if not deployment.kafka_security.endswith("ssl"):
        return None
    cafile = None if deployment.kafka_cafile is None else str(deployment.kafka_cafile)
    context: ssl.SSLContext = create_ssl_context(cafile=cafile)
    return context


def producer(deployment: Deployment, name: str, *, transactional: bool = True) -> AIOKafkaProducer:
    """Return a producer whose start fences every earlier one with the same name, unless it is not transactional."""
    return AIOKafkaProducer(
        **connection(deployment),
        client_id=name,
        acks="all",
        max_batch_size=BATCH_BYTES,
        max_request_size=LARGEST_REQUEST,
        transactional_id=name if transactional else None,
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
    )


def reader(
    deployment: Deployment, name: str, topics: list[str], *, transactional: bool = True, fetch_bytes: int = FETCH_BYTES
) -> AIOKafkaConsumer:
    """Return a consumer without a group, for committed records, or for all where the broker knows no transactions.

    It is told its topics before it starts, which saves three metadata round trips of 0.1 to 0.25 s each; a position
    that does not exist is an error, not a silent jump.
    """
    spare_copies()
    consumer = AIOKafkaConsumer(
        **connection(deployment),
        client_id=name,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed" if transactional else "read_uncommitted",
        fetch_max_wait_ms=250,
        max_partition_fetch_bytes=fetch_bytes,
        value_deserializer=as_it_is,
    )
    consumer._client.set_topics(topics)  # noqa: SLF001 - there is no public way
    return consumer


async def close(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client, whatever it says. A transaction that is open is aborted by the next fence.

    It stops in a task of its own: aiokafka may raise `CancelledError` though nobody cancelled the caller.
    """
    if await _ends(client.stop()):
        return
    if isinstance(client, AIOKafkaProducer):
        if (sender := client._sender.sender_task) is not None:  # noqa: SLF001 - its stop() waits for its batches for ever
            sender.cancel()
        await _ends(client.client.close())
    else:
        await _ends(client._client.close())  # noqa: SLF001


async def _ends(stopping: Coroutine[Any, Any, None]) -> bool:
    """Say whether something ends well, in time."""
    task = asyncio.ensure_future(stopping)
    await asyncio.wait([task], timeout=CLOSED_WITHIN)
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CLOSED_WITHIN)
    return task.done() and not task.cancelled() and task.exception() is None
