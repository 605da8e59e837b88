"""Events ahead of `as_of`: they came before their time and count when it has passed."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from stream.engine.decoding import decode
from stream.engine.tables import declare
from stream.engine.units import MICRO

Applied = tuple[int, str, Any, bytes]
"""An event to apply: event time in µs, record key, event, its bytes (none where they are not needed again)."""

Held = list[tuple[str, bytes]]
"""Record keys and untouched bytes, in the order in which they came."""

WaitingKey = int | tuple[int, int]
"""The second; after its first row, the second and the number of the row."""

TABLE: Final = declare("waiting", WaitingKey, Held)

ROW_BYTES: Final = 100_000
"""From so many bytes on, a second goes on in another row: what has been written is not written again and again."""


class Waiting:
    """The events of one partition that wait for their second to pass.

    A second with much to hold has several rows, so that none is too large to be written.
    """

    def __init__(self, rows: MutableMapping[WaitingKey, Held]) -> None:
        self._rows: Final = rows
        self._events: dict[int, list[Applied]] = {}
        self._data: dict[int, list[Held]] = {}
        self._room: dict[int, int] = {}
        """What the last row of a second may still take."""
        self._bytes: dict[int, int] = {}
        self._changed: set[tuple[int, int]] = set()
        self.size = 0
        """Events."""
        self.bytes = 0
        for second, _ in sorted(map(_place, rows)):
            self._data.setdefault(second, [])
        for second, parts in self._data.items():
            while (held := rows.get(_key(second, len(parts)))) is not None:
                parts.append(list(held))
            self._events[second] = [_decoded(key, data) for held in parts for key, data in held]
            self._room[second] = ROW_BYTES - sum(len(data) for _, data in parts[-1])
            self._bytes[second] = sum(len(data) for held in parts for _, data in held)
            self.size += len(self._events[second])
            self.bytes += self._bytes[second]

    def hold(self, applied: Applied) -> None:
        """Let an event wait for its second to pass."""
        at, key, _, data = applied
        second, size = at // MICRO, len(data)
        events = self._events.get(second)
        if events is None:
            events = self._events[second] = []
            self._data[second] = [[]]
            self._room[second], self._bytes[second] = ROW_BYTES, 0
        elif self._room[second] <= 0:
            self._data[second].append([])
            self._room[second] = ROW_BYTES
        events.append(applied)
        parts = self._data[second]
        parts[-1].append((key, data))
        self._changed.add((second, len(parts) - 1))
        self._room[second] -= size
        self._bytes[second] += size
        self.size += 1
        self.bytes += size

    def due(self, as_of: int) -> Iterator[list[Applied]]:
        """Yield and forget the events before `as_of` (seconds), in the order of time."""
        for second in sorted(second for second in self._events if second < as_of):
            events = self._events.pop(second)
            self._changed.update((second, part) for part in range(len(self._data.pop(second))))
            del self._room[second]
            self.size -= len(events)
            self.bytes -= self._bytes.pop(second)
            yield events

    def next(self) -> int | None:
        """Return the earliest second that something waits for."""
        return min(self._events, default=None)

    def settle(self) -> None:
        """Write what changed."""
        for second, part in self._changed:
            key, parts = _key(second, part), self._data.get(second)
            if parts is not None and part < len(parts):
                self._rows[key] = parts[part]
            elif key in self._rows:
                del self._rows[key]
        self._changed.clear()


def _key(second: int, part: int) -> WaitingKey:
    return (second, part) if part else second


def _place(key: WaitingKey) -> tuple[int, int]:
    return key if isinstance(key, tuple) else (key, 0)


def _decoded(key: str, data: bytes) -> Applied:
    at, event = decode(data)
    return at, key, event, data
