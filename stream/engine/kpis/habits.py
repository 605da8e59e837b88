"""Stickiness and tiers (catalogue part 1, section 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from stream.engine.kpis.kpi import Kpi, Value, View, divided
from stream.engine.publication import published
from stream.engine.trackers.spans import HABIT_WINDOWS, spans
from stream.engine.windows import HABITS

_NOBODY: Final = "no active users"
_TIERED: Final = ("7d", "30d")
_TIERS: Final = {"7d": {"power": 4, "core": 2, "casual": 1}, "30d": {"power": 15, "core": 5, "casual": 1}}
"""The fewest active days of a tier; each ends where the next begins."""
_FREQUENT: Final = {"7d": 3, "30d": 8}
_SOURCE: Final = "https://andrewchen.com/power-user-curve/"


def _histogram(view: View) -> Mapping[int, int]:
    """Return {number of active days in the window: users}."""
    found: dict[int, int] = {}
    for label, users in view.standing(HABITS, "active_days").items():
        window, _, days = label.partition(".")
        if window == view.window:
            found[int(days)] = users
    return found


def _days(view: View) -> int:
    return spans(view.calendar, view.as_of)[view.window].days


def _stickiness(view: View) -> Value:
    histogram = _histogram(view)
    users = sum(histogram.values())
    if not users:
        return Value(None, _NOBODY)
    return Value(Fraction(sum(days * count for days, count in histogram.items()), _days(view) * users))


def _table(view: View) -> Value:
    histogram = _histogram(view)
    return Value([histogram.get(days, 0) for days in range(1, _days(view) + 1)])


def _at_least(view: View, fewest: int, most: int | None = None) -> int:
    return sum(count for days, count in _histogram(view).items() if days >= fewest and (most is None or days < most))


def _tier(name: str, next_one: str | None) -> Callable[[View], int]:
    def users(view: View) -> int:
        tiers = _TIERS[view.window]
        return _at_least(view, tiers[name], None if next_one is None else tiers[next_one])

    return users


_TIER_USERS: Final = {"power": _tier("power", None), "core": _tier("core", "power"), "casual": _tier("casual", "core")}


def _tiers(view: View) -> Value:
    everybody = _at_least(view, 1)
    table: dict[str, Any] = {}
    for name, users in _TIER_USERS.items():
        count = users(view)
        share = published(divided(count, everybody, _NOBODY).value)
        table[name] = {"from_days": _TIERS[view.window][name], "users": count, "share": share}
    return Value(table)


STICKINESS: Final = Kpi(
    "stickiness",
    "fraction",
    HABIT_WINDOWS,
    _stickiness,
    "On how many of the days an active person comes: DAU ÷ MAU.",
    "D = the local days that begin in the window, N = their number, B = users active on at least one of them: "
    "(Σ over D of users active that day ÷ N) ÷ B. Null: no active users.",
    "https://amplitude.com/blog/dau-mau-stickiness",
    "In 7 days Ann is active on 7 and Bob on 1: (8 ÷ 7) ÷ 2 = 0.571429.",
)
STICKINESS_HISTOGRAM: Final = Kpi(
    "stickiness_histogram",
    "table",
    HABIT_WINDOWS,
    _table,
    "How many people come on one day, on two, on all of them.",
    "The n-th number, from 1: users active on exactly n of the local days that begin in the window.",
    _SOURCE,
    "In 7 days Ann is active on 7 and Bob on 1: [1, 0, 0, 0, 0, 0, 1].",
)
POWER_USERS: Final = Kpi(
    "power_users",
    "users",
    _TIERED,
    lambda view: Value(_TIER_USERS["power"](view)),
    "People who are there most of the days.",
    "Users active on at least 4 of the days of 7d, at least 15 of 30d.",
    _SOURCE,
    "Ann is active on 4 of the last 7 days, Bob on 3: 1.",
)
CORE_USERS: Final = Kpi(
    "core_users",
    "users",
    _TIERED,
    lambda view: Value(_TIER_USERS["core"](view)),
    "People who are there regularly.",
    "Users active on 2 to 3 of the days of 7d, 5 to 14 of 30d.",
    _SOURCE,
    "Ann is active on 4 of the last 7 days, Bob on 3: 1, Bob.",
)
CASUAL_USERS: Final = Kpi(
    "casual_users",
    "users",
    _TIERED,
    lambda view: Value(_TIER_USERS["casual"](view)),
    "People who are there now and then.",
    "Users active on 1 of the days of 7d, 1 to 4 of 30d.",
    _SOURCE,
    "Cem is active on 1 of the last 7 days: 1.",
)
FREQUENT_USERS: Final = Kpi(
    "frequent_users",
    "users",
    _TIERED,
    lambda view: Value(_at_least(view, _FREQUENT[view.window])),
    "People who come often.",
    "Users active on at least 3 of the days of 7d, at least 8 of 30d.",
    _SOURCE,
    "Ann is active on 3 of the last 7 days, Bob on 2: 1.",
)
RARE_USERS: Final = Kpi(
    "rare_users",
    "users",
    _TIERED,
    lambda view: Value(_at_least(view, 1, _FREQUENT[view.window])),
    "People who come, but not often.",
    "Users active on the days of the window that are no frequent users.",
    _SOURCE,
    "Ann is active on 3 of the last 7 days, Bob on 2: 1, Bob.",
)
USAGE_TIERS: Final = Kpi(
    "usage_tiers",
    "table",
    _TIERED,
    _tiers,
    "Power, core and casual users side by side.",
    "For each tier the fewest active days, the users, and their share of all that were active on these days.",
    _SOURCE,
    "Of 7 days Ann is active on 4 and Bob on 1: power and casual users 1 each, with a share of 0.5; core users 0.",
)
