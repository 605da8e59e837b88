"""The history of all values, in columns.

An entry of the stream in Redis is a whole snapshot, and there are 10,080 of them by default: some 200 MB, read once and
then only as it grows. Here a value takes 8 bytes a minute, 40 MB for everything.
"""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from math import isnan, nan
from typing import Any, Final

import msgspec
from msgspec import Struct

from stream.serve.reader import Reader

_PIECE: Final = 50
FRESH: Final = 5.0
"""Seconds for which what was read is not read again: an entry comes once a minute."""
_NONE: Final = b"-"
_NUMBERS: Final = (int, float)


class _Entry(Struct):
    values: dict[str, Any]


_decoder: Final = msgspec.json.Decoder(_Entry)


class History:
    """The numbers that the segment `all` had, minute by minute.

    Args:
        reader: where it is read.
        monotonic: a clock in seconds.
    """

    def __init__(self, reader: Reader, monotonic: Callable[[], float]) -> None:
        self._reader: Final = reader
        self._monotonic: Final = monotonic
        self._lock: Final = asyncio.Lock()
        self._read_at: float | None = None
        self._clear()

    def _clear(self) -> None:
        self._last = _NONE
        self._times: array[int] = array("q")
        self._columns: dict[str, array[float]] = {}

    async def refresh(self) -> None:
        """Read what was added, unless that was done a moment ago.

        Raises:
            RedisError, OSError: if Redis does not answer.
        """
        async with self._lock:
            if self._read_at is not None and self._monotonic() < self._read_at + FRESH:
                return
            while await self._read_piece():
                pass
            self._read_at = self._monotonic()

    async def _read_piece(self) -> bool:
        """Read some entries; say whether there may be more."""
        first, last, entries = await self._reader.history(self._last, _PIECE)
        if last is None or _ordered(last) < _ordered(self._last):  # emptied, or begun anew in an earlier time
            known = self._last != _NONE
            self._clear()
            return known and last is not None
        if first is not None:
            self._drop_before(_ordered(first)[0] // 1_000)
        if entries:
            self._append(
                [_ordered(name)[0] // 1_000 for name, _ in entries],
                [_decoder.decode(snapshot).values for _, snapshot in entries],
            )
            self._last = entries[-1][0]
        return len(entries) == _PIECE

    def _append(self, seconds: list[int], rows: list[dict[str, Any]]) -> None:
        """Append entries, column by column: value by value takes ten times as long."""
        known = len(self._times)
        self._times.extend(seconds)
        for name, values in _by_name(rows):
            numbers = _numbers(values)
            column = self._columns.get(name)
            if column is None:
                if all(map(isnan, numbers)):
                    continue  # a table, or nothing yet
                column = self._columns[name] = array("d")
            column.extend([nan] * (known - len(column)))
            column.extend(numbers)

    def _drop_before(self, second: int) -> None:
        gone = bisect_left(self._times, second)
        if gone:
            del self._times[:gone]
            for column in self._columns.values():
                del column[:gone]

    def between(
        self, names: list[str], begin: int | None, end: int | None, most: int
    ) -> tuple[list[int], dict[str, list[float | None]]]:
        """Return what values were.

        Args:
            names: of the values.
            begin: seconds since the epoch, included; None: from the oldest on.
            end: seconds, excluded; None: up to the newest.
            most: points to return at most; of more, the last one of each of so many equal stretches is returned.

        Returns:
            Seconds since the epoch, and for each value as many numbers, null where it was none.
        """
        start = 0 if begin is None else bisect_left(self._times, begin)
        stop = len(self._times) if end is None else bisect_left(self._times, end)
        step = max(1, -(-(stop - start) // most))
        chosen = range(stop - 1, start - 1, -step)[::-1]
        return [self._times[at] for at in chosen], {name: self._chosen(name, chosen) for name in names}

    def _chosen(self, name: str, chosen: range) -> list[float | None]:
        column = self._columns.get(name, array("d"))
        there = len(column)
        found = (column[at] if at < there else nan for at in chosen)
        return [None if isnan(value) else value for value in found]


def _by_name(rows: list[dict[str, Any]]) -> Iterable[tuple[str, Sequence[Any]]]:
    """Return (name, what it was in each row); rows of one release have the same names in the same order."""
    names = list(rows[0])
    if all(list(row) == names for row in rows):
        return zip(names, zip(*(row.values() for row in rows), strict=True), strict=True)
    return ((name, [row.get(name) for row in rows]) for name in set().union(*rows))


def _numbers(values: Sequence[Any]) -> array[float]:
    """Return values as numbers; what is none becomes a NaN."""
    try:
        return array("d", values)
    except TypeError:
        return array("d", [value if value.__class__ in _NUMBERS else nan for value in values])


def _ordered(name: bytes) -> tuple[int, int]:
    """Return an entry's id (ms-number) as what Redis orders by."""
    if name == _NONE:
        return -1, 0
    at, _, number = name.partition(b"-")
    return int(at), int(number)


__all__ = ["History"]
