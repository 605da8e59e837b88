"""Counters: what facts add up to, and for which windows.

A tracker declares the counters it feeds; a KPI reads them by name. A **cell** is one counter (and label, such as a
feature or a histogram's bucket) under one membership: the number by which facts are added up.
"""

from __future__ import annotations

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


class CellsOf:
    """The unlabelled cells of some counters, by membership: one look-up on the hot path for all of them."""

    def __init__(self, cells: Cells, *counters: Counter) -> None:
        self._cells: Final = cells
        self._counters: Final = counters
        self._numbers: Final[dict[int, tuple[int, ...]]] = {}

    def __getitem__(self, member: int) -> tuple[int, ...]:
        """Return the cell of each counter under a membership."""
        found = self._numbers.get(member)
        if found is None:
            found = tuple(self._cells.number(counter, member) for counter in self._counters)
            self._numbers[member] = found
        return found


class LabelledCells:
    """The cells of one counter by label and membership."""

    def __init__(self, cells: Cells, counter: Counter) -> None:
        self._cells: Final = cells
        self._counter: Final = counter
        self._numbers: Final[dict[object, dict[int, int]]] = {}

    def number(self, label: object, member: int) -> int:
        """Return the cell of a label under a membership."""
        by_member = self._numbers.get(label)
        if by_member is None:
            by_member = self._numbers[label] = {}
        found = by_member.get(member)
        if found is None:
            found = by_member[member] = self._cells.number(self._counter, member, label)
        return found
