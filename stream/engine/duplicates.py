"""Duplicates: which events were seen, in 20 bytes of memory an event.

An event is known by a 64-bit hash of its record key, source and id, with 32 bits of its bytes beside it, which tell a
repeat from a conflict. Hashes stand sorted in many short arrays: a look-up is a bisection of about 64 numbers.

What a collision costs: with n events in the index, a new event is taken for a duplicate with probability n ÷ 2⁶⁴
(5·10⁻¹³ at ten million); a conflict is taken for a repeat with probability 2⁻³².
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterable, MutableMapping
from enum import IntEnum
from struct import Struct
from typing import Final

from xxhash import xxh3_64_intdigest

from stream.engine.tables import declare

HOUR: Final = 3_600_000_000
IDS_A_ROW: Final = 40_000
_ID: Final = Struct("<IQ")
"""The check and the hash."""
_ID_BYTES: Final = _ID.size
_CELL: Final = 128
_TOPIC_BITS: Final = 3
_EXPIRED_SHARE: Final = 4

IdsKey = tuple[int, int]
"""Bucket (the hour in which its ids expire, and the topic) and a number within it."""

TABLE: Final = declare("ids", IdsKey, bytes)


class Seen(IntEnum):
    """What is known of an event."""

    NEW = 0
    REPEATED = 1
    CONFLICTING = 2


def identity(key: str, source: str, event_id: str) -> int:
    """Return the 64-bit hash of what makes two events the same; lengths keep the parts apart."""
    return xxh3_64_intdigest(f"{len(key)},{len(source)},{key}{source}{event_id}".encode())


_NO_BUCKET: Final = 0xFFFFFFFF


class Index:
    """A map from 64-bit hashes to 64-bit values, packed."""

    def __init__(self) -> None:
        self._shift = 64
        self._hashes: list[array[int]] = [array("Q")]
        self._values: list[array[int]] = [array("Q")]
        self.size = 0

    def put(self, hashed: int, value: int) -> int | None:
        """Return the value that a hash has, or give it this one and return None."""
        cell = hashed >> self._shift
        hashes = self._hashes[cell]
        place = bisect_left(hashes, hashed)
        if place < len(hashes) and hashes[place] == hashed:
            return self._values[cell][place]
        hashes.insert(place, hashed)
        self._values[cell].insert(place, value)
        return None

    def fill(self, known: Iterable[tuple[int, int]], size: int) -> None:
        """Put many hashes, each once, with their values into an empty index.

        A cell is sorted when it is full, which costs a third of keeping it sorted hash by hash.
        """
        self.size = size
        while size > _CELL << (64 - self._shift):
            self._shift -= 1
        shift, cells = self._shift, 1 << (64 - self._shift)
        hashes, values = [array("Q") for _ in range(cells)], [array("Q") for _ in range(cells)]
        for hashed, value in known:
            cell = hashed >> shift
            hashes[cell].append(hashed)
            values[cell].append(value)
        for cell, unsorted in enumerate(hashes):
            by_hash = dict(zip(unsorted, values[cell], strict=True))
            hashes[cell] = array("Q", sorted(by_hash))
            values[cell] = array("Q", map(by_hash.__getitem__, hashes[cell]))
        self._hashes, self._values = hashes, values

    def get(self, hashed: int) -> int | None:
        """Return the value that a hash has."""
        cell = hashed >> self._shift
        hashes = self._hashes[cell]
        place = bisect_left(hashes, hashed)
        return self._values[cell][place] if place < len(hashes) and hashes[place] == hashed else None

    def grew(self, number: int) -> None:
        """Keep look-ups short after so many hashes were put."""
        self.size += number
        while self.size > _CELL * len(self._hashes):
            self._split()

    def replace(self, hashed: int, value: int) -> None:
        """Give a hash that is there another value."""
        cell = hashed >> self._shift
        self._values[cell][bisect_left(self._hashes[cell], hashed)] = value

    def sweep_some(self, start: int, live: Container[int]) -> int:
        """Forget what belongs to no live bucket, in some cells from one on; return the one to go on with, 0 at the end.

        So no settlement waits for all of them.
        """
        cells = len(self._hashes)
        end = start + cells // 16 + 1
        for cell in range(start, min(end, cells)):
            self.sweep(cell, live)
        return end if end < cells else 0

    def sweep(self, cell: int, live: Container[int]) -> None:
        """Forget what belongs to no live bucket, in one cell."""
        hashes, values = self._hashes[cell], self._values[cell]
        kept = [place for place, value in enumerate(values) if value & 0xFFFFFFFF in live]
        if len(kept) < len(values):
            self.size -= len(values) - len(kept)
            self._hashes[cell] = array("Q", [hashes[place] for place in kept])
            self._values[cell] = array("Q", [values[place] for place in kept])

    def cells(self) -> int:
        """Return how many arrays there are."""
        return len(self._hashes)

    def memory(self) -> int:
        """Return the bytes that the arrays take."""
        return sum(one.buffer_info()[1] * 8 + 80 for one in (*self._hashes, *self._values))

    def _split(self) -> None:
        """Halve every cell: a cell is the hashes with the same leading bits, so each splits at one place."""
        self._shift -= 1
        hashes: list[array[int]] = []
        values: list[array[int]] = []
        while self._hashes:  # from the end, so that an old cell is let go of once it is split
            old, old_values = self._hashes.pop(), self._values.pop()
            place = bisect_left(old, (2 * len(self._hashes) + 1) << self._shift)
            hashes += [old[place:], old[:place]]
            values += [old_values[place:], old_values[:place]]
        hashes.reverse()
        values.reverse()
        self._hashes, self._values = hashes, values


class Duplicates:
    """The events of one partition that were seen within the horizon of their topic.

    Args:
        rows: packed ids: 8 bytes of hash and 4 of content each.
        horizons: by topic, in their fixed order, how long after its event time (µs) an event is remembered at least.
    """

    def __init__(self, rows: MutableMapping[IdsKey, bytes], horizons: list[int]) -> None:
        self._rows: Final = rows
        self.horizons: Final = horizons
        self._index: Final = Index()
        self.put: Final = self._index.put
        """Look a hash up: its value is the check, shifted by 32 bits, and the bucket."""
        self._fresh: dict[int, list[int]] = {}
        self._live: dict[int, list[IdsKey]] = {}
        self._expired = 0
        self._swept = 0
        for key in rows:
            self._live.setdefault(key[0], []).append(key)
        known = (
            (hashed, check << 32 | bucket)
            for (bucket, _), packed in rows.items()
            for check, hashed in _ID.iter_unpack(packed)
        )
        self._index.fill(known, sum(map(len, rows.values())) // _ID_BYTES)

    def __len__(self) -> int:
        return self._index.size

    def bucket(self, topic: int, hour: int) -> tuple[int, list[int]]:
        """Return the bucket of ids of a topic that expire in an hour, and the list of those that are new in it.

        An event is new if `put` says None; its hash is then appended to the list, shifted by 32 bits, with the check.
        What expires before 1970 is kept with the first hour of then: a bucket is not negative.
        """
        bucket = max(hour + 1, 0) << _TOPIC_BITS | topic
        fresh = self._fresh.get(bucket)
        if fresh is None:
            fresh = self._fresh[bucket] = []
            self._live.setdefault(bucket, [])
        return bucket, fresh

    def judge(self, known: int, hashed: int, value: int) -> Seen:
        """Say what an event is whose hash has a value already; one that has expired is new, with its own value."""
        if known & 0xFFFFFFFF in self._live:
            return Seen.REPEATED if known >> 32 == value >> 32 else Seen.CONFLICTING
        self._index.replace(hashed, value)
        return Seen.NEW

    def forget(self, hashed: int) -> None:
        """Forget an event that is remembered: it was not counted after all."""
        value = self.put(hashed, _NO_BUCKET)
        if value is None:
            return
        self._index.replace(hashed, _NO_BUCKET)  # who comes next is new
        bucket = value & 0xFFFFFFFF
        fresh = self._fresh.get(bucket, [])
        fresh[:] = [one for one in fresh if one >> 32 != hashed]
        for key in self._live.get(bucket, ()):
            packed = self._rows[key]
            kept = [packed[place : place + _ID_BYTES] for place in range(0, len(packed), _ID_BYTES)]
            left = b"".join(one for one in kept if int.from_bytes(one, "little") >> 32 != hashed)
            if len(left) < len(packed):
                self._rows[key] = left

    def settle(self, watermarks: list[int]) -> None:
        """Write what is new, and forget the buckets whose hour the watermark (µs) of their topic has passed."""
        for bucket, ids in self._fresh.items():
            self._index.grew(len(ids))
            keys = self._live[bucket]
            for start in range(0, len(ids), IDS_A_ROW):
                key = (bucket, keys[-1][1] + 1 if keys else 0)
                self._rows[key] = b"".join(one.to_bytes(_ID_BYTES, "little") for one in ids[start : start + IDS_A_ROW])
                keys.append(key)
        self._fresh.clear()
        for bucket in [one for one in self._live if one >> _TOPIC_BITS < watermarks[one & 7] // HOUR]:
            for key in self._live.pop(bucket):
                self._expired += len(self._rows[key]) // _ID_BYTES
                del self._rows[key]
        if self._expired * _EXPIRED_SHARE > self._index.size:
            self._sweep()

    def memory(self) -> int:
        """Return the bytes that the index takes."""
        return self._index.memory()

    def _sweep(self) -> None:
        """Drop expired ids from some of the cells; the rest waits for the next settlements."""
        self._swept = self._index.sweep_some(self._swept, self._live)
        if not self._swept:
            self._expired = 0
