"""Retention of users (catalogue part 1, section 2.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from stream.engine.calendar import Calendar
from stream.engine.kpis.kpi import Kpi, Value, View, divided
from stream.engine.publication import published
from stream.engine.trackers.retained import SHOWN, slot
from stream.engine.windows import COHORTS

_NONE: Final = "no new users in cohort"
_SOURCE: Final = "https://amplitude.com/docs/analytics/charts/retention-analysis/retention-analysis-calculation"


def _current(view: View, grain: str) -> int:
    return int(getattr(view.calendar.periods(view.as_of), grain))


def _name(calendar: Calendar, grain: str, cohort: int) -> str:
    if grain == "month":
        return f"{cohort // 12:04}-{cohort % 12 + 1:02}"
    first: date = calendar.date_of(calendar.periods(calendar.start(grain, cohort)).day)
    return first.isoformat()


def _table(whose: str, grain: str) -> Callable[[View], Value]:
    """Return the formula of a table: its cohorts, oldest first."""

    def formula(view: View) -> Value:
        current, cells = _current(view, grain), view.standing(COHORTS, f"retained_{whose}_{grain}")
        rows: list[dict[str, Any]] = []
        for cohort in range(current - SHOWN[grain] + 1, current + 1):
            number = slot(grain, cohort)
            size = cells.get(f"{number}.0", 0)
            users = [
                cells.get(f"{number}.{period}", 0) if cohort + period < current else None
                for period in range(SHOWN[grain])
            ]
            rates = [None if count is None else published(divided(count, size, _NONE).value) for count in users]
            rows.append({"cohort": _name(view.calendar, grain, cohort), "size": size, "users": users, "rates": rates})
        return Value(rows)

    return formula


def _rate(grain: str, period: int) -> Callable[[View], Value]:
    """Return the formula of a rate: of the newest cohort for which the period has ended."""

    def formula(view: View) -> Value:
        cells = view.standing(COHORTS, f"retained_users_{grain}")
        number = slot(grain, _current(view, grain) - 1 - period)
        return divided(cells.get(f"{number}.{period}", 0), cells.get(f"{number}.0", 0), _NONE)

    return formula


def _declare_table(name: str, whose: str, grain: str, names: str, example: str) -> Kpi:
    shown = SHOWN[grain]
    return Kpi(
        name,
        "table",
        (),
        _table(whose, grain),
        f"Of those who came first in a {grain}, how many came again in each {grain} after it.",
        f"A row for each of the {shown} latest cohorts ({whose} whose first activity is in that local {grain}), oldest "
        f"first: `cohort` ({names}), `size`, `users`: those active in the {grain} cohort + n, n = 0 … {shown - 1}, and "
        f"`rates` = `users` ÷ `size`. "
        f"A cell is empty until its {grain} has ended, as are the rates of an empty cohort.",
        _SOURCE,
        example,
    )


def _declare_rate(grain: str, period: int, example: str) -> Kpi:
    return Kpi(
        f"retention_{grain[0]}{period}",
        "fraction",
        (),
        _rate(grain, period),
        f"How many of those who came first in a {grain} came again {period} {grain}{'s' * (period > 1)} later.",
        f"`rates[{period}]` of the newest cohort of a {grain} whose {grain} {period} has ended. Null: {_NONE}.",
        _SOURCE,
        example,
    )


RETENTION_BY_DAY: Final = _declare_table(
    "retention_by_day",
    "users",
    "day",
    "its date",
    "Ann and Bob come first on Monday, Ann again on Tuesday. "
    "On Wednesday Monday's row has `size` 2, `users` [2, 1, null, …] and `rates` [1, 0.5, null, …].",
)
RETENTION_BY_WEEK: Final = _declare_table(
    "retention_by_week",
    "users",
    "week",
    "its first day",
    "Ann and Bob come first in a week, Ann again in the next: a week later the row has `users` [2, 1, null, …].",
)
RETENTION_BY_MONTH: Final = _declare_table(
    "retention_by_month",
    "users",
    "month",
    "such as `2026-11`",
    "Ann and Bob come first in November, Ann again in December: in January the row has `users` [2, 1, null, …].",
)
ACCOUNT_RETENTION_BY_MONTH: Final = _declare_table(
    "account_retention_by_month",
    "accounts",
    "month",
    "such as `2026-11`",
    "Acme comes first with Ann in November, and with Bob in December: in January `users` is [1, 1, null, …].",
)
RETENTION_D1: Final = _declare_rate(
    "day", 1, "2 users come first on Monday, 1 of them again on Tuesday: 0.5 on Wednesday."
)
RETENTION_D7: Final = _declare_rate(
    "day", 7, "2 users come first on the 1st, 1 of them again on the 8th: 0.5 on the 9th."
)
RETENTION_D30: Final = _declare_rate(
    "day", 30, "2 users come first on the 1st of May, 1 of them again on the 31st: 0.5 on the 1st of June."
)
RETENTION_W1: Final = _declare_rate(
    "week", 1, "2 users come first in week 10, 1 of them again in week 11: 0.5 in week 12."
)
RETENTION_W4: Final = _declare_rate(
    "week", 4, "2 users come first in week 10, 1 of them again in week 14: 0.5 in week 15."
)
RETENTION_M1: Final = _declare_rate("month", 1, "2 users come first in May, 1 of them again in June: 0.5 in July.")
RETENTION_M3: Final = _declare_rate(
    "month", 3, "2 users come first in May, 1 of them again in August: 0.5 in September."
)
