"""Local days, weeks and months of the business, as plain integers.

A period is known by its ordinal: days since 1970-01-01 for a day, the ordinal of its first day divided by seven for a
week, `12 * year + month - 1` for a month. Consecutive periods have consecutive ordinals, whatever their length: a day
has 23 or 25 hours where the zone says so.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

GRAINS: Final = ("day", "week", "month")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_LAST_MONTH: Final = date.max.year * 12 + date.max.month - 1
_SLOT: Final = 900
_FIRST: Final = -62_135_510_400
"""0001-01-02T00:00:00Z and, below, 9999-12-30T00:00:00Z: an instant before or after has no local date in every zone."""
_LAST: Final = 253_402_128_000
_CACHED_SLOTS: Final = 20_000


class Periods(NamedTuple):
    """The ordinals of the day, the week and the month that an instant is in."""

    day: int
    week: int
    month: int


class Calendar:
    """The periods of one IANA zone.

    >>> berlin = Calendar("Europe/Berlin")
    >>> start = berlin.start("day", berlin.periods(1_774_742_400).day)   # 2026-03-29, the clocks go forward
    >>> berlin.start("day", berlin.periods(start).day + 1) - start
    82800
    """

    def __init__(self, zone: str = "UTC", week_start: str = "monday") -> None:
        self.zone: Final = ZoneInfo(zone)
        # 1970-01-01 was a Thursday: the shift makes the week's first weekday divide evenly
        self._week_shift: Final = (3 - WEEKDAYS.index(week_start)) % 7
        self._slots: dict[int, Periods] = {}
        self.start = cache(self._start)
        self.month_of = cache(self._month_of)

    def periods(self, second: int) -> Periods:
        """Return the periods that contain an instant (seconds since the epoch).

        Offsets and their changes are multiples of a quarter of an hour, so the answer is kept by quarter. What lies in
        the first day of year 1 counts as the day after it, and what lies after 9999-12-30 as that day.
        """
        slot = second // _SLOT
        found = self._slots.get(slot)
        if found is None:
            if len(self._slots) >= _CACHED_SLOTS:
                self._slots.clear()
            found = self._slots[slot] = self._periods(slot * _SLOT)
        return found

    def day_of(self, when: date) -> int:
        """Return the ordinal of a calendar date."""
        return when.toordinal() - _EPOCH_DAY

    def date_of(self, day: int) -> date:
        """Return the calendar date of a day; there is none after 9999-12-31."""
        return date.fromordinal(min(day + _EPOCH_DAY, date.max.toordinal()))

    def week_of(self, day: int) -> int:
        """Return the week that a day belongs to."""
        return (day + self._week_shift) // 7

    def _month_of(self, day: int) -> int:
        """Return the month that a day belongs to."""
        when = self.date_of(day)
        return when.year * 12 + when.month - 1

    def _periods(self, second: int) -> Periods:
        second = min(max(second, _FIRST), _LAST)
        day = self.day_of(datetime.fromtimestamp(second, self.zone).date())
        return Periods(day, self.week_of(day), self.month_of(day))

    def _start(self, grain: str, ordinal: int) -> int:
        """Return the first second of a period; the period ends where the next one starts."""
        if grain == "day":
            first = self.date_of(ordinal)
        elif grain == "week":
            first = self.date_of(ordinal * 7 - self._week_shift)
        else:
            first = date.max if ordinal > _LAST_MONTH else date(ordinal // 12, ordinal % 12 + 1, 1)
        # a midnight that the zone skips is the instant of the jump: the earlier offset (fold 0) names it
        midnight = datetime(first.year, first.month, first.day, tzinfo=self.zone)
        return (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
