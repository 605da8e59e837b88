"""What partitions tell the merge: rows of totals, ticks, accounts, as records of Vitals' own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
import msgspec.structs

from stream.engine.intake import Counts
from stream.engine.partition import Tick, TotalRow
from stream.engine.trackers.risk import AccountStatus

TICK: Final = b"tick"
_BYTES_A_ROW: Final = 500_000
_BYTES_A_COUNT: Final = 24
"""Digits, colon and comma, besides the counter's name."""

_encode: Final = msgspec.json.Encoder().encode
_key: Final = msgspec.json.Decoder(tuple[str, str, int]).decode
_total: Final = msgspec.json.Decoder(dict[str, int]).decode
_account: Final = msgspec.json.Decoder(AccountStatus).decode

Part = tuple[str, str, int]
"""Segment, window, number of the part: a total that is too large for one record has several."""
Written = tuple[bytes, bytes]


class _Tick(msgspec.Struct):
    as_of: int
    segments: bool
    watermarks: Mapping[str, int]
    counts: Counts
    stopped: bool = False
    engine_errors: int = 0


_tick: Final = msgspec.json.Decoder(_Tick).decode


class TotalsWriter:
    """Writes the totals of one partition; it knows how many parts each of them had."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], int] = {}

    def rows(self, totals: Iterable[TotalRow]) -> Iterator[Written]:
        """Yield the records of totals."""
        for segment, window, total in totals:
            parts = _split(dict(total))
            had = self._parts.get((segment, window), len(parts) + 1)  # one more may be left from before the start
            for number, part in enumerate(parts):
                yield _encode((segment, window, number)), part
            for number in range(len(parts), had):
                yield _encode((segment, window, number)), b"{}"
            self._parts[segment, window] = len(parts)

    @staticmethod
    def tick(tick: Tick) -> Written:
        """Return the record of a tick."""
        return TICK, _encode(_Tick(**tick._asdict()))


def _split(total: dict[str, int]) -> list[bytes]:
    whole = _encode(total)
    if len(whole) <= _BYTES_A_ROW:
        return [whole]
    parts: list[dict[str, int]] = [{}]
    room = _BYTES_A_ROW
    for counter, number in sorted(total.items()):
        size = len(_encode(counter)) + _BYTES_A_COUNT
        if size > room:
            parts.append({})
            room = _BYTES_A_ROW
        parts[-1][counter] = number
        room -= size
    return [_encode(part) for part in parts]


def read_tick(data: bytes) -> Tick:
    """Return the tick of a record."""
    tick = _tick(data)
    return Tick(*msgspec.structs.astuple(tick))


def read_total(key: bytes, data: bytes) -> tuple[Part, dict[str, int]]:
    """Return the part of a total that a record holds."""
    return _key(key), _total(data)


def write_account(account: str, status: AccountStatus | None) -> tuple[bytes, bytes | None]:
    """Return the record of an account: a tombstone for one that is gone."""
    return account.encode(), None if status is None else _encode(status)


def read_account(data: bytes) -> AccountStatus:
    """Return the account of a record."""
    return _account(data)
