"""Events ahead of `as_of`: they came before their time and count when it has passed."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from stream.engine.decoding import decode
from stream.engine.tables import declare
from stream.engine.units import MICRO

Applied = tuple[int, str, Any, bytes]
"""An event to apply: event time in µs, record key, event, its bytes (none where they are not needed again)."""

TABLE: Final = declare("waiting", int, list[tuple[str, bytes]])


class Waiting:
    """The events of one partition that wait for their second to pass.

    A row holds what waits for one second: record keys and the untouched bytes.
    """

    def __init__(self, rows: MutableMapping[int, list[tuple[str, bytes]]]) -> None:
        self._rows: Final = rows
        self._events: dict[int, list[Applied]] = {}
        self._data: dict[int, list[tuple[str, bytes]]] = {}
        self._changed: set[int] = set()
        self.size = 0
        for second, held in rows.items():
            self._data[second] = list(held)
            self._events[second] = [_decoded(key, data) for key, data in held]
            self.size += len(held)

    def hold(self, applied: Applied) -> None:
        """Let an event wait for its second to pass."""
        second = applied[0] // MICRO
        events = self._events.get(second)
        if events is None:
            events = self._events[second] = []
            self._data[second] = []
        events.append(applied)
        self._data[second].append((applied[1], applied[3]))
        self._changed.add(second)
        self.size += 1

    def due(self, as_of: int) -> Iterator[list[Applied]]:
        """Yield and forget the events before `as_of` (seconds), in the order of time."""
        for second in sorted(second for second in self._events if second < as_of):
            events = self._events.pop(second)
            del self._data[second]
            self._changed.add(second)
            self.size -= len(events)
            yield events

    def next(self) -> int | None:
        """Return the earliest second that something waits for."""
        return min(self._events, default=None)

    def settle(self) -> None:
        """Write what changed."""
        for second in self._changed:
            held = self._data.get(second)
            if held is not None:
                self._rows[second] = held
            elif second in self._rows:
                del self._rows[second]
        self._changed.clear()


def _decoded(key: str, data: bytes) -> Applied:
    at, event = decode(data)
    return at, key, event, data
