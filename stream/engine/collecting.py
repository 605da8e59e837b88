"""Since when values are collected: a window that begins earlier is null rather than too small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.times import format_time
from stream.engine.calendar import Calendar
from stream.engine.custom.kpis import Configured
from stream.engine.custom.series import even
from stream.engine.definitions import Definitions
from stream.engine.kpis.kpi import Kpi, Value
from stream.engine.units import MICRO
from stream.engine.windows import CALENDAR, NOW, ROLLING


class Collecting:
    """The beginnings of series, as the partitions tell them."""

    def __init__(self, definitions: Definitions, kpis: Mapping[str, Kpi]) -> None:
        self._calendar: Final = Calendar(definitions.business.zone, definitions.business.week_start)
        self._configured: Final = [kpi for kpi in kpis.values() if isinstance(kpi, Configured)]
        self.since: Final[dict[str, int]] = {}
        """Name of a KPI → the second from which all partitions count it; those that are not there see every event."""

    def learn(self, totals: Mapping[str, Mapping[str, int]]) -> None:
        """Take the beginnings from the totals of `all`."""
        now = totals.get(NOW, {})
        for kpi in self._configured:
            least = now.get(kpi.since)
            if least is None:
                self.since.pop(kpi.name, None)
            else:
                self.since[kpi.name] = -even(least)

    def judged(self, kpi: str, window: str, as_of: int, said: Value) -> Value:
        """Return a value, or null where its window begins before its series did; a gauge is qualified."""
        since = self.since.get(kpi)
        if since is None:
            return said
        reason = f"collecting since {format_time(since * MICRO)}"
        if window == NOW:
            return Value(said.value, said.reason or reason)
        return said if self._start(window, as_of) >= since else Value(None, reason)

    def _start(self, window: str, as_of: int) -> int:
        if window in ROLLING:
            rolling = ROLLING[window]
            return rolling.first_pane(as_of) * rolling.pane
        calendar = CALENDAR[window]
        return self._calendar.start(calendar.grain, calendar.ordinal(self._calendar.periods(as_of)))
