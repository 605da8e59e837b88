"""Local days, weeks and months against the zone database, asked instant by instant."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.times import MAX_TIME, MIN_TIME
from stream.engine.calendar import GRAINS, WEEKDAYS, Calendar

HOUR = 3_600
# Zones that change their clocks at midnight, by half an hour, or never, that are at :30 or :45, or that lost a day.
ODD_ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
)
ZONES = st.one_of(st.sampled_from(ODD_ZONES), st.sampled_from(sorted(available_timezones() - {"localtime"})))
# Some zones changed their clocks at one minute past midnight before; those minutes are nobody's business any more.
INSTANTS = st.integers(
    int(datetime(2012, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
)
APIA_SKIPPED_FRIDAY = 1_325_239_200  # 2011-12-30T10:00:00Z, where Samoa's 29th ended and its 31st began


def at(zone, *when, fold=0):
    return int(datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).timestamp())


def local_date(second, zone):
    return datetime.fromtimestamp(second, ZoneInfo(zone)).date()


def first_date(shown, grain, week_start):
    """Return the date that the period of a date begins with, by dates alone."""
    if grain == "week":
        return shown - timedelta(days=(shown.weekday() - WEEKDAYS.index(week_start)) % 7)
    return shown.replace(day=1) if grain == "month" else shown


def length(zone, grain, *when):
    calendar = Calendar(zone)
    ordinal = getattr(calendar.periods(at(zone, *when, 12)), grain)
    return calendar.start(grain, ordinal + 1) - calendar.start(grain, ordinal)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 28), 24),
        ("Europe/Berlin", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
        ("America/Santiago", (2026, 9, 6), 23),  # its midnight is skipped
        ("America/Santiago", (2026, 4, 4), 25),  # its last hour comes twice
        ("America/Havana", (2026, 11, 1), 25),  # its midnight comes twice
        ("Africa/Cairo", (2026, 4, 24), 23),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("Asia/Kathmandu", (2026, 3, 29), 24),
    ],
)
def test_days_are_as_long_as_the_zone_says(zone, day, hours):
    assert length(zone, "day", *day) == hours * HOUR


@pytest.mark.parametrize(
    ("grain", "day", "hours"),
    [
        ("week", (2026, 3, 25), 7 * 24 - 1),
        ("week", (2026, 10, 21), 7 * 24 + 1),
        ("week", (2026, 6, 10), 7 * 24),
        ("month", (2026, 3, 10), 31 * 24 - 1),
        ("month", (2026, 10, 10), 31 * 24 + 1),
        ("month", (2028, 2, 10), 29 * 24),
    ],
)
def test_weeks_and_months_are_as_long_as_their_days(grain, day, hours):
    assert length("Europe/Berlin", grain, *day) == hours * HOUR


def test_a_day_whose_midnight_is_skipped_begins_at_the_jump():
    calendar = Calendar("America/Santiago")

    start = calendar.start("day", calendar.day_of(date(2026, 9, 6)))

    assert datetime.fromtimestamp(start, calendar.zone).isoformat() == "2026-09-06T01:00:00-03:00"


def test_a_day_whose_midnight_comes_twice_begins_at_the_first():
    calendar = Calendar("America/Havana")

    start = calendar.start("day", calendar.day_of(date(2026, 11, 1)))

    assert datetime.fromtimestamp(start, calendar.zone).isoformat() == "2026-11-01T00:00:00-04:00"


def test_a_day_that_was_skipped_has_no_length():
    calendar = Calendar("Pacific/Apia")
    friday = calendar.day_of(date(2011, 12, 30))

    assert calendar.start("day", friday) == calendar.start("day", friday + 1) == APIA_SKIPPED_FRIDAY


@pytest.mark.parametrize("week_start", WEEKDAYS)
def test_a_week_begins_on_its_first_weekday(week_start):
    calendar = Calendar("Europe/Berlin", week_start)
    week = calendar.periods(at("Europe/Berlin", 2026, 11, 18, 9)).week

    assert WEEKDAYS[local_date(calendar.start("week", week), "Europe/Berlin").weekday()] == week_start


@pytest.mark.parametrize(("hour", "minute", "day"), [(23, 59, 14), (0, 0, 15), (0, 14, 15)])
def test_midnight_belongs_to_the_day_that_it_begins(hour, minute, day):
    calendar = Calendar("Asia/Kathmandu")
    when = at("Asia/Kathmandu", 2026, 11, day, hour, minute)

    assert calendar.date_of(calendar.periods(when).day) == date(2026, 11, day)


@given(ZONES, INSTANTS)
def test_an_instant_is_in_the_day_that_clocks_show(zone, second):
    calendar = Calendar(zone)

    assert calendar.date_of(calendar.periods(second).day) == local_date(second, zone)


@given(ZONES, INSTANTS)
def test_an_instant_is_in_the_month_that_clocks_show(zone, second):
    shown = local_date(second, zone)

    assert Calendar(zone).periods(second).month == shown.year * 12 + shown.month - 1


@given(ZONES, INSTANTS, st.sampled_from(GRAINS), st.sampled_from(WEEKDAYS))
@example("Pacific/Apia", APIA_SKIPPED_FRIDAY + 86_400, "day", "monday")
def test_a_period_begins_with_the_first_instant_of_its_first_date(zone, second, grain, week_start):
    calendar = Calendar(zone, week_start)
    ordinal = getattr(calendar.periods(second), grain)
    first = first_date(local_date(second, zone), grain, week_start)

    start = calendar.start(grain, ordinal)

    assert local_date(start - 1, zone) < first <= local_date(start, zone)


@given(ZONES, INSTANTS, st.sampled_from(GRAINS), st.sampled_from(WEEKDAYS))
def test_an_instant_lies_between_the_start_of_its_period_and_that_of_the_next(zone, second, grain, week_start):
    calendar = Calendar(zone, week_start)
    ordinal = getattr(calendar.periods(second), grain)

    assert calendar.start(grain, ordinal) <= second < calendar.start(grain, ordinal + 1)


@given(ZONES, INSTANTS)
def test_periods_begin_at_quarters_of_an_hour(zone, second):
    """So that the panes of a calendar, of a quarter or less, are cut by no period."""
    calendar = Calendar(zone)

    assert [calendar.start(grain, getattr(calendar.periods(second), grain)) % 900 for grain in GRAINS] == [0, 0, 0]


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_a_date_and_its_ordinal_name_each_other(when):
    calendar = Calendar()

    assert calendar.date_of(calendar.day_of(when)) == when


def test_what_was_asked_before_is_forgotten_before_it_is_too_much():
    calendar = Calendar("Europe/Berlin")
    for slot in range(20_001):
        calendar.periods(slot * 900)

    assert len(calendar._slots) == 1


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_first_and_the_last_instant_that_an_event_can_have_have_periods(zone):
    calendar = Calendar(zone)
    first, last = (calendar.periods(at // 1_000_000) for at in (MIN_TIME, MAX_TIME))

    assert calendar.start("day", first.day) < calendar.start("day", last.day)
