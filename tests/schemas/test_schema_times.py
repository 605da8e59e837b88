"""Times: strict RFC 3339 in, whole microseconds inside."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas import times
from schemas.times import MAX_TIME, MIN_TIME, format_time, from_datetime, parse_time, to_datetime

UNHURRIED = settings(deadline=None)  # a slow machine is no finding
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=OFFSETS)  # noqa: DTZ001 - hypothesis wants naive bounds


def microseconds(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


@UNHURRIED
@given(MOMENTS)
def test_agrees_with_fromisoformat(moment):
    text = moment.isoformat()

    assert parse_time(text) == microseconds(datetime.fromisoformat(text)) == microseconds(moment)


@UNHURRIED
@given(MOMENTS, st.sampled_from("Tt"), st.sampled_from("Zz"), st.text("0123456789", min_size=1, max_size=40))
def test_fraction_of_any_length_is_cut_at_the_microsecond(moment, separator, zulu, digits):
    text = moment.strftime("%m-%d") + separator + moment.strftime("%H:%M:%S")
    text = f"{moment.year:04}-{text}.{digits}{zulu}"
    whole = microseconds(moment.replace(microsecond=0, tzinfo=UTC))

    assert parse_time(text) == whole + int(digits[:6].ljust(6, "0"))


@UNHURRIED
@given(st.integers(MIN_TIME, MAX_TIME))
@example(MIN_TIME)
@example(MAX_TIME)
@example(-1)
def test_what_is_written_is_read_again(us):
    text = format_time(us)

    assert parse_time(text) == us
    assert from_datetime(to_datetime(us)) == us
    assert ("." in text) == (us % 1_000_000 != 0)


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00z", 0),
        ("1970-01-01t00:00:00+00:00", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1970-01-01T05:30:00+05:30", 0),
        ("1969-12-31T16:00:00-08:00", 0),
        ("1970-01-01T00:00:00.0000019Z", 1),
        ("1970-01-01T00:00:00.9Z", 900_000),
        ("1970-01-01T00:00:00.123456+00:00", 123_456),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2024-02-29T23:59:59Z", 1_709_251_199_000_000),
        ("0001-01-01T00:00:00Z", MIN_TIME),
        ("9999-12-31T23:59:59.999999999Z", MAX_TIME),
        ("1970-01-02T23:59:00+23:59", 86_400_000_000),
    ],
)
def test_reads(text, us):
    assert parse_time(text) == us
    assert parse_time(text) == us  # the second time from the cache


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-22T10:00:00", r"has no offset; append Z or \+hh:mm"),
        ("2026-11-22T10:00:00.5", r"has no offset; append Z or \+hh:mm"),
        ("2026-11-22T10:00Z", "has no seconds"),
        ("2026-11-22T10:00+01:00", "has no seconds"),
        ("2026-11-22", "is a date without a time"),
        ("2026-11-22 10:00:00Z", "has a space between date and time; write T there"),
        ("2026-11-22T23:59:60Z", "has a leap second"),
        ("2026-02-29T10:00:00Z", "is no real time"),
        ("2026-13-01T10:00:00Z", "is no real time"),
        ("2026-11-22T24:00:00Z", "is no real time"),
        ("2026-11-22T10:60:00Z", "is no real time"),
        ("2026-11-22T10:00:61Z", "is no real time"),
        ("0000-11-22T10:00:00Z", "is no real time"),
        ("0001-01-01T00:00:00+00:01", "outside the years 1 to 9999"),
        ("9999-12-31T23:59:59-00:01", "outside the years 1 to 9999"),
        ("2026-11-22T10:00:00+24:00", "an offset that does not exist"),
        ("2026-11-22T10:00:00+01:60", "an offset that does not exist"),
        ("2026-11-22T10:00:00+0100", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00+01", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00.Z", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00,5Z", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00Z\n", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00ZZ", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00 Z", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00.12345²Z", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00.12_456Z", "does not end as RFC 3339 does"),
        ("2026-11-22T10:00:00−01:00", "does not end as RFC 3339 does"),
        (" 2026-11-22T10:00:00Z", "is no RFC 3339 time"),
        ("٢٠٢٦-11-22T10:00:00Z", "is no RFC 3339 time"),
        ("+2026-11-22T10:00:00Z", "is no RFC 3339 time"),
        ("20261122T100000Z", "is no RFC 3339 time"),
        ("1763805600", "is no RFC 3339 time"),
        ("\ud800", "is no RFC 3339 time"),
        ("", "is no RFC 3339 time"),
    ],
)
def test_refuses_and_says_why(text, why):
    with pytest.raises(ValueError, match=why):
        parse_time(text)


def test_messages_do_not_repeat_what_was_sent():
    with pytest.raises(ValueError, match="RFC 3339") as caught:
        parse_time("secret" * 1000)

    assert "secret" not in str(caught.value)


@UNHURRIED
@given(st.text())
def test_any_text_is_a_time_or_a_value_error(text):
    try:
        us = parse_time(text)
    except ValueError:
        return
    assert MIN_TIME <= us <= MAX_TIME


def test_caches_are_bounded(monkeypatch):
    monkeypatch.setattr(times, "_CACHE_LIMIT", 10)
    monkeypatch.setattr(times, "_seconds", {})
    monkeypatch.setattr(times, "_tails", {})
    for second in range(60):
        parse_time(f"2001-01-01T00:00:{second:02}.{second:03}Z")
    parse_time(f"2001-01-01T00:00:00.{'1' * 1000}Z")

    assert len(times._seconds) <= 10
    assert len(times._tails) <= 10
    assert max(map(len, times._tails)) <= 16


def test_naive_datetimes_are_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        from_datetime(datetime(2026, 11, 22))  # noqa: DTZ001 - the naive one is the point


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
    ],
)
def test_instants_outside_the_years_are_refused(moment):
    with pytest.raises(ValueError, match="outside the years"):
        from_datetime(moment)


@pytest.mark.parametrize("us", [MIN_TIME - 1, MAX_TIME + 1])
def test_microseconds_outside_the_years_are_refused(us):
    with pytest.raises(ValueError, match="outside the years"):
        to_datetime(us)
    with pytest.raises(ValueError, match="outside the years"):
        format_time(us)
