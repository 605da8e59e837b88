"""Activity and life-cycle (catalogue part 1, sections 2.1 and 2.5)."""

from __future__ import annotations

from typing import Final

from stream.engine.kpis.kpi import Kpi, count, ratio
from stream.engine.windows import C, R

_WINDOWS: Final = (*R, *C)

EVENTS: Final = Kpi(
    "events",
    "events",
    _WINDOWS,
    count("events"),
    "Usage events, background ones included.",
    "Usage events that are no duplicate, no test and no bot.",
    "https://plausible.io/docs/metrics-definitions",
)
ACTIVITY_EVENTS: Final = Kpi(
    "activity_events",
    "events",
    _WINDOWS,
    count("activity_events"),
    "Usage events that a person caused.",
    "Counted usage events with `active` ≠ false.",
    "https://amplitude.com/docs/data/user-properties-and-events",
)
ACTIVE_USERS: Final = Kpi(
    "active_users",
    "users",
    _WINDOWS,
    count("active_users"),
    "Different people who did anything: DAU, WAU and MAU, rolling and calendar.",
    "Distinct users with at least one activity event in the window, exact.",
    "https://mixpanel.com/blog/what-is-dau-wau-mau/",
)
ACTIVE_ACCOUNTS: Final = Kpi(
    "active_accounts",
    "accounts",
    _WINDOWS,
    count("active_accounts"),
    "Different accounts whose people did anything.",
    "Distinct accounts with at least one activity event in the window, exact.",
    "https://mixpanel.com/blog/what-is-dau-wau-mau/",
)
NEW_USERS: Final = Kpi(
    "new_users",
    "users",
    _WINDOWS,
    count("new_users"),
    "People who were seen for the first time.",
    "Users whose first activity ever is in the window; in a segment, those of them who were active there.",
    "https://docs.mixpanel.com/docs/reports/apps/lifecycle",
)
ATTEMPTS: Final = Kpi(
    "attempts",
    "attempts",
    _WINDOWS,
    count("attempts"),
    "Things that the product tried to do.",
    "`usage.tracked` events, active or not.",
    "https://sre.google/sre-book/monitoring-distributed-systems/",
)
ERROR_RATE: Final = Kpi(
    "error_rate",
    "fraction",
    _WINDOWS,
    ratio("failures", "attempts", "no attempts"),
    "How much of what the product tried to do failed.",
    "`attempts` with `outcome` failure ÷ `attempts`; null: no attempts.",
    "https://sre.google/sre-book/monitoring-distributed-systems/",
)
