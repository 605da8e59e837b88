"""Lines of files, as they were written: plain, `.gz` and `.zst`, `-` for stdin."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import zstandard


class Line(NamedTuple):
    """A line without its line break, where it stands, and how many bytes of its file were read by then."""

    file: str
    number: int
    data: bytes
    position: int


def size_of(path: str) -> int | None:
    """Return the bytes of a file, for a progress bar; None where nobody knows."""
    return None if path == "-" else Path(path).stat().st_size


def lines_of(path: str) -> Iterator[Line]:
    """Yield the lines of a file; blank ones are skipped, but numbered.

    Raises:
        OSError: if the file cannot be read, or is not what its name says.
    """
    with _opened(path) as (raw, content):
        try:
            for number, data in enumerate(content, 1):
                line = data.rstrip(b"\r\n")
                if line.strip():
                    yield Line(path, number, line, 0 if path == "-" else raw.tell())
        except (EOFError, zstandard.ZstdError) as error:
            raise OSError(f"{path} ends in the middle or is damaged: {error}") from error


class _opened:  # noqa: N801 - a context manager, used like the function it stands for
    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> tuple[BinaryIO, BinaryIO]:
        self._raw = cast("BinaryIO", sys.stdin.buffer) if self._path == "-" else Path(self._path).open("rb")
        content: BinaryIO = self._raw
        if self._path.endswith(".gz"):
            content = cast("BinaryIO", gzip.GzipFile(fileobj=self._raw))
        elif self._path.endswith(".zst"):
            reader = zstandard.ZstdDecompressor().stream_reader(self._raw, read_across_frames=True)
            content = cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", reader)))
        return self._raw, content

    def __exit__(self, *_: object) -> None:
        if self._path != "-":
            self._raw.close()
