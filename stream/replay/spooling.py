"""The first half of a replay: lines are decoded, refused or sorted, and put to the part of the keys they belong to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from schemas.errors import BadEvent
from stream.engine.decoding import decode
from stream.engine.intake import record_key
from stream.replay import sorting
from stream.replay.reading import Piece, Tell, lines_of
from stream.replay.sorting import Chunks, Run, RunWriter, rows_of


class Refusal(NamedTuple):
    """A line that is no valid event."""

    number: int
    reason: str
    detail: str
    data: bytes

    def as_json(self) -> bytes:
        """Return the dead letter; what is no UTF-8 stands in `value` as Python's `surrogateescape` writes them."""
        value = self.data.decode("utf-8", "surrogateescape")
        letter = {"line": self.number, "reason": self.reason, "detail": self.detail, "value": value}
        return json.dumps(letter, separators=(",", ":")).encode()


class Spooled(NamedTuple):
    """What became of a piece."""

    lines: int
    events: int
    runs: list[list[Run]]
    """By part of the keys."""
    first: int | None
    """The earliest event time (µs) of an event that is no test and no bot."""
    latest: int | None
    """The latest one."""


def spool(
    piece: Piece,
    parts: int,
    folder: Path,
    name: str,
    refuse: Callable[[Refusal], None],
    tell: Tell | None = None,
) -> Spooled:
    """Decode the lines of a piece and write them as sorted runs, by part of the keys.

    Args:
        piece: what to read.
        parts: how many parts there are.
        folder: where the runs go.
        name: how the names of their files begin.
        refuse: is told of every line that is no valid event, with its number in the piece.
        tell: is told now and then how many more bytes were read.

    Raises:
        OSError: if the piece cannot be read, or the folder not written.
    """
    writers = [RunWriter(folder, f"{name}-{part}", sorting.RUN_BYTES // parts) for part in range(parts)]
    first = latest = None
    number = events = 0
    for number, line in enumerate(lines_of(piece, tell), 1):
        if not line or line.isspace():
            continue
        try:
            at, event = decode(line)
        except BadEvent as bad:
            refuse(Refusal(number, bad.reason, bad.detail, line))
            continue
        events += 1
        writers[crc32(record_key(event).encode()) % parts if parts > 1 else 0].add(at, line)
        if not event.excluded:
            first = at if first is None or at < first else first
            latest = at if latest is None or at > latest else latest
    return Spooled(number, events, [writer.finish() for writer in writers], first, latest)


def spool_apart(piece: Piece, parts: int, folder: Path, name: str) -> tuple[Spooled, str]:
    """Do what `spool` does, in a process of its own: refused lines go to a file, which `refusals` reads."""
    path = folder / f"{name}-refused"
    with path.open("wb") as file:
        chunks = Chunks(file)
        spooled = spool(
            piece, parts, folder, name, lambda one: chunks.add((one[0], str(one[1]), one[2], one[3]), len(one.data))
        )
        chunks.finish()
    return spooled, str(path)


def refusals(path: str) -> Iterator[Refusal]:
    """Yield the refused lines that `spool_apart` wrote."""
    return (Refusal(*row) for row in rows_of(path))
