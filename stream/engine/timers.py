"""Timers in event time: what is due at which second."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Timers(Generic[Key]):
    """Keys by the second at which they are due; setting one costs a dictionary entry, not a place in a heap.

    >>> timers = Timers[str]()
    >>> timers.set(5, "b"); timers.set(3, "a"); timers.set(9, "c")
    >>> list(timers.due(5))
    ['a', 'b']
    """

    def __init__(self) -> None:
        self._due: dict[int, list[Key]] = {}
        self._seconds: list[int] = []

    def set(self, second: int, key: Key) -> None:
        """Make a key due at a second. The same key may be due more than once."""
        keys = self._due.get(second)
        if keys is None:
            self._due[second] = [key]
            heapq.heappush(self._seconds, second)
        else:
            keys.append(key)

    def due(self, until: int) -> Iterator[Key]:
        """Yield and forget the keys due at or before a second, in the order of time."""
        while self._seconds and self._seconds[0] <= until:
            yield from self._due.pop(heapq.heappop(self._seconds))

    def next(self) -> int | None:
        """Return the second at which the next key is due."""
        return self._seconds[0] if self._seconds else None
