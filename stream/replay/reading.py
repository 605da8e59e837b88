"""Lines of files, as they were written: plain, `.gz` and `.zst`, `-` for stdin; plain ones also in pieces."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

import zstandard

PIECE_BYTES: Final = 32 * 2**20
STDIN: Final = "-"


class Piece(NamedTuple):
    """Part of a file: the lines that begin in `[start, end)` bytes; the whole of it for an `end` of None."""

    path: str
    start: int = 0
    end: int | None = None

    @property
    def size(self) -> int:
        """Bytes, for a progress bar; 0 where nobody knows."""
        if self.end is not None:
            return self.end - self.start
        return 0 if self.path == STDIN else Path(self.path).stat().st_size


def pieces(path: str) -> list[Piece]:
    """Return the pieces of a file that can be read side by side; a compressed one, or stdin, is one piece.

    Raises:
        OSError: if there is no such file.
    """
    if path == STDIN:
        return [Piece(path)]
    size = Path(path).stat().st_size
    if path.endswith((".gz", ".zst")) or size <= PIECE_BYTES:
        return [Piece(path)]
    return [Piece(path, start, min(start + PIECE_BYTES, size)) for start in range(0, size, PIECE_BYTES)]


def lines_of(piece: Piece) -> Iterator[bytes]:
    """Yield the lines of a piece, without their line breaks; blank ones too, so that they can be numbered.

    Raises:
        OSError: if the file cannot be read, or is not what its name says.
    """
    with _opened(piece.path) as file:
        try:
            if piece.end is None:
                for line in file:
                    yield line.rstrip(b"\r\n")
            else:
                yield from _lines_between(file, piece.start, piece.end)
        except (EOFError, gzip.BadGzipFile, zstandard.ZstdError) as error:
            raise OSError(f"{piece.path} ends in the middle or is damaged: {error}") from error


def _lines_between(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    position = start
    if start:
        file.seek(start - 1)  # a line that begins exactly here is this piece's
        position += len(file.readline()) - 1
    for line in file:
        if position >= end:
            return
        position += len(line)
        yield line.rstrip(b"\r\n")


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    with Path(path).open("rb", buffering=2**20) as raw:
        if path.endswith(".gz"):
            yield cast("BinaryIO", gzip.GzipFile(fileobj=raw))
        elif path.endswith(".zst"):
            reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
            yield cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", reader)))
        else:
            yield raw
