"""Events in the order of (event time, bytes), whatever the order of the lines: an external merge sort.

Lines are collected into runs of bounded size; a run is sorted in memory and written to a file. Runs that follow one
another in time, as those of a file in order do, are chained instead of merged. Files are compressed: events are so
alike that even those of a compressed input take hardly more room than they did there.
"""

from __future__ import annotations

import heapq
import marshal
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import zstandard

Timed = tuple[int, bytes]
"""Event time in µs, and the line."""

RUN_BYTES: Final = 32 * 2**20
"""Lines that are sorted in memory at once, over all parts of the keys."""
CHUNK_BYTES: Final = 2**17
"""Lines that are read at once. A merge holds a chunk of every run: 128 KiB for every 32 MiB that were out of order."""
_HEADER: Final = 4
_MARSHAL: Final = 2
"""Later versions look for objects that occur twice, which takes three times as long."""


class Run(NamedTuple):
    """A sorted file, and the first and last of what is in it."""

    first: Timed
    last: Timed
    path: str


class RunWriter:
    """Takes timed lines in any order and writes them as runs.

    Args:
        folder: where the files go.
        name: how their names begin.
        limit: bytes of lines that are held in memory.
    """

    def __init__(self, folder: Path, name: str, limit: int) -> None:
        self._folder: Final = folder
        self._name: Final = name
        self._limit: Final = limit
        self._lines: list[Timed] = []
        self._bytes = 0
        self._runs: list[Run] = []

    def add(self, at: int, line: bytes) -> None:
        """Take a line."""
        self._lines.append((at, line))
        self._bytes += len(line)
        if self._bytes >= self._limit:
            self._write()

    def finish(self) -> list[Run]:
        """Write what is left; return all runs."""
        if self._lines:
            self._write()
        return self._runs

    def _write(self) -> None:
        self._lines.sort()
        path = self._folder / f"{self._name}-{len(self._runs)}"
        with path.open("wb") as file:
            chunks = Chunks(file)
            for at, line in self._lines:
                chunks.add((at, line), len(line))
            chunks.finish()
        self._runs.append(Run(self._lines[0], self._lines[-1], str(path)))
        self._lines, self._bytes = [], 0


class Chunks:
    """Writes rows to a file, some together, compressed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: Final = file
        self._compress: Final = zstandard.ZstdCompressor(level=1).compress
        self._rows: list[Any] = []
        self._bytes = 0

    def add(self, row: Any, size: int) -> None:
        """Take a row of plain data that has about so many bytes."""
        self._rows.append(row)
        self._bytes += size
        if self._bytes >= CHUNK_BYTES:
            self.finish()

    def finish(self) -> None:
        """Write what is left."""
        if self._rows:
            packed = self._compress(marshal.dumps(self._rows, _MARSHAL))
            self._file.write(len(packed).to_bytes(_HEADER, "little") + packed)
        self._rows, self._bytes = [], 0


def rows_of(path: str) -> Iterator[Any]:
    """Yield the rows that `Chunks` wrote to a file.

    The file is open only while a chunk is read: a merge may have more runs than a process may have open files.
    """
    decompress = zstandard.ZstdDecompressor().decompress
    position = 0
    while True:
        with Path(path).open("rb", buffering=0) as file:
            file.seek(position)
            size = int.from_bytes(file.read(_HEADER), "little")
            packed = file.read(size)
        if not packed:
            return
        position += _HEADER + size
        # written a moment ago by this program, on this machine
        yield from marshal.loads(decompress(packed))  # noqa: S302


def ordered(runs: Sequence[Run]) -> Iterator[Timed]:
    """Yield the lines of runs in order."""
    runs = sorted(runs)
    if all(before.last <= after.first for before, after in pairwise(runs)):
        return chain.from_iterable(rows_of(run.path) for run in runs)
    return heapq.merge(*(rows_of(run.path) for run in runs))
