"""When the periods of targets begin and end, and when the samples of trends were, by the business's clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from stream.engine.calendar import Calendar
from stream.engine.steering.model import SEASONS, Target, Trend

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


class Period(NamedTuple):
    """Half-open, in seconds."""

    start: int
    end: int


def period_of(target: Target, calendar: Calendar, as_of: int) -> Period:
    """Return the period of a target that contains an instant, or the only one that it has."""
    if isinstance(target.by, date):
        assert target.from_ is not None  # noqa: S101 - checked when it was read
        first, last = calendar.day_of(target.from_), calendar.day_of(target.by)
        return Period(calendar.start("day", first), calendar.start("day", last + 1))
    now = calendar.periods(as_of)
    if target.by in _MONTHS:
        months = _MONTHS[target.by]
        ordinal = now.month // months * months
        return Period(calendar.start("month", ordinal), calendar.start("month", ordinal + months))
    ordinal = now.day if target.by == "day" else now.week
    return Period(calendar.start(target.by, ordinal), calendar.start(target.by, ordinal + 1))


def first_instant(period: Period, interval: int) -> int:
    """Return the first instant of the grid in a period."""
    return -(-period.start // interval) * interval


def instants_of(trend: Trend, calendar: Calendar, as_of: int) -> list[int]:
    """Return the instants of a trend's samples, the latest first: the same local time, seasons ago."""
    if trend.season == "hour":
        return [as_of - back * SEASONS["hour"] for back in range(1, trend.samples + 1)]
    local = datetime.fromtimestamp(as_of, UTC).astimezone(calendar.zone)
    days = SEASONS[trend.season] // SEASONS["day"]
    return [int((local - timedelta(days=days * back)).timestamp()) for back in range(1, trend.samples + 1)]
