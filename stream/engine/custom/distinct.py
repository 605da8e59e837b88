"""Distinct values, exactly: when each was last seen, and in which local days, weeks and months.

A value that is a person is one with the anonymous ids that `usage.identified` joins to it: rows stand for raw ids, and
what the rows of one person say together is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from stream.engine import events
from stream.engine.calendar import GRAINS
from stream.engine.custom.events import Reading
from stream.engine.custom.fields import comparable
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.tables import Rows, declare
from stream.engine.timers import Timers
from stream.engine.trackers.links import Links, PersonKey
from stream.engine.trackers.marks import Mark, latest_by_membership, see
from stream.engine.units import MICRO

KEPT: Final = 64 * 86_400
"""Seconds: no window reaches back further."""

ValueKey = tuple[str, str, tuple[str, str, str] | None, tuple[str, ...]]
"""Series, group, the raw id of a person (where the value names one), and the other fields as text."""
TABLE: Final = declare("custom_values", ValueKey, list[Mark])


class Distinct:
    """One KPI of distinct values in one partition."""

    def __init__(self, reading: Reading, panes: Panes, rows: Rows[ValueKey, list[Mark]], links: Links) -> None:
        self._reading: Final = reading
        self._series: Final = reading.series
        self._rows: Final = rows
        self._links: Final = links
        self._panes: Final = panes
        self._grouped: Final = self._series.kpi.group is not None
        fields = self._series.kpi.of or []
        self._person: Final = "user_id" in fields
        self._of: Final = [read for name, read in zip(fields, reading.of, strict=True) if name != "user_id"]
        for counter in (self._series.main, self._series.grouped[self._series.main.name]):
            panes.facts_of(counter)
        self._sayings: Final = Sayings(panes)
        self._timers: Final = Timers[ValueKey]()
        self._before: dict[ValueKey, Saying] = {}
        self._raw: dict[PersonKey, set[ValueKey]] = {}
        """The rows of a raw id."""
        self._persons: dict[PersonKey, PersonKey] = {}
        """Raw id → the person that it was said as part of."""
        self._members: dict[ValueKey, set[ValueKey]] = {}
        """What is said as one → its rows."""
        self._linked: set[PersonKey] = set()

    def take(self, at: int, event: events.Event, key: str, combination: int) -> None:
        """Let the value of an event that matches be seen."""
        values = [read(event) for read in self._of]
        raw = _person(event, key) if self._person else None
        if None in values or (self._person and raw is None):
            return
        text = tuple(repr(comparable(value)) for value in values)
        self._see((self._series.kpi.series, "", raw, text), at, combination)
        group = self._reading.group(event)
        if group is not None:
            self._see((self._series.kpi.series, f"={group}", raw, text), at, combination)

    def link(self, event: events.Identified, key: str) -> None:
        """Notice that an anonymous id may belong to somebody else now."""
        if self._person:
            self._linked.add(("anonymous", key, event.anonymous_id))

    def settle(self, as_of: int) -> None:
        """Write what changed by `as_of` (seconds)."""
        for key in self._timers.due(as_of):
            row = self._rows.get(key)
            if row is not None and _last(row) + KEPT < as_of:
                self._forget(key)
            elif row is not None:
                self._await(key, row)
        touched = set(self._before)
        for raw in self._linked:
            now = self._links.person(raw)
            if self._persons.get(raw, raw) != now:
                for key in self._raw.get(raw, ()):
                    old = self._one(key)
                    self._touch(old)
                    self._members[old].discard(key)
                    one: ValueKey = (key[0], key[1], now, key[3])
                    self._touch(one)
                    self._members[one].add(key)
                    touched |= {old, one}
                self._persons[raw] = now
        self._linked.clear()
        for one in touched:
            self._sayings.change(self._before[one], self._say(one))
            if not self._members[one]:
                del self._members[one]
        self._before.clear()

    def restore(self, key: ValueKey) -> None:
        """Say what a row says, as of the checkpoint that it is from; `settle` says it together with the others'."""
        self._await(key, self._rows[key])
        one = self._one(key, fresh=True)
        self._before.setdefault(one, {})
        self._members.setdefault(one, set()).add(key)

    def _see(self, key: ValueKey, at: int, combination: int) -> None:
        second = at // MICRO
        one = self._one(key, fresh=True)
        self._touch(one)
        self._members[one].add(key)
        row = self._rows.get(key) or []
        if not row:
            self._await(key, [Mark(combination, second, 0, 0, 0, 0, 0, 0)])
        periods = self._panes.calendar.periods(second)
        mark = next((mark for mark in row if mark.combination == combination), None)
        if mark is None:
            day, week, month = periods
            row.append(Mark(combination, second, day, 1, week, 1, month, 1))
        else:
            see(mark, second, periods)
        self._rows[key] = row

    def _one(self, key: ValueKey, *, fresh: bool = False) -> ValueKey:
        """Return what a row is said as part of."""
        raw = key[2]
        if raw is None:
            return key
        if fresh:
            self._raw.setdefault(raw, set()).add(key)
            if raw not in self._persons:
                self._persons[raw] = self._links.person(raw)
        return (key[0], key[1], self._persons.get(raw, raw), key[3])

    def _touch(self, one: ValueKey) -> None:
        """Remember what was said before anything changes."""
        self._members.setdefault(one, set())
        if one not in self._before:
            self._before[one] = self._say(one)

    def _say(self, one: ValueKey) -> Saying:
        marks = [mark for key in self._members[one] for mark in self._rows[key]]
        group = one[1].removeprefix("=") if one[1] else None
        counter = self._series.main if group is None else self._series.grouped[self._series.main.name]
        segments, members = self._panes.segments, self._panes.segments.combination_members
        lasts = latest_by_membership([(mark.combination, mark.last) for mark in marks], segments)
        for member, last in lasts.items():
            self._sayings.moving(counter, last, member, 1, group)
        for grain in GRAINS:
            active: dict[int, int] = {}
            for mark in marks:
                member = members[mark.combination]
                for ordinal in _periods(mark, grain):
                    there = active.get(ordinal)
                    active[ordinal] = member if there is None else segments.union(there, member)
            for ordinal, member in active.items():
                self._sayings.period(counter, grain, ordinal, member, 1, group)
        return self._sayings.take()

    def _await(self, key: ValueKey, row: Iterable[Mark]) -> None:
        self._timers.set(_last(row) + KEPT + 1, key)

    def _forget(self, key: ValueKey) -> None:
        """Let go of a row that is out of every window; what it had said has left them."""
        one = self._one(key)
        self._touch(one)
        self._members[one].discard(key)
        if key[2] is not None:
            self._raw[key[2]].discard(key)
        del self._rows[key]


def _person(event: events.Event, key: str) -> PersonKey | None:
    if not isinstance(event, events.Usage):
        return None
    if event.user_id is not None:
        return ("user", key, event.user_id)
    return ("anonymous", key, event.anonymous_id or "")


def _last(marks: Iterable[Mark]) -> int:
    return max(mark.last for mark in marks)


def _periods(mark: Mark, grain: str) -> Iterator[int]:
    """Yield the periods of a grain with the value in them."""
    newest: Any = getattr(mark, grain)
    bitmap: Any = getattr(mark, f"{grain}s")
    while bitmap:
        if bitmap & 1:
            yield newest
        bitmap >>= 1
        newest -= 1
