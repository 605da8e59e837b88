"""Events in the order of (event time, bytes), whatever the order of the lines: an external merge sort.

Lines are collected into runs of bounded size; a run is sorted in memory and written to a temporary file. Runs that follow
one another in time, as those of a file in order do, are chained instead of merged.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from itertools import chain
from struct import Struct
from typing import IO, Final

Timed = tuple[int, bytes]
"""Event time in µs, and the line."""

RUN_BYTES: Final = 32 * 2**20
_HEAD: Final = Struct("<qI")


class Sorter:
    """Takes timed lines in any order and gives them back in order, once."""

    def __init__(self, run_bytes: int = RUN_BYTES) -> None:
        self._run_bytes: Final = run_bytes
        self._run: list[Timed] = []
        self._bytes = 0
        self._spooled: list[tuple[Timed, Timed, IO[bytes]]] = []

    def add(self, at: int, line: bytes) -> None:
        """Take a line."""
        self._run.append((at, line))
        self._bytes += len(line)
        if self._bytes >= self._run_bytes:
            self._spool()

    def ordered(self) -> Iterator[Timed]:
        """Yield all lines in order."""
        self._run.sort()
        if not self._spooled:
            return iter(self._run)
        if self._run:
            self._spool()
        spooled = sorted(self._spooled, key=lambda run: run[:2])
        runs = [_lines_of(file) for _, _, file in spooled]
        if all(before[1] <= after[0] for before, after in zip(spooled, spooled[1:], strict=False)):
            return chain.from_iterable(runs)
        return heapq.merge(*runs)

    def close(self) -> None:
        """Remove the temporary files."""
        for _, _, file in self._spooled:
            file.close()

    def _spool(self) -> None:
        self._run.sort()
        file = tempfile.TemporaryFile(prefix="vitals-replay-", buffering=2**20)  # noqa: SIM115 - lives with the sorter
        for at, line in self._run:
            file.write(_HEAD.pack(at, len(line)))
            file.write(line)
        self._spooled.append((self._run[0], self._run[-1], file))
        self._run, self._bytes = [], 0


def _lines_of(file: IO[bytes]) -> Iterator[Timed]:
    file.seek(0)
    read, unpack, size = file.read, _HEAD.unpack, _HEAD.size
    while head := read(size):
        at, length = unpack(head)
        yield at, read(length)
