"""Events in the order of (event time, bytes), whatever the order of the lines: an external merge sort.

Lines are collected into runs of bounded size; a run is sorted in memory and written to a file. Runs that follow one
another in time, as those of a file in order do, are chained instead of merged.
"""

from __future__ import annotations

import heapq
import marshal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, pairwise
from pathlib import Path
from typing import Final, NamedTuple

Timed = tuple[int, bytes]
"""Event time in µs, and the line."""

RUN_BYTES: Final = 16 * 2**20
CHUNK: Final = 1_000
"""Lines that are read at once."""


class Run(NamedTuple):
    """A sorted file, and the first and last of what is in it."""

    first: Timed
    last: Timed
    path: str


class RunWriter:
    """Takes timed lines in any order and writes them as runs."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder: Final = folder
        self._name: Final = name
        self._lines: list[Timed] = []
        self._bytes = 0
        self._runs: list[Run] = []

    def add(self, at: int, line: bytes) -> None:
        """Take a line."""
        self._lines.append((at, line))
        self._bytes += len(line)
        if self._bytes >= RUN_BYTES:
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
            for start in range(0, len(self._lines), CHUNK):
                marshal.dump(self._lines[start : start + CHUNK], file)
        self._runs.append(Run(self._lines[0], self._lines[-1], str(path)))
        self._lines, self._bytes = [], 0


def ordered(runs: Sequence[Run]) -> Iterator[Timed]:
    """Yield the lines of runs in order."""
    runs = sorted(runs)
    if all(before.last <= after.first for before, after in pairwise(runs)):
        return chain.from_iterable(_lines_of(run) for run in runs)
    return heapq.merge(*(_lines_of(run) for run in runs))


def _lines_of(run: Run) -> Iterator[Timed]:
    with Path(run.path).open("rb") as file, suppress(EOFError):
        while True:
            # written a moment ago by this program, on this machine
            yield from marshal.load(file)  # noqa: S302
