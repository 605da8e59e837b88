"""What people tell workers, as records of the topic `control`: how they are sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas.topics import CARDS, full_name
from stream.brokers.commands import RESUME, resume_key
from stream.brokers.connecting import client_settings
from stream.brokers.probe import Unusable, wait_until_usable
from stream.clock import now
from stream.settings.deployment import Deployment

PATIENCE: Final = 10.0


class ControlFailed(Exception):  # noqa: N818 - it names what could not be done
    """Workers could not be told; the text says why."""


def resume(deployment: Deployment, partitions: Sequence[int]) -> None:
    """Tell the workers that partitions go on which have stopped; all of them where none is named.

    Raises:
        ControlFailed: if no broker can be used, or there is no such partition.
    """
    topic = full_name(deployment.namespace, CARDS["control"])
    try:
        wait_until_usable(deployment, PATIENCE)
        producer = KafkaProducer(
            **client_settings(deployment),
            acks="all",
            max_block_ms=int(PATIENCE * 1_000),
            allow_auto_create_topics=False,
        )
    except (Unusable, KafkaError) as error:
        raise ControlFailed(str(error)) from None
    try:
        there = len(producer.partitions_for(full_name(deployment.namespace, CARDS["dead-letters"])) or ())
        wrong = [number for number in partitions if not 0 <= number < there]
        if wrong:
            raise ControlFailed(f"there is no partition {wrong[0]}; there are 0 to {there - 1}")
        value = json.dumps({"at": now()}).encode()
        for key in [resume_key(number) for number in partitions] or [RESUME]:
            producer.send(topic, value, key, partition=0).get(PATIENCE)
    except KafkaError as error:
        raise ControlFailed(f"{topic}: {type(error).__name__}: {error}; has a worker ever run?") from None
    finally:
        producer.close(timeout=2)


__all__ = ["ControlFailed", "resume"]
