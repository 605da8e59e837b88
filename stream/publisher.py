"""Publishing events to Kafka: the record key and the topic as the contract says, idempotent, acknowledged by all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas.keys import TOPICS, message_key
from schemas.topics import CARDS, full_name
from stream.engine.decoding import decode
from stream.settings.deployment import Deployment

_PATIENCE_MS: Final = 10_000


class PublishingFailed(Exception):  # noqa: N818 - it says what happened
    """Events could not be published; the text says why."""


def client_settings(deployment: Deployment) -> dict[str, Any]:
    """Return how kafka-python reaches the brokers of a deployment."""
    settings: dict[str, Any] = {
        "bootstrap_servers": deployment.kafka_bootstrap.split(","),
        "security_protocol": deployment.kafka_security.upper(),
        "ssl_cafile": None if deployment.kafka_cafile is None else str(deployment.kafka_cafile),
    }
    if deployment.kafka_security.startswith("sasl"):
        password = deployment.kafka_password
        settings |= {
            "sasl_mechanism": deployment.kafka_sasl_mechanism,
            "sasl_plain_username": deployment.kafka_username,
            "sasl_plain_password": None if password is None else password.get_secret_value(),
        }
    return settings


def publish_lines(deployment: Deployment, lines: Iterator[bytes]) -> int:
    """Publish JSON lines; return how many.

    Raises:
        BadEvent: if a line is no valid event.
        PublishingFailed: if the brokers do not take them.
    """
    sent, errors = 0, list[BaseException]()
    try:
        producer = KafkaProducer(
            **client_settings(deployment),
            bootstrap_timeout_ms=_PATIENCE_MS,
            acks="all",
            enable_idempotence=True,
            linger_ms=20,
            batch_size=256 * 1024,
            compression_type=None,
        )
    except KafkaError as error:
        raise PublishingFailed(f"no broker answers at {deployment.kafka_bootstrap}: {error}; is it running?") from None
    topics = {family: full_name(deployment.namespace, CARDS[family]) for family in TOPICS}
    try:
        for line in lines:
            event = decode(line)[1]
            producer.send(topics[event.family], key=message_key(event).encode(), value=line.rstrip(b"\n")).add_errback(
                errors.append
            )
            sent += 1
            if errors:
                break
        producer.flush(timeout=60)
    except KafkaError as error:
        errors.append(error)
    finally:
        producer.close(timeout=10)
    if errors:
        raise PublishingFailed(f"after {sent} events: {errors[0]}; the topics exist once a worker has started")
    return sent
