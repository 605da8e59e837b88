"""Instants: whole milliseconds since the Unix epoch, and the texts, days and months made of them."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(60)]
_SECONDS = [f"{second:02d}" for second in range(60)]


def instant(moment: datetime) -> int:
    """Turn a moment into an instant; what is finer than a millisecond is cut.

    Example:
        >>> instant(datetime(1970, 1, 2, tzinfo=UTC))
        86400000
    """
    return (moment - EPOCH) // timedelta(milliseconds=1)


def moment(at: int) -> datetime:
    """Turn an instant into a moment, in UTC."""
    return EPOCH + timedelta(milliseconds=at)


@lru_cache(maxsize=64)
def _date(day: int) -> str:
    return moment(day * DAY).date().isoformat()


def text(at: int) -> str:
    """Write an instant as RFC 3339 with milliseconds.

    Example:
        >>> text(86_400_250)
        '1970-01-02T00:00:00.250Z'
    """
    day, rest = divmod(at, DAY)
    minute, rest = divmod(rest, MINUTE)
    return f"{_date(day)}T{_MINUTES[minute]}:{_SECONDS[rest // SECOND]}.{rest % SECOND:03d}Z"


def short(at: int) -> str:
    """Write an instant that is a whole second as RFC 3339 without a fraction.

    Example:
        >>> short(86_400_000)
        '1970-01-02T00:00:00Z'
    """
    return text(at)[:-5] + "Z"


@lru_cache(maxsize=8192)
def midnight(zone: str, day: int) -> int:
    """Find the first instant of a local day.

    Args:
        zone: IANA name of the zone.
        day: The local day, in days since 1970-01-01.

    Example:
        >>> text(midnight("Europe/Berlin", 1))
        '1970-01-01T23:00:00.000Z'
    """
    local = date(1970, 1, 1) + timedelta(days=day)
    return instant(datetime(local.year, local.month, local.day, tzinfo=ZoneInfo(zone)))


def local_day(zone: str, at: int) -> int:
    """Find the local day that contains an instant, in days since 1970-01-01."""
    return (moment(at).astimezone(ZoneInfo(zone)).date() - date(1970, 1, 1)).days


def weekday(day: int) -> int:
    """Find the day of the week, Monday = 0; 1970-01-01 was a Thursday."""
    return (day + 3) % 7


def months_later(at: int, months: int) -> int:
    """Go some calendar months on, to the same day and time or to the month's last day.

    Example:
        >>> text(months_later(30 * DAY, 1))  # from January 31st
        '1970-02-28T00:00:00.000Z'
    """
    start = moment(at)
    years, month = divmod(start.month - 1 + months, 12)
    last = monthrange(start.year + years, month + 1)[1]
    day = min(start.day, last)
    return instant(start.replace(year=start.year + years, month=month + 1, day=day))
