"""The broker of the demo: librdkafka's mock cluster, reachable by any client on this machine.

It makes a topic, of four partitions, when it is asked for one, and keeps the newest 5 MiB of each partition.
"""

from __future__ import annotations

import os
from typing import Final

from stream.demo.child import listen, say, wait_for_end

PARTITIONS: Final = 4
"""Of every topic: the mock cluster knows no other number."""
KEPT_BYTES: Final = 5 * 2**20
"""What a partition keeps at least; older records are dropped, read or not."""


def main() -> None:
    """Run it until the demo ends; say its address."""
    from confluent_kafka import Producer  # noqa: PLC0415 - the number of partitions is known without the library

    listen()
    # The producer is only what the cluster comes with; its own address is never used.
    producer = Producer({"bootstrap.servers": "127.0.0.1:9", "test.mock.num.brokers": 1, "log_level": 3})
    broker = next(iter(producer.list_topics(timeout=10).brokers.values()))
    say("at", f"{broker.host}:{broker.port}")
    wait_for_end()
    os._exit(0)  # it holds nothing, and would wait for its own connections


if __name__ == "__main__":
    main()
