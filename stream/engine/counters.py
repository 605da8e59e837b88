"""Counters: what facts add up to, and for which windows.

A tracker declares the counters it feeds; a KPI reads them by name. A **cell** is one counter (and label, such as a
feature or a histogram's bucket) under one membership: the number by which facts are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Final, NamedTuple

from stream.engine.segments import Segments

LABEL: Final = ":"
"""Between a counter's name and its label in totals: `uses:export`."""
LEAST: Final = "least_"
"""How the name of a gauge begins that is no sum: each partition gives its smallest, the merge takes the minimum."""
FIRST_USAGE: Final = f"{LEAST}first_usage"
"""The gauge of `all` that the formulas of every segment read."""
CONFIGURED: Final = "kpi."
"""How the names of counters begin that `vitals.yaml` declares: they may be gone when rows are read again."""


FIELD_BITS: Final = 56
"""Bits of one field of a counter: a sum of milliseconds reaches them after two million years."""
_FIELD: Final = 1 << FIELD_BITS
_HALF: Final = _FIELD >> 1


Weights = tuple[int, int]
"""How much of a fact is good, and how much of it is valid."""
Parts = Mapping[str, Callable[[str], Weights]]
"""What a ratio is made of: by counter (or field), what one of it means, told by its label (empty for none)."""


def weighed(good: int, valid: int) -> Callable[[str], Weights]:
    """Return the weights of a counter without labels."""
    return lambda _: (good, valid)


class Counter(NamedTuple):
    """A counter: its name in the totals, and the rolling windows that it is kept for (none: a gauge).

    A counter with fields is several that are always said together, such as the number, the length and the page views of
    sessions. Their facts are one integer, field i shifted by i × 56 bits: sums are linear, so one addition adds all.
    """

    name: str
    rolling: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def key(self, label: object = None) -> str:
        """Return the name that a label of this counter has in the totals."""
        return self.name if label is None else f"{self.name}{LABEL}{label}"


def packed(*fields: int) -> int:
    """Return the integer that stands for the fields of a counter.

    >>> unpacked(packed(1, -5, 3), 3)
    [1, -5, 3]
    """
    total = 0
    for place, value in enumerate(fields):
        total += value << (FIELD_BITS * place)
    return total


def unpacked(total: int, fields: int) -> list[int]:
    """Return the fields that an integer stands for; what is negative in one borrows from the next."""
    found = []
    for _ in range(fields):
        value = total & (_FIELD - 1)
        if value >= _HALF:
            value -= _FIELD
        found.append(value)
        total = (total - value) >> FIELD_BITS
    return found


class Cells:
    """The cells of one partition, as small integers with their counter, key and membership."""

    def __init__(self, segments: Segments) -> None:
        self.counters: list[Counter] = []
        self.keys: list[str] = []
        self.members: list[int] = []
        self.owners: list[tuple[int, ...]] = []
        self.segments: Final = segments
        self._numbers: dict[tuple[str, object, int], int] = {}

    def number(self, counter: Counter, member: int, label: object = None) -> int:
        """Return the cell of a counter (and label) under a membership."""
        named = (counter.name, label, member)
        found = self._numbers.get(named)
        if found is None:
            found = self._numbers[named] = len(self.keys)
            self.counters.append(counter)
            self.keys.append(counter.key(label))
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
