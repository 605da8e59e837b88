"""The windows of the contract: five that roll with `as_of`, six of the business's calendar, and `now` for gauges.

```
rolling 1h at as_of 10:00:07      [09:00:00 ─────────────────── 10:00:07)     the pane (10 s) that the start
calendar `today`                  [local midnight ───────────── 10:00:07)     cuts counts whole
calendar `yesterday`              [midnight before ── midnight)               complete
```
Beside them stand the windows just before some of these, which nothing is published in: changes are measured against
them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from stream.engine.calendar import Calendar, Periods


class Rolling(NamedTuple):
    """A window of fixed size that ends at `as_of`; sizes in seconds."""

    name: str
    size: int
    pane: int

    def first_pane(self, as_of: int) -> int:
        """Return the number of the pane in which the window starts."""
        return (as_of - self.size) // self.pane


class CalendarWindow(NamedTuple):
    """A local day, week or month: the one that contains `as_of`, or an earlier one."""

    name: str
    grain: str
    back: int

    def ordinal(self, periods: Periods) -> int:
        """Return the period that the window means at an `as_of` within `periods`."""
        return int(getattr(periods, self.grain)) - self.back


ROLLING: Final = {
    window.name: window
    for window in (
        Rolling("5m", 300, 1),
        Rolling("1h", 3_600, 10),
        Rolling("24h", 86_400, 300),
        Rolling("7d", 604_800, 3_600),
        Rolling("30d", 2_592_000, 3_600),
    )
}
CALENDAR: Final = {
    window.name: window
    for window in (
        CalendarWindow("today", "day", 0),
        CalendarWindow("yesterday", "day", 1),
        CalendarWindow("week", "week", 0),
        CalendarWindow("last_week", "week", 1),
        CalendarWindow("month", "month", 0),
        CalendarWindow("last_month", "month", 1),
    )
}
NOW: Final = "now"
"""The window of a gauge: what holds at `as_of`."""

COHORTS: Final = "cohorts"
HABITS: Final = "habits"
"""The windows of gauges with many labels that change more rarely than others: who came back, and on how many days."""


def before(window: str) -> str:
    """Return the window just before one, as long as it."""
    return f"before_{window}"


DOUBLED: Final = {
    name: Rolling(before(name), 2 * ROLLING[name].size, ROLLING[name].pane) for name in ("24h", "7d", "30d")
}
"""Where the window before a rolling one begins, by the name of the latter."""
PERIODS: Final = CALENDAR | {
    before(name): CalendarWindow(before(name), CALENDAR[name].grain, 2)
    for name in ("yesterday", "last_week", "last_month")
}
"""The calendar windows, and the periods before those that have ended."""

# The sets of windows that the catalogue gives to its values.
R: Final = ("5m", "1h", "24h", "7d", "30d")
L: Final = ("24h", "7d", "30d")
H: Final = ("1h", *L)
PAST: Final = tuple(window.name for window in DOUBLED.values())
RP: Final = (*R, *PAST)
HP: Final = (*H, *PAST)
LP: Final = (*L, *PAST)
WEEKLY: Final = ("7d", "30d")
"""Of counters that calendar windows do not have."""
C: Final = ("today", "yesterday", "week", "last_week", "month", "last_month")


def bounds(name: str, as_of: int, calendar: Calendar) -> tuple[int, int]:
    """Return the start and the end (seconds) of a window, as it is counted at an `as_of`."""
    rolling = ROLLING.get(name)
    if rolling is not None:
        return rolling.first_pane(as_of) * rolling.pane, as_of
    window = CALENDAR[name]
    ordinal = window.ordinal(calendar.periods(as_of))
    return calendar.start(window.grain, ordinal), as_of if window.back == 0 else calendar.start(
        window.grain, ordinal + 1
    )
