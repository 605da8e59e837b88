"""Sessions and pages (catalogue part 1, section 2.4)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.kpis.kpi import Kpi, Value, View, count, divided, gauge, ratio
from stream.engine.quantiles import quantile
from stream.engine.windows import C, H, L, R

_WINDOWS: Final = (*H, *C)
_NONE: Final = "no sessions"


def duration_quantile(counter: str, q: Fraction, reason: str) -> Callable[[View], Value]:
    """Return the formula of a quantile of durations in seconds, from a counter of cells."""

    def formula(view: View) -> Value:
        milliseconds = quantile(((int(cell), n) for cell, n in view.labels(counter).items()), q)
        return Value(None, reason) if milliseconds is None else Value(milliseconds / 1_000)

    return formula


SESSIONS: Final = Kpi(
    "sessions",
    "sessions",
    _WINDOWS,
    count("sessions"),
    "Visits: what a person did without a longer pause.",
    "Sessions whose last event is in the window, open ones included.",
    "https://support.google.com/analytics/answer/9191807",
)
OPEN_SESSIONS: Final = Kpi(
    "open_sessions",
    "sessions",
    (),
    gauge("open_sessions"),
    "Visits that go on right now.",
    "Sessions whose last event + `sessions.gap` is after the snapshot's instant.",
    "https://support.google.com/analytics/answer/9271392",
    "With a gap of 30 min, a click at 10:00 is an open session up to 10:29:59, and none at 10:30:00.",
)
SESSION_DURATION_AVG: Final = Kpi(
    "session_duration_avg",
    "seconds",
    _WINDOWS,
    lambda view: divided(Fraction(view["session_ms"], 1_000), view["sessions"], _NONE),
    "How long a session lasts on average.",
    "Σ (last − first event) ÷ `sessions`; a session of one event lasts 0 s. Null: no sessions.",
    "https://matomo.org/faq/reports/what-is-the-average-visit-duration/",
)
SESSION_DURATION_P50: Final = Kpi(
    "session_duration_p50",
    "seconds",
    _WINDOWS,
    duration_quantile("session_cells", Fraction(1, 2), _NONE),
    "The duration that half of the sessions do not exceed.",
    "Nearest-rank quantile of the same durations, within 1 %. Null: no sessions.",
    "Masson, Rim, Lee: DDSketch, VLDB 2019",
)
SESSION_DURATION_P90: Final = Kpi(
    "session_duration_p90",
    "seconds",
    _WINDOWS,
    duration_quantile("session_cells", Fraction(9, 10), _NONE),
    "The duration that nine of ten sessions do not exceed.",
    "Nearest-rank quantile of the same durations, within 1 %. Null: no sessions.",
    "Masson, Rim, Lee: DDSketch, VLDB 2019",
)
PAGES_PER_SESSION: Final = Kpi(
    "pages_per_session",
    "views/session",
    _WINDOWS,
    ratio("session_views", "sessions", _NONE),
    "How many pages are viewed in a session.",
    "Page views inside the sessions of `sessions` ÷ `sessions`. Null: no sessions.",
    "https://plausible.io/docs/metrics-definitions",
)
BOUNCE_RATE: Final = Kpi(
    "bounce_rate",
    "fraction",
    _WINDOWS,
    ratio("sessions_bounced", "sessions_viewed", "no closed sessions with a page view"),
    "How many visits saw one page and did nothing.",
    "Closed sessions with exactly one page and no interaction ÷ closed sessions with a page view. "
    "Null: no closed sessions with a page view.",
    "https://plausible.io/docs/metrics-definitions",
)
FRUSTRATED_SESSIONS_RATE: Final = Kpi(
    "frustrated_sessions_rate",
    "fraction",
    _WINDOWS,
    ratio("sessions_frustrated", "sessions", _NONE),
    "How many sessions met failure after failure.",
    "Sessions with at least 3 failed `usage.tracked` ÷ `sessions`. Null: no sessions.",
    "https://docs.datadoghq.com/real_user_monitoring/platform/frustration_signals/",
)
PAGE_VIEWS: Final = Kpi(
    "page_views",
    "views",
    (*R, *C),
    count("page_views"),
    "How often pages were viewed.",
    "`usage.page_viewed` events that are activity; the same `page_view_id` of a user counts once, at its earliest, "
    "while its events are less than 24 h apart.",
    "https://plausible.io/docs/metrics-definitions",
    "Ann views a page, reloads it with the same id, and views another one: 2.",
)
VIEWS_PER_USER: Final = Kpi(
    "views_per_user",
    "views/user",
    (*L, *C),
    ratio("page_views", "active_users", "no active users"),
    "How much an active person looks at.",
    "`page_views` ÷ `active_users`; null: no active users.",
    "https://support.google.com/analytics/answer/9143382",
    "Ann views 3 pages, Bob none but does something else: 1.5.",
)
