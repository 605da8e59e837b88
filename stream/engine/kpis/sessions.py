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
_UNPINGED: Final = "no page with heartbeats"


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
    "Ann clicks at 10:00, 10:20 and 11:00, Bob at 10:00, the gap being 30 min: 3, two of them hers.",
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
    "One session from 10:00 to 10:10, and one of a single click: 300.",
)
SESSION_DURATION_P50: Final = Kpi(
    "session_duration_p50",
    "seconds",
    _WINDOWS,
    duration_quantile("session_cells", Fraction(1, 2), _NONE),
    "The duration that half of the sessions do not exceed.",
    "Nearest-rank quantile of the same durations, within 1 %. Null: no sessions.",
    "Masson, Rim, Lee: DDSketch, VLDB 2019",
    "Sessions of 1 s and 9 s: the first of the two, published as 1.002428, the value of its cell.",
)
SESSION_DURATION_P90: Final = Kpi(
    "session_duration_p90",
    "seconds",
    _WINDOWS,
    duration_quantile("session_cells", Fraction(9, 10), _NONE),
    "The duration that nine of ten sessions do not exceed.",
    "Nearest-rank quantile of the same durations, within 1 %. Null: no sessions.",
    "Masson, Rim, Lee: DDSketch, VLDB 2019",
    "Ten sessions, of 1 s, 2 s and so on up to 10 s: that of 9 s, within 1 %.",
)
PAGES_PER_SESSION: Final = Kpi(
    "pages_per_session",
    "views/session",
    _WINDOWS,
    ratio("session_views", "sessions", _NONE),
    "How many pages are viewed in a session.",
    "Page views inside the sessions of `sessions` ÷ `sessions`. Null: no sessions.",
    "https://plausible.io/docs/metrics-definitions",
    "A session with 3 page views and one with none: 1.5.",
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
    "Ann views a page and leaves, Bob views one and clicks, Cem is still there: 0.5.",
)
FRUSTRATED_SESSIONS_RATE: Final = Kpi(
    "frustrated_sessions_rate",
    "fraction",
    _WINDOWS,
    ratio("sessions_frustrated", "sessions", _NONE),
    "How many sessions met failure after failure.",
    "Sessions with at least 3 failed `usage.tracked` ÷ `sessions`. Null: no sessions.",
    "https://docs.datadoghq.com/real_user_monitoring/platform/frustration_signals/",
    "Four sessions, one of them with 3 failed exports, another with 2: 0.25.",
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
ENGAGED_TIME: Final = Kpi(
    "engaged_time",
    "seconds",
    _WINDOWS,
    lambda view: Value(Fraction(view["engaged_ms"], 1_000)),
    "How long pages were really looked at, all together.",
    "Σ engaged time of the pages whose last ping is in the window. Of a page: `sessions.heartbeat` × (intervals with a "
    "ping − 1) + `sessions.min_visit`, intervals being counted from the Unix epoch; without a ping, or without a view, "
    "nothing. A page is what has one `page_view_id`, else one path in one session, while its events are less than 24 h "
    "apart.",
    "https://support.google.com/analytics/answer/11109416",
    "Ann's page pings at 10:00:10, :20, :21 and :30, which are three intervals, and Bob's once: 25 + 5 = 30.",
)
ENGAGED_TIME_PER_USER: Final = Kpi(
    "engaged_time_per_user",
    "seconds/user",
    (*L, *C),
    lambda view: divided(Fraction(view["engaged_ms"], 1_000), view["active_users"], "no active users"),
    "How long an active person looks at pages.",
    "`engaged_time` ÷ `active_users`; null: no active users.",
    "https://support.google.com/analytics/answer/11109416",
    "Ann looks at a page for 25 s and at another one for 15 s, Bob does something without a page: 20.",
)
TIME_ON_PAGE_P50: Final = Kpi(
    "time_on_page_p50",
    "seconds",
    (*L, *C),
    duration_quantile("page_cells", Fraction(1, 2), _UNPINGED),
    "The time that half of the pages are not looked at for longer than.",
    "Nearest-rank quantile of the engaged time of the pages of `engaged_time`, within 1 %; a page without a ping is "
    "unknown, not 0: it is left out. Null: no page with heartbeats.",
    "Masson, Rim, Lee: DDSketch, VLDB 2019",
    "Pages of 5 s, 15 s and 25 s, and one without a ping: that of 15 s, within 1 %.",
)
TIME_ON_PAGE_P90: Final = Kpi(
    "time_on_page_p90",
    "seconds",
    (*L, *C),
    duration_quantile("page_cells", Fraction(9, 10), _UNPINGED),
    "The time that nine of ten pages are not looked at for longer than.",
    "Nearest-rank quantile of the engaged time of the pages of `engaged_time`, within 1 %. Null: no page with "
    "heartbeats.",
    "Masson, Rim, Lee: DDSketch, VLDB 2019",
    "Ten pages, of 5 s, 15 s and so on up to 95 s: that of 85 s, within 1 %.",
)
