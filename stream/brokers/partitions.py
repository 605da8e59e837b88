"""Which partition a record belongs on, and which topics must have how many."""

from __future__ import annotations

from typing import Final

from aiokafka.partitioner import murmur2

BY_NUMBER: Final = ("totals", "accounts", "dead-letters", "late")
"""Task n writes partition n of them: they have as many as the input topics."""
OF_ONE: Final = ("merge", "clock", "control")
"""They have one."""


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition that Kafka's default partitioner puts a record key on.

    >>> partition_of(b"acme", 4)
    0
    """
    return int(murmur2(key) & 0x7FFFFFFF) % partitions
