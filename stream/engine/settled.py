"""Rows for what no other row can say again: panes of plain events, and of entities that have left the state.

A pane's row holds the settled counts of one membership. Everything else in the panes is derived: a restart reads the
rows of the entities and lets them say their facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Final

from stream.engine.counters import Cells
from stream.engine.segments import Segments
from stream.engine.tables import declare

PaneKey = tuple[str, int, tuple[str, ...]]
"""Grain (seconds as text, or `day`, `week`, `month`), number of the pane, names of the membership's segments."""
PaneRow = dict[str, int]

TABLE: Final = declare("panes", PaneKey, PaneRow)


class SettledPanes:
    """The settled counts by grain, pane and membership."""

    def __init__(self, rows: MutableMapping[PaneKey, PaneRow], segments: Segments, cells: Cells) -> None:
        self._rows: Final = rows
        self._segments: Final = segments
        self._cells: Final = cells
        self._members: dict[tuple[str, int], set[tuple[str, ...]]] = {}
        self._names: dict[int, tuple[str, ...]] = {}
        for grain, number, names in rows:
            self._members.setdefault((grain, number), set()).add(names)

    def add(self, grain: str, number: int, content: Mapping[int, int]) -> None:
        """Add settled cells to the rows of a pane."""
        changed: dict[PaneKey, PaneRow] = {}
        members = self._members.setdefault((grain, number), set())
        for cell, count in content.items():
            if not count:
                continue
            names = self._names_of(self._cells.members[cell])
            key = (grain, number, names)
            row = changed.get(key)
            if row is None:
                row = changed[key] = self._rows.get(key) or {}
                members.add(names)
            name = self._cells.keys[cell]
            row[name] = row.get(name, 0) + count
        for key, row in changed.items():
            self._rows[key] = row

    def drop(self, grain: str, number: int) -> None:
        """Forget a pane that no window holds any more."""
        for names in self._members.pop((grain, number), ()):
            del self._rows[grain, number, names]

    def cells(self) -> Iterator[tuple[str, int, int, int]]:
        """Yield (grain, pane, cell, count) of every row."""
        ids = {name: number for number, name in enumerate(self._segments.names)}
        for (grain, number, names), row in self._rows.items():
            member = self._segments.membership([ids[name] for name in names])
            for key, count in row.items():
                yield grain, number, self._cells.number_of_key(key, member), count

    def _names_of(self, member: int) -> tuple[str, ...]:
        found = self._names.get(member)
        if found is None:
            found = tuple(self._segments.names[segment] for segment in self._segments.members[member])
            self._names[member] = found
        return found
