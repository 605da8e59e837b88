"""Changes against the window before (catalogue part 1, section 2.5)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.counters import FIRST_USAGE
from stream.engine.kpis import activity, habits, interactions, sessions
from stream.engine.kpis.kpi import Kpi, Value, View
from stream.engine.units import MICRO

_ROLLING: Final = ("24h", "7d", "30d")
_ENDED: Final = ("yesterday", "last_week", "last_month")
_BOTH: Final = (*_ROLLING, *_ENDED)
"""Of sums only: in a rolling window a distinct count no longer knows who was there in the one before."""


def _change(kpi: Kpi) -> Callable[[View], Value]:
    def formula(view: View) -> Value:
        past = view.before()
        first = view.now(FIRST_USAGE)
        if not first or first > past.start() * MICRO:
            return Value(None, "no history")
        now, then = kpi.formula(view), kpi.formula(past)
        for found in (now, then):
            if not isinstance(found.value, int | Fraction):
                return Value(None, found.reason)
        if not then.value:
            return Value(None, "previous is zero")
        return Value(Fraction(now.value - then.value) / abs(then.value))  # type: ignore[operator, arg-type]

    return formula


def _declare(kpi: Kpi, windows: tuple[str, ...]) -> Kpi:
    return Kpi(
        f"{kpi.name}_change",
        "fraction",
        tuple(window for window in windows if window in kpi.windows),
        _change(kpi),
        f"How `{kpi.name}` changed against the window just before.",
        f"(`{kpi.name}` − P) ÷ |P|, P = `{kpi.name}` over the window just before. Null where P is 0 (previous is zero) "
        "or either has no value; and while the first usage event ever is later than the start of P, null: no history.",
        "https://support.google.com/analytics/answer/9143382",
        f"`{kpi.name}` is 6 in a week that was recorded, and 4 in the week before: 0.5.",
        scope=kpi.scope,
    )


EVENTS_CHANGE: Final = _declare(activity.EVENTS, _BOTH)
ACTIVITY_EVENTS_CHANGE: Final = _declare(activity.ACTIVITY_EVENTS, _BOTH)
NEW_USERS_CHANGE: Final = _declare(activity.NEW_USERS, _BOTH)
ATTEMPTS_CHANGE: Final = _declare(activity.ATTEMPTS, _BOTH)
ERROR_RATE_CHANGE: Final = _declare(activity.ERROR_RATE, _BOTH)
SESSIONS_CHANGE: Final = _declare(sessions.SESSIONS, _BOTH)
SESSION_DURATION_AVG_CHANGE: Final = _declare(sessions.SESSION_DURATION_AVG, _BOTH)
PAGES_PER_SESSION_CHANGE: Final = _declare(sessions.PAGES_PER_SESSION, _BOTH)
BOUNCE_RATE_CHANGE: Final = _declare(sessions.BOUNCE_RATE, _BOTH)
FRUSTRATED_SESSIONS_RATE_CHANGE: Final = _declare(sessions.FRUSTRATED_SESSIONS_RATE, _BOTH)
ACTIVE_USERS_CHANGE: Final = _declare(activity.ACTIVE_USERS, _ENDED)
ACTIVE_ACCOUNTS_CHANGE: Final = _declare(activity.ACTIVE_ACCOUNTS, _ENDED)
RETURNING_USERS_CHANGE: Final = _declare(activity.RETURNING_USERS, _ENDED)
RESURRECTED_USERS_CHANGE: Final = _declare(activity.RESURRECTED_USERS, _ENDED)
DORMANT_USERS_CHANGE: Final = _declare(activity.DORMANT_USERS, _ENDED)
USAGE_QUICK_RATIO_CHANGE: Final = _declare(activity.USAGE_QUICK_RATIO, _ENDED)
EVENTS_PER_USER_CHANGE: Final = _declare(activity.EVENTS_PER_USER, _ENDED)
STICKINESS_CHANGE: Final = _declare(habits.STICKINESS, _ENDED)
SESSION_DURATION_P50_CHANGE: Final = _declare(sessions.SESSION_DURATION_P50, _ENDED)
SESSION_DURATION_P90_CHANGE: Final = _declare(sessions.SESSION_DURATION_P90, _ENDED)
PAGE_VIEWS_CHANGE: Final = _declare(sessions.PAGE_VIEWS, _BOTH)
IMPRESSIONS_CHANGE: Final = _declare(interactions.IMPRESSIONS, _BOTH)
CLICKS_CHANGE: Final = _declare(interactions.CLICKS, _BOTH)
DOWNLOADS_CHANGE: Final = _declare(interactions.DOWNLOADS, _BOTH)
ENGAGED_TIME_CHANGE: Final = _declare(sessions.ENGAGED_TIME, _BOTH)
ENGAGED_TIME_PER_USER_CHANGE: Final = _declare(sessions.ENGAGED_TIME_PER_USER, _ENDED)
TIME_ON_PAGE_P50_CHANGE: Final = _declare(sessions.TIME_ON_PAGE_P50, _ENDED)
TIME_ON_PAGE_P90_CHANGE: Final = _declare(sessions.TIME_ON_PAGE_P90, _ENDED)
VIEWS_PER_USER_CHANGE: Final = _declare(sessions.VIEWS_PER_USER, _ENDED)
DOWNLOADERS_CHANGE: Final = _declare(interactions.DOWNLOADERS, _ENDED)
AFFECTED_USERS_RATE_CHANGE: Final = _declare(activity.AFFECTED_USERS_RATE, _ENDED)
