"""Times as the contract writes them: RFC 3339 outside, whole microseconds since the Unix epoch inside.

`datetime.fromisoformat` takes far more than RFC 3339 (naive times, week dates, times without seconds), and a naive time
puts an hour of revenue in the wrong day. So the text is read here, strictly, and every refusal says what to write.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["MAX_TIME", "MIN_TIME", "format_time", "from_datetime", "parse_time", "to_datetime"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

MIN_TIME: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""The first instant there is, 0001-01-01T00:00:00Z, in microseconds since the Unix epoch."""

MAX_TIME: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""The last instant there is, 9999-12-31T23:59:59.999999Z, in microseconds since the Unix epoch."""

_WHOLE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})")
_TAIL: Final = re.compile(r"(?:\.([0-9]+))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_SECONDS: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?!:)")
_SPACE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\s+[0-9]")
_NO_OFFSET: Final = re.compile(r"(?:\.[0-9]+)?")

# Events come about in the order of their time, thousands within one second, and there are few milliseconds and offsets:
# what they amount to is worked out once. (Microseconds seldom come again: they are read each time.) Bounded, because a
# back-fill meets every second of a year; emptied at once, because evicting one by one costs more than it saves.
_CACHE_LIMIT: Final = 100_000
_seconds: dict[str, int] = {}
_days: dict[str, int] = {}
_PAIRS: Final = {f"{number:02}": number for number in range(60)}
_DAY: Final = 86_400_000_000
_tails: dict[str, int] = {"Z": 0}


def parse_time(text: str) -> int:
    """Read an RFC 3339 time: microseconds since the Unix epoch.

    Seconds and an offset are required, digits beyond the microsecond are cut, there is no leap second (`:60`).

    Args:
        text: For example `2026-11-22T10:00:00Z` or `2026-11-22T11:00:00.25+01:00`.

    Raises:
        ValueError: The text is no such time, or the instant lies outside the years 1 to 9999 (UTC). The message
            says what is wrong and what to write instead; it does not repeat the text.

    >>> parse_time("1970-01-01T00:00:01.5Z")
    1500000
    >>> parse_time("1970-01-01T01:00:00+01:00")
    0
    >>> parse_time("2026-11-22T10:00:00")
    Traceback (most recent call last):
    ...
    ValueError: has no offset; append Z or +hh:mm
    """
    start = text[:19]
    whole = _seconds.get(start)
    if whole is None:
        whole = _parse_seconds(start, text)
    tail = text[19:]
    more = _tails.get(tail)
    if more is not None:
        us = whole + more
    elif len(tail) == 8 and tail[0] == "." and tail[7] == "Z" and tail[1:7].isdigit() and tail.isascii():
        return whole + int(tail[1:7])
    else:
        us = whole + _parse_tail(tail)
    if not MIN_TIME <= us <= MAX_TIME:
        raise ValueError("is outside the years 1 to 9999 (UTC); correct it")
    return us


def format_time(us: int) -> str:
    """Write microseconds since the Unix epoch as RFC 3339 in UTC, with six digits of fraction unless there is none.

    Raises:
        ValueError: The instant lies outside the years 1 to 9999.

    >>> format_time(0), format_time(1_500_000)
    ('1970-01-01T00:00:00Z', '1970-01-01T00:00:01.500000Z')
    """
    return to_datetime(us).isoformat()[:-6] + "Z"


def to_datetime(us: int) -> datetime:
    """Turn microseconds since the Unix epoch into a datetime in UTC.

    Raises:
        ValueError: The instant lies outside the years 1 to 9999.
    """
    if not MIN_TIME <= us <= MAX_TIME:
        raise ValueError("is outside the years 1 to 9999 (UTC); correct it")
    return _EPOCH + timedelta(microseconds=us)


def from_datetime(value: datetime) -> int:
    """Turn an aware datetime of any zone into microseconds since the Unix epoch.

    Raises:
        ValueError: The datetime is naive, or lies outside the years 1 to 9999 once it is in UTC.
    """
    if value.utcoffset() is None:
        raise ValueError("has no time zone; give it one, e.g. tzinfo=datetime.UTC")
    us = (value - _EPOCH) // _MICROSECOND
    if not MIN_TIME <= us <= MAX_TIME:
        raise ValueError("is outside the years 1 to 9999 (UTC); correct it")
    return us


def _parse_seconds(start: str, text: str) -> int:
    whole = _of_known_day(start)
    if whole is None:
        whole = _parse_whole(start, text)
        if len(_days) >= _CACHE_LIMIT:
            _days.clear()
        _days[start[:11]] = whole - whole % _DAY
    if len(_seconds) >= _CACHE_LIMIT:
        _seconds.clear()
    _seconds[start] = whole
    return whole


def _of_known_day(start: str) -> int | None:
    """The time of a day that was read before; None for a new day, or what needs a closer look."""
    day = _days.get(start[:11])
    if day is None or len(start) != 19 or start[13] != ":" or start[16] != ":":
        return None
    hour, minute, second = _PAIRS.get(start[11:13]), _PAIRS.get(start[14:16]), _PAIRS.get(start[17:])
    if hour is None or minute is None or second is None or hour > 23:
        return None
    return day + (hour * 3_600 + minute * 60 + second) * 1_000_000


def _parse_whole(start: str, text: str) -> int:
    match = _WHOLE.fullmatch(start)
    if match is None:
        raise ValueError(_why_not(text))
    year, month, day, hour, minute, second = map(int, match.groups())
    if second == 60:
        raise ValueError("has a leap second (:60), which has no place in Unix time; send :59")
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"is no real time ({error}); correct it") from None
    return (moment - _EPOCH) // _MICROSECOND


def _parse_tail(tail: str) -> int:
    """What the fraction and the offset add to the time before them, in microseconds."""
    match = _TAIL.fullmatch(tail)
    if match is None:
        if _NO_OFFSET.fullmatch(tail):
            raise ValueError("has no offset; append Z or +hh:mm")
        raise ValueError("does not end as RFC 3339 does; after the seconds write Z or +hh:mm")
    digits, sign, hours, minutes = match.groups()
    more = int(digits[:6].ljust(6, "0")) if digits else 0
    if sign:
        hour, minute = int(hours), int(minutes)
        if hour > 23 or minute > 59:
            raise ValueError("has an offset that does not exist; the largest is 23:59")
        offset = (hour * 60 + minute) * 60_000_000
        more += offset if sign == "-" else -offset
    # Nanoseconds and an offset still fit; whoever sends a thousand digits does not get them remembered.
    if len(tail) <= 16:
        if len(_tails) >= _CACHE_LIMIT:
            _tails.clear()
        _tails[tail] = more
    return more


def _why_not(text: str) -> str:
    if _DATE.fullmatch(text):
        return "is a date without a time; append e.g. T00:00:00Z"
    if _SPACE.match(text):
        return "has a space between date and time; write T there"
    if _NO_SECONDS.match(text):
        return "has no seconds; write hh:mm:ss"
    return "is no RFC 3339 time; write it like 2026-11-22T10:00:00Z"
