"""Segments: `all`, and `dimension=value` for every value of a configured dimension.

Facts are not said once a segment. The values that an event carries in all dimensions together are a **combination**;
the set of segments that something counts in (always `all`, and one a dimension at most for a single event) is a
**membership**. A fact is said once, under its membership, and spread over the segments when panes are summed up.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Final

from stream.engine.tables import declare

ALL: Final = 0
ALL_NAME: Final = "all"
ALWAYS: Final = ("service", "region", "severity")
"""Dimensions whose values have segments whether or not they are configured: those of uptime."""
VALUES_KEPT: Final = 1_000
"""Values of one dimension that a partition keeps: the first ones that it meets."""
COMBINATION_BITS: Final = 20
COMBINATIONS_KEPT: Final = (1 << COMBINATION_BITS) - 1
"""Combinations that a partition keeps; what comes after them counts in `all` alone."""

Values = tuple[str | None, ...]

VALUES: Final = declare("values", tuple[str, str], int)
"""(Dimension, value) → the order in which the kept values were met."""
COMBINATIONS: Final = declare("combinations", int, Values)
MEMBERSHIPS: Final = declare("memberships", int, tuple[int, ...])


def text_of(value: object) -> str | None:
    """Return a value as the text that names a segment; empty text counts as absent.

    >>> text_of("pro"), text_of(True), text_of(3), text_of("")
    ('pro', 'true', '3', None)
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else repr(value)


class Segments:
    """The segments, combinations and memberships of one partition, each as a small integer.

    They are state: their numbers stand in other rows, and which values were met first decides what is kept.
    """

    def __init__(
        self,
        dimensions: Sequence[str],
        values: MutableMapping[tuple[str, str], int],
        combinations: MutableMapping[int, Values],
        memberships: MutableMapping[int, tuple[int, ...]],
    ) -> None:
        self.dimensions: Final = tuple(dimensions)
        self.names: list[str] = [ALL_NAME]
        self.overflowed: dict[str, int] = {}
        self.members: list[tuple[int, ...]] = []
        self.combination_members: list[int] = []
        self.combination_values: list[Values] = []
        self._segment_ids: dict[tuple[str, str], int] = {}
        self._member_ids: dict[tuple[int, ...], int] = {}
        self._combination_ids: dict[Values, int] = {}
        self._unions: dict[tuple[int, int], int] = {}
        self._kept: dict[str, int] = {}
        self._plans: set[str | None] = set()
        self._value_rows = values
        self._combination_rows = combinations
        self._membership_rows = memberships
        for number in range(len(memberships)):
            self._member_ids[memberships[number]] = number
            self.members.append(memberships[number])
        self.membership((ALL,))
        for (dimension, value), _ in sorted(values.items(), key=lambda row: row[1]):
            self._keep(dimension, value)
        for number in range(len(combinations)):
            self._remember(combinations[number])

    def segment(self, dimension: str, value: str) -> int | None:
        """Return the segment of a value; None past the number of values that are kept."""
        found = self._segment_ids.get((dimension, value))
        if found is not None:
            return found
        if self._kept.get(dimension, 0) >= VALUES_KEPT:
            self.overflowed[dimension] = self.overflowed.get(dimension, 0) + 1
            return None
        self._value_rows[dimension, value] = len(self.names)
        return self._keep(dimension, value)

    def number(self, name: str) -> int | None:
        """Return the segment with a name such as `plan=pro`; None if it was never seen."""
        if name == ALL_NAME:
            return ALL
        dimension, _, value = name.partition("=")
        return self._segment_ids.get((dimension, value))

    def membership(self, segments: Sequence[int]) -> int:
        """Return the number of a set of segments."""
        key = tuple(sorted(set(segments)))
        found = self._member_ids.get(key)
        if found is None:
            found = self._member_ids[key] = len(self.members)
            self.members.append(key)
            self._membership_rows[found] = key
        return found

    def membership_of(self, values: Sequence[str | None]) -> int:
        """Return the membership of one value (or none) for each configured dimension."""
        found = [ALL]
        for dimension, value in zip(self.dimensions, values, strict=False):
            if value is not None:
                segment = self.segment(dimension, value)
                if segment is not None:
                    found.append(segment)
        return self.membership(found)

    def union(self, first: int, second: int) -> int:
        """Return the membership of what is in either of two memberships."""
        if first == second:
            return first
        found = self._unions.get((first, second))
        if found is None:
            found = self._unions[first, second] = self.membership((*self.members[first], *self.members[second]))
        return found

    def combination(self, values: Values) -> int:
        """Return the number of a combination of values (one a dimension, then the plan)."""
        found = self._combination_ids.get(values)
        if found is not None:
            return found
        kept = self._bounded(values)
        found = self._combination_ids.get(kept)
        if found is None:
            self._combination_rows[len(self.combination_values)] = kept
            found = self._remember(kept)
        return found

    def plan_of(self, combination: int) -> str | None:
        """Return the plan of a combination: its last value, whether or not `plan` is a dimension."""
        return self.combination_values[combination][-1]

    def _bounded(self, values: Values) -> Values:
        """Return the values without those past what is kept, so that combinations are bounded, too."""
        if len(self.combination_values) >= COMBINATIONS_KEPT:
            return (None,) * len(values)
        kept = [
            None if value is None or self.segment(dimension, value) is None else value
            for dimension, value in zip(self.dimensions, values, strict=False)
        ]
        plan = values[-1]
        if len(self._plans) >= VALUES_KEPT and plan not in self._plans:
            plan = None
        return (*kept, plan)

    def _keep(self, dimension: str, value: str) -> int:
        number = self._segment_ids[dimension, value] = len(self.names)
        self.names.append(f"{dimension}={value}")
        self._kept[dimension] = self._kept.get(dimension, 0) + 1
        return number

    def _remember(self, values: Values) -> int:
        number = self._combination_ids[values] = len(self.combination_values)
        self.combination_values.append(values)
        self._plans.add(values[-1])
        self.combination_members.append(self.membership_of(values))
        return number
