"""The gate: the event time that workers may read up to, so that events last as long as the faults do.

It is a file, which the harness writes and all workers look at. Time in it goes on while faults happen; without it a
worker would have read everything before the first one.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from stream.runtime import partition_task

_HEADER: Final = "passes-at"
EVERY: Final = 0.1
RECORDS: Final = 10
"""Records a batch: many small checkpoints are what faults are to meet."""
OPEN: Final = 1 << 62
RECORDS_WHERE_OPEN: Final = 500


class Gate:
    """Milliseconds of event time in a file.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path

    def open_to(self, milliseconds: int) -> None:
        """Let records up to a time pass."""
        there = self._path.with_suffix(".new")
        there.write_text(str(milliseconds))
        there.rename(self._path)

    def at(self) -> int:
        """Return how far it is open."""
        return int(self._path.read_text())


def passes_at(milliseconds: int) -> tuple[str, bytes]:
    """Return the header of a record that passes the gate at a time.

    The record's timestamp would do, but brokers delete by it what is old.
    """
    return _HEADER, str(milliseconds).encode()


def _passes_at(record: Any) -> int:
    return int(dict(record.headers)[_HEADER])


def stand(gate: Gate) -> None:
    """Let the partitions of this process stop at the gate: what is behind it is not there yet.

    Where the next record of a topic is behind it, all that comes before the gate has been read of that topic: time goes
    on to the gate, so every partition has something to commit.
    """
    task = partition_task.PartitionTask
    hand_over, highest = task._hand_over, task._highest
    held: dict[Any, tuple[Any, int]] = {}

    async def gated(self: partition_task.PartitionTask, tp: Any, records: list[Any]) -> None:
        at = gate.at()
        partition_task.BATCH_RECORDS = RECORDS if at < OPEN else RECORDS_WHERE_OPEN  # type: ignore[misc]
        passing = next((place for place, one in enumerate(records) if _passes_at(one) > at), len(records))
        if passing:
            await hand_over(self, tp, records[:passing])
        if passing < len(records):
            behind = records[passing]
            self._reader.seek(tp, behind.offset)
            held[tp] = self._reader, _passes_at(behind)
            await asyncio.sleep(EVERY)

    def up_to_the_gate(self: partition_task.PartitionTask, tp: Any) -> int:
        at = gate.at()
        reader, next_at = held.get(tp, (None, 0))
        return at * 1_000 if reader is self._reader and at < next_at else highest(self, tp)

    task._hand_over = gated  # type: ignore[method-assign]
    task._highest = up_to_the_gate  # type: ignore[method-assign]
    partition_task.BATCH_RECORDS = RECORDS  # type: ignore[misc]
