"""Preferences: the latest value that each person has given to a setting, by the time of the event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from stream.engine import events
from stream.engine.counters import Counter
from stream.engine.names import Names, NamesKey
from stream.engine.panes import Panes
from stream.engine.segments import ALL
from stream.engine.tables import Rows, declare
from stream.engine.trackers.joint import Joint, JointKey
from stream.engine.trackers.links import Links, PersonKey

PREFERENCES: Final = Counter("preferences")
"""By setting and value, with the number of characters of the setting before them: both may hold any."""


class Preference(Struct, array_like=True, gc=False):
    """A value, and the event that gave it (µs, source, id)."""

    value: str
    at: int
    source: str
    id: str

    def order(self) -> tuple[int, str, str]:
        """Return what the latest value is chosen by."""
        return self.at, self.source, self.id


TABLE: Final = declare("preferences", JointKey, Preference)


class Preferences(Joint[Preference, str | None]):
    """The preferences of the people of one partition."""

    def __init__(
        self, panes: Panes, links: Links, rows: Rows[JointKey, Preference], names: Rows[NamesKey, int]
    ) -> None:
        super().__init__(links, rows)
        self._panes: Final = panes
        self._all: Final = panes.segments.membership((ALL,))
        self._name_rows: Final = names
        self._settings: Final = Names("settings", names)
        self._values: Final[dict[str, Names]] = {}

    def prefer(self, key: PersonKey, event: events.PreferenceSet, at: int) -> None:
        """Let a raw id prefer a value from `at` (µs) on."""
        setting = self._settings.of(event.setting)
        given = Preference(event.value, at, event.source, event.id)
        before = self.touch(key, setting)
        if before is None or before.order() < given.order():
            self.put(key, setting, given)

    def said(self, name: str, rows: Sequence[Preference]) -> str | None:
        """Return the latest value."""
        latest = max(rows, key=Preference.order, default=None)
        if latest is None:
            return None
        values = self._values.get(name)
        if values is None:
            values = self._values[name] = Names(f"values of {name}", self._name_rows)
        return values.of(latest.value)

    def say(self, name: str, said: str | None, sign: int) -> None:
        """Say (sign 1) or take back (sign −1) that a person prefers a value."""
        if said is not None:
            cell = self._panes.cells.number(PREFERENCES, self._all, f"{len(name)}:{name}{said}")
            self._panes.period_facts.habits[cell] += sign
