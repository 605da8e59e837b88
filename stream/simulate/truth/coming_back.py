"""Coming back: which of those who were there come again, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from stream.simulate.instants import DAY, local_day, midnight
from stream.simulate.segments import ALL
from stream.simulate.truth.attendance import Attendance, Attender
from stream.simulate.truth.numbers import Value, Values, ratio
from stream.simulate.truth.periods import label, period
from stream.simulate.truth.windows import CALENDAR, Window

_SHOWN = {"day": 31, "week": 13, "month": 13}
_RATES = {"day": (1, 7, 30), "week": (1, 4), "month": (1, 3)}
_GRAINS = {"today": "day", "yesterday": "day", "week": "week", "last_week": "week"}
_ENDED = ("yesterday", "last_week", "last_month")
_HABITS = {"7d": 7, "30d": 30}
_STICKY = (*_HABITS, "week", "last_week", "month", "last_month")
_TIERS = {"7d": {"power": 4, "core": 2, "casual": 1}, "30d": {"power": 15, "core": 5, "casual": 1}}
_FREQUENT = {"7d": 3, "30d": 8}


class ComingBack:
    """Retention, life-cycle and habits at an instant.

    Args:
        attendance: Who was there when, until then.
        as_of: The instant, in milliseconds since the epoch.
        named: The windows.
        zone: IANA name of the zone of the business.
    """

    def __init__(self, attendance: Attendance, as_of: int, named: dict[str, Window], zone: str) -> None:
        self._users, self._accounts = attendance.users, attendance.accounts
        self._today = local_day(zone, as_of)
        self._days = {name: _days(named[name], as_of, name, zone) for name in _STICKY}

    def values(self, segment: str) -> Values:
        """Say the values of a segment."""
        values: Values = {}
        for grain, shown in _SHOWN.items():
            current = period(grain, self._today)
            cells = _cells(self._users, segment, grain)
            values[f"retention_by_{grain}"] = _table(cells, grain, current, shown)
            for number in _RATES[grain]:
                cohort = current - 1 - number
                values[f"retention_{grain[0]}{number}"] = ratio(cells[cohort, number], cells[cohort, 0])
        month = period("month", self._today)
        cells = _cells(self._accounts, segment, "month")
        values["account_retention_by_month"] = _table(cells, "month", month, _SHOWN["month"])
        for name in CALENDAR:
            values |= self._life(segment, name)
        for name, days in self._days.items():
            values |= self._habits(segment, name, days)
        return values

    def _life(self, segment: str, name: str) -> Values:
        """Say who of those in a calendar window, or in the one before it, came back, and who stayed away."""
        grain = _GRAINS.get(name, "month")
        now = period(grain, self._today) - (name in _ENDED)
        kinds: Counter[str] = Counter()
        for user in self._users:
            here, anywhere = user.periods(segment)[grain], user.periods(ALL)[grain]
            if now in here:
                returns = "returning" if now - 1 in anywhere else "resurrected"
                kinds["new" if user.first(grain) == now else returns] += 1
            elif now - 1 in here and now not in anywhere:
                kinds["dormant"] += 1
        values: Values = {f"{kind}_users.{name}": kinds[kind] for kind in ("returning", "resurrected")}
        if name in _ENDED:
            values[f"dormant_users.{name}"] = kinds["dormant"]
            values[f"usage_quick_ratio.{name}"] = ratio(kinds["new"] + kinds["resurrected"], kinds["dormant"])
        return values

    def _habits(self, segment: str, name: str, days: range) -> Values:
        """Say on how many of some days people were there."""
        counted = [sum(1 for day in user.days(segment) if day in days) for user in self._users]
        active = [count for count in counted if count]
        histogram: list[Any] = [active.count(number + 1) for number in range(len(days))]
        values: Values = {
            f"stickiness.{name}": ratio(sum(active), len(days) * len(active)),
            f"stickiness_histogram.{name}": histogram,
        }
        if name in _TIERS:
            frequent = sum(1 for count in active if count >= _FREQUENT[name])
            values[f"frequent_users.{name}"] = frequent
            values[f"rare_users.{name}"] = len(active) - frequent
            values[f"usage_tiers.{name}"] = tiers = _tiers(active, _TIERS[name])
            values |= {f"{tier}_users.{name}": row["users"] for tier, row in tiers.items()}
        return values


def _days(window: Window, as_of: int, name: str, zone: str) -> range:
    """Find the local days that begin in a window; a rolling one is taken to the millisecond."""
    start = as_of - _HABITS[name] * DAY if name in _HABITS else window.start
    first, last = local_day(zone, start), local_day(zone, window.end)
    return range(first + (midnight(zone, first) < start), last + (midnight(zone, last) < window.end))


def _cells(people: Sequence[Attender], segment: str, grain: str) -> Counter[tuple[int, int]]:
    """Count by (cohort, number): how many of those who came first in a period were there so many periods later.

    In a segment are those who were in it in their first period; later they may be anywhere.
    """
    cells: Counter[tuple[int, int]] = Counter()
    for one in people:
        cohort = one.first(grain)
        if cohort in one.periods(segment)[grain]:
            cells.update((cohort, later - cohort) for later in one.periods(ALL)[grain])
    return cells


def _table(cells: Counter[tuple[int, int]], grain: str, current: int, shown: int) -> Value:
    """Write the newest cohorts, oldest first, as far as their periods have ended."""
    table = []
    for cohort in range(current - shown + 1, current + 1):
        size = cells[cohort, 0]
        users = [cells[cohort, number] if cohort + number < current else None for number in range(shown)]
        rates = [None if count is None else ratio(count, size) for count in users]
        table.append({"cohort": label(grain, cohort), "size": size, "users": users, "rates": rates})
    return table


def _tiers(active: Sequence[int], tiers: dict[str, int]) -> dict[str, Any]:
    """Sort people by the number of their days: into the highest tier that they reach."""
    table, below = {}, max(active, default=0) + 1
    for tier, fewest in tiers.items():
        users = sum(1 for count in active if fewest <= count < below)
        table[tier] = {"from_days": fewest, "users": users, "share": ratio(users, len(active))}
        below = fewest
    return table
