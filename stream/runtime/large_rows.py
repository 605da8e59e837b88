"""Rows that are too large for one record: written in parts, and put together when they are read back.

A row in parts has records under `parts`, NUL, the number of the part, NUL, the key of the row; under the key itself
there is none. So the compaction of the changelog keeps the newest writing of every part, and a version that does not
know of parts refuses them by name, as it does any table that it does not know. All parts are written in the
transaction that writes one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

Written = tuple[bytes, bytes | None]
"""Key and value of a record; a tombstone for None."""

PART_BYTES: Final = 750_000
"""A record batch has 900 kB at most, and the keys are in it, too."""
_PARTS: Final = b"parts\0"


class LargeRows:
    """The rows of one changelog that are in parts, and in how many."""

    def __init__(self) -> None:
        self._parts: Final[dict[bytes, int]] = {}

    def split(self, rows: Iterable[Written]) -> Iterator[Written]:
        """Yield the records of rows: for nearly all of them, the row as it is."""
        for key, value in rows:
            if (value is None or len(value) <= PART_BYTES) and key not in self._parts:
                yield key, value
            else:
                yield from self._split(key, value)

    def _split(self, key: bytes, value: bytes | None) -> Iterator[Written]:
        number = 0 if value is None or len(value) <= PART_BYTES else -(-len(value) // PART_BYTES)
        yield key, None if number else value
        for part in range(number):
            yield _named(part, key), value[part * PART_BYTES : (part + 1) * PART_BYTES] if value else None
        for part in range(number, self._parts.pop(key, 0)):
            yield _named(part, key), None
        if number:
            self._parts[key] = number

    def join(self, newest: Mapping[bytes, bytes | None]) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows that there are, of the newest record of each key."""
        found: defaultdict[bytes, dict[int, bytes]] = defaultdict(dict)
        for key, value in newest.items():
            if not key.startswith(_PARTS):
                if value is not None:
                    yield key, value
            elif value is not None:
                number, _, row = key.removeprefix(_PARTS).partition(b"\0")
                found[row][int(number)] = value
        for row, parts in found.items():
            self._parts[row] = len(parts)
            yield row, b"".join(parts[number] for number in range(len(parts)))


def _named(part: int, key: bytes) -> bytes:
    return _PARTS + str(part).encode() + b"\0" + key
