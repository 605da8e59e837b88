"""The first half of a replay: lines are decoded, refused or sorted, and put to the part of the keys they belong to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from schemas.errors import BadEvent
from schemas.keys import message_key
from stream.engine.decoding import decode
from stream.replay.reading import Piece, lines_of
from stream.replay.sorting import Run, RunWriter


class Refusal(NamedTuple):
    """A line that is no valid event."""

    number: int
    reason: str
    detail: str
    data: bytes

    def as_json(self) -> bytes:
        """Return the dead letter; bytes that are no UTF-8 stand in `value` as Python's `surrogateescape` writes them."""
        value = self.data.decode("utf-8", "surrogateescape")
        letter = {"line": self.number, "reason": self.reason, "detail": self.detail, "value": value}
        return json.dumps(letter, separators=(",", ":")).encode()


class Spooled(NamedTuple):
    """What became of a piece: how many lines it had, its runs by part, and where the refused lines are."""

    lines: int
    runs: list[list[Run]]
    refusals: str | None
    first: int | None
    """The earliest event time (µs) of an event that is no test and no bot."""
    latest: int | None
    """The latest one."""


def spool(piece: Piece, parts: int, folder: str, name: str) -> Spooled:
    """Decode the lines of a piece and write them as sorted runs, by part of the keys.

    Raises:
        OSError: if the piece cannot be read, or the folder not written.
    """
    writers = [RunWriter(Path(folder), f"{name}-{part}") for part in range(parts)]
    refused = Path(folder) / f"{name}-refused"
    first = latest = None
    number = 0
    letters = None
    try:
        for number, line in enumerate(lines_of(piece), 1):
            if not line or line.isspace():
                continue
            try:
                at, event = decode(line)
            except BadEvent as bad:
                letters = letters or refused.open("wb")
                letters.write(Refusal(number, bad.reason, bad.detail, line).as_json() + b"\n")
                continue
            writers[crc32(key_of(event).encode()) % parts if parts > 1 else 0].add(at, line)
            if not (event.test or getattr(event, "is_bot", False)):
                first = at if first is None or at < first else first
                latest = at if latest is None or at > latest else latest
    finally:
        if letters is not None:
            letters.close()
    found = str(refused) if letters is not None else None
    return Spooled(number, [writer.finish() for writer in writers], found, first, latest)


def key_of(event: Any) -> str:
    """Return the record key that an event would have."""
    if event.account_id is not None and event.family in ("usage", "billing", "feedback"):
        return str(event.account_id)
    return message_key(event)


def refusals(spooled: Spooled, before: int) -> Iterator[Refusal]:
    """Yield the refused lines of a piece, numbered after the lines `before` it."""
    if spooled.refusals is None:
        return
    with Path(spooled.refusals).open("rb") as file:
        for line in file:
            letter = json.loads(line)
            data = letter["value"].encode("utf-8", "surrogateescape")
            yield Refusal(before + letter["line"], letter["reason"], letter["detail"], data)
