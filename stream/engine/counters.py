"""Counters: what facts add up to, and for which windows.

A tracker declares the counters it feeds; a KPI reads them by name. A **cell** is one counter (and label, such as a
feature or a histogram's bucket) under one membership: the number by which facts are added up.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, NamedTuple

from stream.engine.segments import Segments

LABEL: Final = ":"
"""Between a counter's name and its label in totals: `uses:export`."""


class Counter(NamedTuple):
    """A counter: its name in the totals, and the rolling windows that it is kept for (none: a gauge)."""

    name: str
    rolling: tuple[str, ...] = ()

    def key(self, label: object = None) -> str:
        """Return the name that a label of this counter has in the totals."""
        return self.name if label is None else f"{self.name}{LABEL}{label}"


class Cells:
    """The cells of one partition, as small integers with their key and their segments."""

    def __init__(self, segments: Segments) -> None:
        self.keys: list[str] = []
        self.members: list[int] = []
        self.owners: list[tuple[int, ...]] = []
        self.segments: Final = segments
        self._numbers: dict[tuple[str, int], int] = {}
        self._keys: dict[tuple[str, object], str] = {}

    def number(self, counter: Counter, member: int, label: object = None) -> int:
        """Return the cell of a counter (and label) under a membership."""
        named = (counter.name, label)
        key = self._keys.get(named)
        if key is None:
            key = self._keys[named] = counter.key(label)
        return self.number_of_key(key, member)

    def number_of_key(self, key: str, member: int) -> int:
        """Return the cell of a key of the totals under a membership."""
        found = self._numbers.get((key, member))
        if found is None:
            found = self._numbers[key, member] = len(self.keys)
            self.keys.append(key)
            self.members.append(member)
            self.owners.append(self.segments.members[member])
        return found


class CellsOf(dict[int, tuple[int, ...]]):
    """The unlabelled cells of some counters, by membership: one look-up on the hot path for all of them."""

    def __init__(self, cells: Cells, *counters: Counter) -> None:
        super().__init__()
        self._cells: Final = cells
        self._counters: Final = counters

    def __missing__(self, member: int) -> tuple[int, ...]:
        """Find the cell of each counter under a membership that was not asked for before."""
        found = self[member] = tuple(self._cells.number(counter, member) for counter in self._counters)
        return found


class LabelledCells(dict[Hashable, dict[int, tuple[int, ...]]]):
    """The cells of some counters with the same labels, by label, then by membership."""

    def __init__(self, cells: Cells, *counters: Counter) -> None:
        super().__init__()
        self._cells: Final = cells
        self._counters: Final = counters

    def __missing__(self, label: Hashable) -> dict[int, tuple[int, ...]]:
        """Begin with a label that was not asked for before."""
        found = self[label] = _LabelCells(self._cells, self._counters, label)
        return found


class _LabelCells(dict[int, tuple[int, ...]]):
    def __init__(self, cells: Cells, counters: tuple[Counter, ...], label: Hashable) -> None:
        super().__init__()
        self._cells: Final = cells
        self._counters: Final = counters
        self._label: Final = label

    def __missing__(self, member: int) -> tuple[int, ...]:
        found = self[member] = tuple(self._cells.number(counter, member, self._label) for counter in self._counters)
        return found
