"""Rows for what no other row can say again: plain events, and entities that have left the state.

Recent facts stand in a **journal**, to the second, one row a checkpoint and slot of five minutes. Once no window needs
their seconds any more, a slot is folded into the row of its pane; when that leaves the longest window with such panes,
it is folded into the rows of its hour, local day, week and month. So each fact is written once a stage, and nothing is
written twice at the same time. Everything else in the panes is derived: a restart lets the rows of entities say it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, MutableMapping
from typing import Final

from stream.engine.calendar import GRAINS, Calendar
from stream.engine.counters import Cells
from stream.engine.facts import Dating
from stream.engine.rolling import Level
from stream.engine.tables import declare

JournalKey = tuple[int, int]
"""Slot (five minutes since the epoch) and a number within it."""
JournalRow = dict[str, list[int]]
"""By key of the cell: second within the slot, membership, count; and again."""
PaneKey = tuple[str, int, int]
"""Grain (seconds as text, or `day`, `week`, `month`), number of the pane, and part of the memberships."""
PaneRow = dict[str, dict[int, int]]
"""By key of the cell: membership → count."""
Fact = tuple[int, int, int]
"""When, membership, count."""

JOURNAL: Final = declare("journal", JournalKey, JournalRow)
PANES: Final = declare("panes", PaneKey, PaneRow)

SLOT: Final = Dating.SLOT
HOUR: Final = 3_600
_MEMBERS_A_ROW: Final = 256


class SettledFacts:
    """The journal, and the rows of the panes.

    Args:
        journal: rows of recent facts.
        panes: rows of older ones.
        cells: what cells stand for.
        calendar: the business's days, weeks and months.
        fine: seconds after which no window needs anything finer than a slot.
    """

    def __init__(
        self,
        journal: MutableMapping[JournalKey, JournalRow],
        panes: MutableMapping[PaneKey, PaneRow],
        cells: Cells,
        calendar: Calendar,
        fine: int = Dating.FINE,
    ) -> None:
        self._fine: Final = fine
        self._journal: Final = journal
        self._rows: Final = panes
        self._cells: Final = cells
        self._calendar: Final = calendar
        self._slots: dict[int, list[JournalKey]] = {}
        self._parts: dict[tuple[str, int], set[int]] = {}
        for key in sorted(journal):  # restored rows come in any order, and the next number is the one after the last
            self._slots.setdefault(key[0], []).append(key)
        for grain, number, part in panes:
            self._parts.setdefault((grain, number), set()).add(part)

    def add(self, facts: Level) -> None:
        """Write settled facts, by second, into the journal."""
        by_slot: dict[int, JournalRow] = {}
        keys, members = self._cells.keys, self._cells.members
        for second, content in facts.items():
            row = by_slot.get(second // SLOT)
            if row is None:
                row = by_slot[second // SLOT] = defaultdict(list)
            offset = second % SLOT
            for cell, count in content.items():
                if count:
                    row[keys[cell]] += (offset, members[cell], count)
        for slot, row in by_slot.items():
            known = self._slots.setdefault(slot, [])
            key = (slot, known[-1][1] + 1 if known else 0)
            self._journal[key] = dict(row)
            known.append(key)

    def fold(self, as_of: int, oldest: Callable[[str], int]) -> None:
        """Fold what is old enough at `as_of`; forget panes before the `oldest` of their grain."""
        changed: dict[PaneKey, PaneRow] = {}
        for slot in [slot for slot in self._slots if (slot + 1) * SLOT <= as_of - self._fine]:
            pane = (str(SLOT), slot)
            for key in self._slots.pop(slot):
                for name, flat in self._journal[key].items():
                    for place in range(0, len(flat), 3):
                        self._enter(changed, pane, name, flat[place + 1], flat[place + 2])
                del self._journal[key]
        for row_key, row in changed.items():
            self._rows[row_key] = row
        self._coarsen(oldest)

    def _coarsen(self, oldest: Callable[[str], int]) -> None:
        changed: dict[PaneKey, PaneRow] = {}
        for slot in [number for grain, number in self._parts if grain == str(SLOT) and number < oldest(grain)]:
            panes = [(str(HOUR), slot * SLOT // HOUR)]
            panes += zip(GRAINS, self._calendar.periods(slot * SLOT), strict=True)
            needed = [pane for pane in panes if pane[1] >= oldest(pane[0])]
            for part in self._parts.pop((str(SLOT), slot)):
                for name, by_member in self._rows[str(SLOT), slot, part].items():
                    for member, count in by_member.items():
                        for pane in needed:
                            self._enter(changed, pane, name, member, count)
                del self._rows[str(SLOT), slot, part]
        for key, row in changed.items():
            self._rows[key] = row
        for grain, number in [pane for pane in self._parts if pane[1] < oldest(pane[0])]:
            for part in self._parts.pop((grain, number)):
                del self._rows[grain, number, part]

    def recent(self) -> Iterator[tuple[str, Iterator[Fact]]]:
        """Yield key and facts, by second, of what is not folded into hours yet."""
        for (slot, _), row in self._journal.items():
            for key, flat in row.items():
                seconds = (slot * SLOT + offset for offset in flat[::3])
                yield key, zip(seconds, flat[1::3], flat[2::3], strict=True)
        for (grain, slot, _), pane in self._rows.items():
            if grain == str(SLOT):
                for key, by_member in pane.items():
                    yield key, ((slot * SLOT, *counted) for counted in by_member.items())

    def panes(self) -> Iterator[tuple[str, str, Iterator[Fact]]]:
        """Yield grain, key and facts, by pane, of the hours, days, weeks and months."""
        for (grain, number, _), row in self._rows.items():
            if grain != str(SLOT):
                for key, by_member in row.items():
                    yield grain, key, ((number, *counted) for counted in by_member.items())

    def _enter(
        self, changed: dict[PaneKey, PaneRow], pane: tuple[str, int], name: str, member: int, count: int
    ) -> None:
        part = member // _MEMBERS_A_ROW
        key = (*pane, part)
        row = changed.get(key)
        if row is None:
            row = changed[key] = self._rows.get(key) or {}
            self._parts.setdefault(pane, set()).add(part)
        by_member = row.setdefault(name, {})
        by_member[member] = by_member.get(member, 0) + count
