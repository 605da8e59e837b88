"""Hours: activity by local hour of the week, in the windows that it is shown for.

Derived from the tally's facts before they are added up, so that an event costs nothing. The hour that autumn repeats
adds to its cell twice; a pane that a zone of half hours cuts adds to two cells.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from stream.engine.calendar import Calendar
from stream.engine.counters import Counter, LabelledCells, unpacked
from stream.engine.panes import Panes
from stream.engine.trackers.tally import EVENTS
from stream.engine.windows import WEEKLY

BY_HOUR: Final = Counter("by_hour", WEEKLY)
"""By hour of the week: 0 is Monday 00:00, local."""
_SLOT: Final = 300
_ACTIVITY, _PINGS = EVENTS.fields.index("activity_events"), EVENTS.fields.index("page_pings")


def hour_of_week(calendar: Calendar, second: int) -> int:
    """Return the local hour of the week that an instant is in.

    >>> hour_of_week(Calendar("Europe/Berlin"), 1_774_820_000)   # Sunday, 2026-03-29 23:33
    167
    """
    local = datetime.fromtimestamp(second, UTC).astimezone(calendar.zone)
    return local.weekday() * 24 + local.hour


class Hours:
    """Says in which hours of the week there was activity."""

    def __init__(self, panes: Panes) -> None:
        self._calendar: Final = panes.calendar
        self._counted: Final = panes.cells
        self._events: Final = panes.facts_of(EVENTS).settled
        self._settled: Final = panes.facts_of(BY_HOUR).settled
        self._cells: Final = LabelledCells(panes.cells, BY_HOUR)

    def settle(self) -> None:
        """Say what the events since the last flush say."""
        slots: dict[int, dict[int, int]] = {}
        for second, content in self._events.items():
            slot = slots.setdefault(second // _SLOT * _SLOT, {})
            for cell, count in content.items():
                slot[cell] = slot.get(cell, 0) + count
        counters, members = self._counted.counters, self._counted.members
        for second, slot in slots.items():
            by_member = self._cells[hour_of_week(self._calendar, second)]
            said = self._settled[second]
            for cell, count in slot.items():
                if counters[cell] is EVENTS:
                    fields = unpacked(count, len(EVENTS.fields))
                    active = fields[_ACTIVITY] - fields[_PINGS]
                    if active:
                        said[by_member[members[cell]][0]] += active
