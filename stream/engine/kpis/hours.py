"""Hours of the week (catalogue part 1, section 2.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Final

from stream.engine.calendar import Calendar
from stream.engine.kpis.kpi import Kpi, Value, View
from stream.engine.publication import published
from stream.engine.trackers.hours import hour_of_week
from stream.engine.windows import WEEKLY

_HOURS: Final = 168
_QUARTER: Final = 900
_SOURCE: Final = "https://matomo.org/faq/reports/visits-by-local-time/"


@lru_cache(maxsize=64)
def _quarters(calendar: Calendar, first: int, end: int) -> Mapping[int, int]:
    """Return the seconds of each hour of the week in whole quarters of an hour, `[first, end)`."""
    return Counter(
        {
            hour: _QUARTER * quarters
            for hour, quarters in Counter(
                hour_of_week(calendar, quarter * _QUARTER) for quarter in range(first, end)
            ).items()
        }
    )


def _rates(view: View) -> list[Fraction | None]:
    """Return the events an hour in each hour of the week; None where the window has no such hour."""
    seconds = Counter(_quarters(view.calendar, view.start() // _QUARTER, view.as_of // _QUARTER))
    seconds[hour_of_week(view.calendar, view.as_of)] += view.as_of % _QUARTER
    counts = view.labels("by_hour")
    return [
        Fraction(counts.get(str(hour), 0) * 3_600, seconds[hour]) if seconds[hour] else None for hour in range(_HOURS)
    ]


def _peak(view: View) -> Value:
    rates = [rate or Fraction(0) for rate in _rates(view)]
    highest = max(rates)
    return Value(rates.index(highest)) if highest else Value(None, "no activity")


USAGE_BY_HOUR: Final = Kpi(
    "usage_by_hour",
    "table",
    WEEKLY,
    lambda view: Value([published(rate) for rate in _rates(view)]),
    "When in the week the product is used.",
    "168 numbers, the first for Monday 00:00 local: activity events, page pings apart, in that hour of the week ÷ the "
    "hours of it that the window covers; empty where it covers none.",
    _SOURCE,
    "Two clicks on Monday between 9 and 10 and nothing else in 7 days: number 9 is 2, the others are 0.",
)
PEAK_HOUR: Final = Kpi(
    "peak_hour",
    "hour of week",
    WEEKLY,
    _peak,
    "The hour of the week with the most use.",
    "The index, 0 to 167, of the largest number of `usage_by_hour`, the first of equals. Null: no activity.",
    _SOURCE,
    "Two clicks on Monday between 9 and 10 and nothing else in 7 days: 9.",
)
