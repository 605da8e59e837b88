"""The local days of a window, for values that count active days: those whose first instant lies in it.

```
30d at 10:00 of the 22nd   start, unfloored: 10:00 of the 23rd of the month before
                           ·  [24th ── 25th ── … ── 21st ── 22nd]    today counts once it has begun
week at Monday 00:00:00    []                                        no day has begun yet
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from stream.engine.calendar import Calendar
from stream.engine.windows import PERIODS, ROLLING

HABIT_WINDOWS: Final = ("7d", "30d", "week", "last_week", "month", "last_month")
SPANNED: Final = (*HABIT_WINDOWS, "before_last_week", "before_last_month")


class DaySpan(NamedTuple):
    """Consecutive local days: the first one, and how many."""

    first: int
    days: int


def spans(calendar: Calendar, as_of: int) -> Mapping[str, DaySpan]:
    """Return the days of each window that counts active days, at `as_of` (seconds)."""
    current = calendar.periods(as_of)
    today = current.day if calendar.start("day", current.day) < as_of else current.day - 1
    found: dict[str, DaySpan] = {}
    for name in SPANNED:
        rolling = ROLLING.get(name)
        if rolling is not None:
            first, last = calendar.periods(as_of - rolling.size).day, today
            if calendar.start("day", first) < as_of - rolling.size:
                first += 1
        else:
            window = PERIODS[name]
            ordinal = window.ordinal(current)
            first = calendar.periods(calendar.start(window.grain, ordinal)).day
            end = calendar.periods(calendar.start(window.grain, ordinal + 1)).day
            last = min(today, end - 1)
        found[name] = DaySpan(first, last - first + 1)
    return found
