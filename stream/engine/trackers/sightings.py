"""Sightings: what was told once, in about 40 bytes of memory, 24 of them a row's.

Nearly everything that has an id of its own is told once. So it has no row of its own: a row holds what was told in one
hour of event time between two checkpoints, and leaves with the hour. A packed index of 64-bit hashes says where in the
rows a name stands.

What a collision costs: with n sightings, a new one is taken for a known one with probability n ÷ 2⁶⁴.
"""

from __future__ import annotations

from array import array
from collections.abc import MutableMapping, Sequence
from typing import Final, NamedTuple

from xxhash import xxh3_64_intdigest

from stream.engine.duplicates import HOUR, Index
from stream.engine.tables import declare
from stream.engine.trackers.links import PersonKey

_PLACE_BITS: Final = 15
SIGHTINGS_A_ROW: Final = 20_000
"""At most 1 << `_PLACE_BITS`; a row is then 640 kB on the wire."""
_WORDS: Final = 3
"""The hash of the name, µs within the hour above 32 bits of combination, the hash of who tells it."""
_BYTES: Final = 8 * _WORDS
_FULL: Final = _WORDS * SIGHTINGS_A_ROW
_HALF: Final = 32
_LOW: Final = (1 << _HALF) - 1
_EXPIRED_SHARE: Final = 4

SightingsKey = tuple[int, int]
"""Hour of the sightings, and a number within it."""

TABLE: Final = declare("sightings", SightingsKey, bytes)


class Sighting(NamedTuple):
    """What was told once: when (µs), under which combination, and the hash of who told it."""

    at: int
    combination: int
    teller: int


def hash_of_name(scope: str, name: str) -> int:
    """Return the hash of what is told: nobody outside of a scope can be the one who tells it again."""
    return xxh3_64_intdigest(f"{len(scope)},{scope}{name}".encode())


def hash_of_teller(key: PersonKey) -> int:
    """Return the hash of a raw id."""
    kind, scope, name = key
    return xxh3_64_intdigest(f"{kind}{len(scope)},{scope}{name}".encode())


class Sightings:
    """What was told once in one partition.

    Args:
        rows: packed sightings.
        kept: how long after its time (µs) a sighting is kept at least.
    """

    def __init__(self, rows: MutableMapping[SightingsKey, bytes], kept: int) -> None:
        self._rows: Final = rows
        self._kept: Final = kept
        self._index: Final = Index()
        self._fresh: Final[dict[int, list[int]]] = {}
        self._next: Final[dict[int, int]] = {}
        """By live hour, the number of the row that is being filled."""
        self._expired = self._swept = 0
        for hour, number in sorted(rows):
            self._next[hour] = number + 1
        known = (
            (hashed, _where(hour, number, place))
            for (hour, number), packed in rows.items()
            for place, hashed in enumerate(array("Q", packed)[::_WORDS])
        )
        self._index.fill(known, sum(map(len, rows.values())) // _BYTES)

    def __len__(self) -> int:
        return self._index.size

    def put(self, hashed: int, at: int, combination: int, teller: int) -> bool:
        """Keep a sighting of a name, unless there is one; say whether it is kept."""
        hour = at // HOUR
        words = self._fresh.get(hour)
        if words is None or len(words) == _FULL:
            words = self._begin(hour)
        where = (self._next[hour] << _PLACE_BITS | len(words) // _WORDS) << _HALF | hour
        known = self._index.put(hashed, where)
        if known is not None:
            if known & _LOW in self._next:
                return False
            self._index.replace(hashed, where)
        words += (hashed, at % HOUR << _HALF | combination, teller)
        return True

    def get(self, hashed: int) -> Sighting | None:
        """Return the sighting that there is of a name."""
        where = self._index.get(hashed)
        if where is None or where & _LOW not in self._next:
            return None
        hour, place = where & _LOW, (where >> _HALF) & (1 << _PLACE_BITS) - 1
        number = where >> _HALF + _PLACE_BITS
        words: Sequence[int] = self._fresh[hour] if number == self._next[hour] else array("Q", self._rows[hour, number])
        _, told, teller = words[place * _WORDS : (place + 1) * _WORDS]
        return Sighting(hour * HOUR + (told >> _HALF), told & _LOW, teller)

    def settle(self) -> None:
        """Write what is new."""
        for hour in list(self._fresh):
            self._write(hour)

    def expire(self, watermark: int) -> None:
        """Forget the hours of which nothing is to be kept after a watermark (µs); nothing waits to be written."""
        since = (watermark - self._kept) // HOUR
        for hour in [hour for hour in self._next if hour < since]:
            for number in range(self._next.pop(hour)):
                self._expired += len(self._rows[hour, number]) // _BYTES
                del self._rows[hour, number]
        if self._expired * _EXPIRED_SHARE > self._index.size:
            self._swept = self._index.sweep_some(self._swept, self._next.keys())
            if not self._swept:
                self._expired = 0

    def memory(self) -> int:
        """Return the bytes that the index takes."""
        return self._index.memory()

    def _begin(self, hour: int) -> list[int]:
        if hour in self._fresh:
            self._write(hour)
        self._next.setdefault(hour, 0)
        words = self._fresh[hour] = list[int]()
        return words

    def _write(self, hour: int) -> None:
        words = self._fresh.pop(hour)
        if words:
            self._index.grew(len(words) // _WORDS)
            self._rows[hour, self._next[hour]] = array("Q", words).tobytes()
            self._next[hour] += 1


def _where(hour: int, number: int, place: int) -> int:
    return (number << _PLACE_BITS | place) << _HALF | hour
