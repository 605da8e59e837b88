"""Activity and life-cycle (catalogue part 1, sections 2.1 and 2.5)."""

from __future__ import annotations

from typing import Final

from stream.engine.kpis.kpi import Kpi, Value, View, count, divided, gauge, ratio
from stream.engine.windows import C, L, R

_WINDOWS: Final = (*R, *C)
_ENDED: Final = ("yesterday", "last_week", "last_month")
_LIFE_CYCLE: Final = "https://docs.mixpanel.com/docs/reports/apps/lifecycle"

EVENTS: Final = Kpi(
    "events",
    "events",
    _WINDOWS,
    count("events"),
    "Usage events, background ones included.",
    "Usage events that are no duplicate, no test and no bot.",
    "https://plausible.io/docs/metrics-definitions",
    "Ann clicks twice, once of them told twice with the same id; a background job of hers runs, and a bot comes by: 3.",
)
ACTIVITY_EVENTS: Final = Kpi(
    "activity_events",
    "events",
    _WINDOWS,
    count("activity_events"),
    "Usage events that a person caused.",
    "Counted usage events with `active` ≠ false.",
    "https://amplitude.com/docs/data/user-properties-and-events",
    "Ann clicks twice, and a background job of hers runs: 2.",
)
ACTIVE_USERS: Final = Kpi(
    "active_users",
    "users",
    _WINDOWS,
    count("active_users"),
    "Different people who did anything: DAU, WAU and MAU, rolling and calendar.",
    "Distinct users with at least one activity event in the window, exact.",
    "https://mixpanel.com/blog/what-is-dau-wau-mau/",
    "Ann comes on Monday and on Tuesday, Bob on Monday: 2 in the week, 1 on Tuesday.",
)
ACTIVE_ACCOUNTS: Final = Kpi(
    "active_accounts",
    "accounts",
    _WINDOWS,
    count("active_accounts"),
    "Different accounts whose people did anything.",
    "Distinct accounts with at least one activity event in the window, exact.",
    "https://mixpanel.com/blog/what-is-dau-wau-mau/",
    "Ann and Bob of acme click, and Cem of globex, and Dan who has no account: 2.",
)
NEW_USERS: Final = Kpi(
    "new_users",
    "users",
    _WINDOWS,
    count("new_users"),
    "People who were seen for the first time.",
    "Users whose first activity ever is in the window; in a segment, those of them who were active there.",
    "https://docs.mixpanel.com/docs/reports/apps/lifecycle",
    "Ann comes for the first time on Monday, and again on Tuesday, when Bob comes for the first time: 1 each day.",
)
CONCURRENT_USERS: Final = Kpi(
    "concurrent_users",
    "users",
    (),
    gauge("concurrent_users"),
    "People who are there right now.",
    "Distinct users with at least one open session: one whose last event is less than `sessions.gap` ago.",
    "https://support.google.com/analytics/answer/9271392",
    "Ann is in two browsers, Bob in one, Cem has been silent for 30 min: 2 at that instant.",
)
RETURNING_USERS: Final = Kpi(
    "returning_users",
    "users",
    C,
    count("returning_users"),
    "People who were there in the period before, and are again.",
    "Users active in the period and in the one before; those are not new.",
    _LIFE_CYCLE,
    "Ann is active on Monday and on Tuesday: on Tuesday she is 1 returning user.",
)


def resurrected(view: View) -> int:
    """Return the active users that are neither new nor returning."""
    return view["active_users"] - view["new_users"] - view["returning_users"]


RESURRECTED_USERS: Final = Kpi(
    "resurrected_users",
    "users",
    C,
    lambda view: Value(resurrected(view)),
    "People who came back after a period without them.",
    "Users active in the period, not in the one before, and not new. "
    "`new_users` + `returning_users` + this = `active_users`.",
    _LIFE_CYCLE,
    "Ann is active on Monday and on Thursday: on Thursday she is 1 resurrected user.",
)
DORMANT_USERS: Final = Kpi(
    "dormant_users",
    "users",
    _ENDED,
    count("dormant_users"),
    "People who were there in the period before and stayed away in this one.",
    "Users active in the period before the ended one, and not in it; a positive number.",
    _LIFE_CYCLE,
    "Ann is active on Monday and on Thursday: she is 1 dormant user of Tuesday, and none of Wednesday.",
)
USAGE_QUICK_RATIO: Final = Kpi(
    "usage_quick_ratio",
    "ratio",
    _ENDED,
    lambda view: divided(view["new_users"] + resurrected(view), view["dormant_users"], "no dormant users"),
    "Whether more people come than go: growth above 1.",
    "(`new_users` + `resurrected_users`) ÷ `dormant_users`; null: no dormant users.",
    "https://socialcapital.com/ideas/2017-diligence-at-social-capital-epilogue-introducing-the-8-ball-and-gaap-for-startups",
    "2 new and 1 resurrected users in a week that 2 users of the week before stayed away from: 1.5.",
)
EVENTS_PER_USER: Final = Kpi(
    "events_per_user",
    "events/user",
    (*L, *C),
    ratio("activity_events", "active_users", "no active users"),
    "How much an active person does.",
    "`activity_events` ÷ `active_users`; null: no active users.",
    "https://amplitude.com/docs/analytics/charts/event-segmentation/event-segmentation-choose-measurement",
    "Ann does 3 things and Bob 2 in a day: 2.5.",
)
ATTEMPTS: Final = Kpi(
    "attempts",
    "attempts",
    _WINDOWS,
    count("attempts"),
    "Things that the product tried to do.",
    "`usage.tracked` events, active or not.",
    "https://sre.google/sre-book/monitoring-distributed-systems/",
    "Ann exports twice, once in vain, views a page, and a job of hers imports something: 3.",
)
ERROR_RATE: Final = Kpi(
    "error_rate",
    "fraction",
    _WINDOWS,
    ratio("failures", "attempts", "no attempts"),
    "How much of what the product tried to do failed.",
    "`attempts` with `outcome` failure ÷ `attempts`; null: no attempts.",
    "https://sre.google/sre-book/monitoring-distributed-systems/",
    "4 exports, of which 1 failed: 0.25.",
)
AFFECTED_USERS_RATE: Final = Kpi(
    "affected_users_rate",
    "fraction",
    _WINDOWS,
    ratio("affected_users", "active_users", "no active users"),
    "How many of the active people met a failure.",
    "Distinct users with at least one failed `usage.tracked` that is activity ÷ `active_users`; null: no active users.",
    "https://docs.sentry.io/product/releases/health/",
    "Ann, Bob, Cem and Dan are active, Ann meets three failures: 0.25.",
)
