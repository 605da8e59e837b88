"""Faust tables whose rows live in the partitions' tasks, and the manager that gives partitions to tasks."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import faust
import msgspec
from aiokafka import TopicPartition
from faust.tables.manager import TableManager

from stream.engine.tables import Table

SEPARATOR: Final = b"\0"


class UnusableRowsError(RuntimeError):
    """The rows that are there cannot be used by this version of Vitals, however often it tries."""


class RowsOfFutureVersionError(UnusableRowsError):
    """Rows were written by a newer version; this one does not know what they mean."""


class Rows(dict[Any, Any]):
    """One table's rows in one partition; it remembers what changed since the last checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.dirty: set[Any] = set()

    def __setitem__(self, key: Any, row: Any) -> None:
        """Write a row."""
        dict.__setitem__(self, key, row)
        self.dirty.add(key)

    def __delitem__(self, key: Any) -> None:
        """Delete a row."""
        dict.__delitem__(self, key)
        self.dirty.add(key)

    def _refused(self, *_: Any, **__: Any) -> Any:
        raise TypeError("this would bypass the memory of what changed; assign or delete row by row")

    setdefault = update = pop = popitem = clear = __ior__ = _refused


class Codec:
    """How the rows of a table are written: JSON, which any console consumer can read, behind a version.

    Key: the table's name, a NUL, the key. Value: the version, a space, the row.
    """

    def __init__(self, table: Table) -> None:
        self.table: Final = table
        encode = msgspec.json.Encoder().encode
        self._encode: Final = encode
        self._name: Final = table.name.encode() + SEPARATOR
        self._known: Final = str(table.version).encode()
        self._version: Final = self._known + b" "
        self._key: Final = msgspec.json.Decoder(table.key).decode
        self._row: Final = msgspec.json.Decoder(table.row).decode

    def write(self, key: Any, row: Any) -> tuple[bytes, bytes | None]:
        """Return key and value of a row; a tombstone for None."""
        return self._name + self._encode(key), None if row is None else self._version + self._encode(row)

    def read_key(self, data: bytes) -> Any:
        """Return the key, from what follows the table's name."""
        return self._key(data)

    def read_row(self, data: bytes) -> Any:
        """Return the row.

        Raises:
            RowsOfFutureVersionError: if a newer version wrote it.
        """
        version, _, row = data.partition(b" ")
        if version != self._known and int(version) > self.table.version:
            raise RowsOfFutureVersionError(
                f"rows of {self.table.name} have version {int(version)}, this worker knows {self.table.version}; "
                "run the newer version of Vitals"
            )
        return self._row(row)


def changes(rows: Mapping[str, Rows], codecs: Mapping[str, Codec]) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield key and value of every row that changed since the last checkpoint."""
    for name, codec in codecs.items():
        table = rows[name]
        for key in table.dirty:
            yield codec.write(key, table.get(key))


class FaustTable(faust.Table):
    """A table as Faust shows it: all the rows held here, to read only. Tasks and engines write their own part."""

    @property
    def data(self) -> Any:
        """The rows of every partition that is held here."""
        return ChainMap(
            {}, *[task.rows[self.name] for task in self.app.tables.tasks.values() if self.name in task.rows]
        )

    def on_key_get(self, key: Any) -> None:
        """Nothing: the tasks know."""

    def on_key_set(self, key: Any, value: Any) -> None:  # noqa: ARG002 - Faust's signature
        """Refuse: the tasks write."""
        raise TypeError("rows are written by the task of their partition")

    def on_key_del(self, key: Any) -> None:  # noqa: ARG002 - Faust's signature
        """Refuse: the tasks write."""
        raise TypeError("rows are written by the task of their partition")

    async def on_start(self) -> None:
        """Nothing: topics are made when the worker starts."""

    async def on_rebalance(self, *_: Any) -> None:
        """Nothing: tasks restore their rows."""

    async def on_recovery_completed(self, *_: Any) -> None:
        """Nothing was recovered by Faust."""
        await self.call_recover_callbacks()


class Tables(TableManager):
    """Gives partitions to tasks. Faust's own recovery never sees these tables, nor its fetcher their topics."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tasks: dict[TopicPartition, Any] = {}

    def add(self, table: Any) -> Any:
        """Add a table, hidden from Faust's recovery and assignor."""
        super().add(table)
        self._changelogs.pop(table.changelog_topic.get_topic_name())
        self._channels[table] = None
        return table

    async def on_rebalance(self, assigned: Iterable[Any], revoked: Any, newly: Any, generation_id: int = 0) -> None:
        """Start a task for each new partition, cancel those of partitions that left; kept ones work on undisturbed."""
        mine = {TopicPartition(*tp) for tp in assigned if tp.topic in self.app.inboxes}
        thread = self.app.consumer._thread  # noqa: SLF001 - Faust must not fetch what the tasks fetch
        if mine:
            thread.thread_loop.call_soon_threadsafe(thread._consumer.pause, *mine)  # noqa: SLF001
        wanted = self.app.tasks_of(mine)
        for key in set(self.tasks) - set(wanted):
            self.tasks.pop(key).cancel()
        for key in set(wanted) - set(self.tasks):
            self.tasks[key] = wanted[key]()
        await super().on_rebalance(assigned, revoked, newly, generation_id)

    async def on_stop(self) -> None:
        """Let every task finish its batch and checkpoint; not needed for exactness, but saves the next holder work."""
        await asyncio.gather(*[task.stop() for task in self.tasks.values()])
        await super().on_stop()
