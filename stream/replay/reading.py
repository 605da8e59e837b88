"""Lines of files, as they were written: plain, `.gz` and `.zst`, `-` for stdin; plain ones also in pieces."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

import zstandard

PIECE_BYTES: Final = 32 * 2**20
STDIN: Final = "-"

Tell = Callable[[int], None]
"""Told how much more of something is done."""

_COMPRESSED: Final = (".gz", ".zst")
_TOLD_EVERY: Final = 5_000
_READ_BYTES: Final = 2**20


class Piece(NamedTuple):
    """Part of a file: the lines that begin in `[start, end)` bytes; the whole of it for an `end` of None."""

    path: str
    size: int
    """Bytes, for a progress bar; 0 where nobody knows."""
    start: int = 0
    end: int | None = None
    shared: bool = True
    """Whether another process can open it too: stdin and pipes are this process's own."""

    @property
    def is_compressed(self) -> bool:
        """Whether there is more in it than it has bytes."""
        return self.path.endswith(_COMPRESSED)


def pieces(path: str) -> list[Piece]:
    """Return the pieces of a file that can be read side by side; a compressed one, a pipe or stdin is one piece.

    Raises:
        OSError: if there is no such file, or it is a directory.
    """
    if path == STDIN:
        return [Piece(path, 0, shared=False)]
    file = Path(path)
    size = file.stat().st_size
    if file.is_dir():
        raise IsADirectoryError(f"{path} is a directory; name the files in it")
    if not file.is_file():
        return [Piece(path, 0, shared=False)]
    if path.endswith(_COMPRESSED) or size <= PIECE_BYTES:
        return [Piece(path, size)]
    starts = range(0, size, PIECE_BYTES)
    return [Piece(path, min(PIECE_BYTES, size - start), start, start + PIECE_BYTES) for start in starts]


def lines_of(piece: Piece, tell: Tell | None = None) -> Iterator[bytes]:
    """Yield the lines of a piece, without their line breaks; blank ones too, so that they can be numbered.

    Args:
        piece: what to read.
        tell: is told now and then how many more bytes of the file were read.

    Raises:
        OSError: if the file cannot be read, or is not what its name says.
    """
    with _opened(piece.path) as (file, raw):
        told = position = piece.start
        try:
            if piece.start:
                file.seek(piece.start - 1)  # a line that begins exactly here is this piece's
                position += len(file.readline()) - 1
            for number, line in enumerate(file, 1):
                if piece.end is not None and position >= piece.end:
                    break
                position += len(line)
                yield line[: -2 if line.endswith(b"\r\n") else -1] if line.endswith(b"\n") else line
                if tell is not None and piece.size and not number % _TOLD_EVERY:
                    reached = raw.tell() if piece.end is None else position
                    tell(reached - told)
                    told = reached
        except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
            raise OSError(f"{piece.path} ends in the middle or is damaged: {error}") from error
        if tell is not None:
            tell(piece.start + piece.size - told)


@contextmanager
def _opened(path: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a file; what is in it, and the file itself, are the same where it is not compressed."""
    if path == STDIN:
        yield sys.stdin.buffer, sys.stdin.buffer
        return
    with Path(path).open("rb", buffering=_READ_BYTES) as raw:
        if path.endswith(".gz"):
            yield _buffered(gzip.GzipFile(fileobj=raw)), raw
        elif path.endswith(".zst"):
            yield _buffered(_Frames(raw)), raw
        else:
            yield raw, raw


def _buffered(raw: object) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", raw), _READ_BYTES))


class _Frames(io.RawIOBase):
    """What is in the frames of a `.zst` file; one that ends in the middle is an error, as it is not to zstandard."""

    _STEP: Final = 16 * 2**10

    def __init__(self, raw: BinaryIO) -> None:
        self._raw: Final = raw
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._unread = b""
        self._ready = b""

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer as far as there is something ready; 0 at the end of the file.

        Raises:
            EOFError: if the file ends within a frame.
        """
        while not self._ready:
            data = self._unread or self._raw.read(self._STEP)
            if not data:
                if self._frame is not None:
                    raise EOFError("the last frame is not complete")
                return 0
            frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            self._ready = frame.decompress(data)
            self._unread = frame.unused_data if frame.eof else b""
            self._frame = None if frame.eof else frame
        view = memoryview(buffer)
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size
