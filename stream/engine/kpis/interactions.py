"""Impressions, clicks, downloads and preferences (catalogue part 1, section 2.5)."""

from __future__ import annotations

from typing import Any, Final

from stream.engine.kpis.kpi import Kpi, Scope, Value, View, count, divided, ratio
from stream.engine.names import OTHER
from stream.engine.publication import published
from stream.engine.windows import HABITS, C, H, L, R

_SETTINGS: Final = 100
_VALUES: Final = 20


def _preferences(view: View) -> Value:
    """Return {setting: {value: users and share}}, of the settings and the values with the most users."""
    by_setting: dict[str, dict[str, int]] = {}
    for label, users in view.standing(HABITS, "preferences").items():
        length, _, rest = label.partition(":")
        by_setting.setdefault(rest[: int(length)], {})[rest[int(length) :]] = users
    ordered = sorted(by_setting.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return Value({setting: _shares(values) for setting, values in ordered[:_SETTINGS]})


def _shares(values: dict[str, int]) -> dict[str, Any]:
    total = sum(values.values())
    ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    shown = dict(ordered[:_VALUES])
    rest = sum(users for _, users in ordered[_VALUES:])
    if rest:
        shown[OTHER] = shown.get(OTHER, 0) + rest
    return {
        value: {"users": users, "share": published(divided(users, total, "no users").value)}
        for value, users in shown.items()
    }


IMPRESSIONS: Final = Kpi(
    "impressions",
    "impressions",
    (*R, *C),
    count("impressions"),
    "How often something was shown.",
    "`usage.impressed` events that are activity; the same `impression_id` of a user and element counts once, at its "
    "earliest, while its events are less than 24 h apart.",
    "https://support.google.com/google-ads/answer/6320",
    "The banner is shown to Ann twice, once of them told twice with the same id: 2.",
)
CLICKS: Final = Kpi(
    "clicks",
    "clicks",
    (*R, *C),
    count("clicks"),
    "How often something was clicked on.",
    "`usage.clicked` events that are activity; the same `impression_id` of a user and element counts once, at its "
    "earliest, while its events are less than 24 h apart.",
    "https://support.google.com/google-ads/answer/31799",
    "Ann clicks on the banner twice, without an id: 2.",
)
CTR: Final = Kpi(
    "ctr",
    "fraction",
    H,
    ratio("pairs_clicked", "pairs_shown", "no impressions"),
    "How many of those who were shown something clicked on it.",
    "Pairs of a user and an element with an impression and a click in the window, in either order ÷ those with an "
    "impression in it. Null: no impressions.",
    "https://support.google.com/google-ads/answer/2615875",
    "Ann and Bob are shown the banner, Ann clicks on it three times, Cem once without having been shown it: 0.5.",
)
DOWNLOADS: Final = Kpi(
    "downloads",
    "downloads",
    (*L, *C),
    count("downloads"),
    "How often a file was downloaded.",
    "`usage.downloaded` events that are activity.",
    "https://matomo.org/faq/reports/downloads-report/",
    "Ann downloads the same file twice: 2.",
)
DOWNLOADERS: Final = Kpi(
    "downloaders",
    "users",
    (*L, *C),
    count("downloaders"),
    "People who downloaded something.",
    "Distinct users with at least one download in the window, exact.",
    "https://matomo.org/faq/reports/downloads-report/",
    "Ann downloads the same file twice, Bob another one: 2.",
)


PREFERENCES: Final = Kpi(
    "preferences",
    "table",
    (),
    _preferences,
    "What people have set.",
    "For each setting, the 100 with the most users, and each of its values, the 20 with the most users: `users` whose "
    "latest value it is by the time of the event, and their `share` of the users with a value for the setting; `other` "
    "adds up the rest of the values.",
    "https://firebase.google.com/docs/analytics/user-properties",
    "Ann sets the theme to dark, Bob to dark and later to light: dark and light have 1 user each, a share of 0.5.",
    scope=Scope.NONE,
)
