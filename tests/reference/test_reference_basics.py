"""The reference's arithmetic, calendar and duplicates against answers worked out by hand."""

import json
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from . import snapshot
from .common import SECOND, Calendar, cell, cell_seconds, half_up, micros, number, number_cut
from .common import accept as accepted
from .log import DAYS, HOURS, at, second


def test_time_is_cut_to_the_microsecond_and_corrected_for_skew():
    assert micros("1970-01-01T01:00:00.1234569+01:00") == 123_456
    assert micros("1969-12-31T23:59:59Z") == -SECOND
    events = [
        {
            "id": "1",
            "source": "s",
            "type": "usage.clicked",
            "user_id": "u",
            "time": at(hours=9),
            "sent_at": at(hours=9, seconds=4),
            "received_at": at(hours=10),
        },
    ]
    assert accepted(events)[0][0].time == micros(at(hours=9, minutes=59, seconds=56))


def test_rounding():
    assert [half_up(number) for number in (0.5, 1.5, 2.5, -0.5, -1.5, 0.49, -0.49)] == [1, 2, 3, -1, -2, 0, 0]
    assert (number(2 / 3), number_cut(0.9999999), number(Fraction("-0.0000005"))) == (0.666667, 0.999999, -0.000001)


def test_cells_are_exact_at_their_borders():
    assert [cell(ms) for ms in (0, 1, 2)] == [None, 0, 35]
    for k in (1, 50, 400):
        border = 101**k // 99**k
        assert cell(border) <= k < cell(border + 1) or border == 1
    assert cell(10**15) == cell(31 * DAYS * 1_000)
    assert float(cell_seconds(cell(9_000))) == pytest.approx(9, rel=0.01)


def test_calendar_days_have_23_or_25_hours():
    berlin = Calendar("Europe/Berlin", "monday")
    spring, autumn = datetime(2026, 3, 29).date(), datetime(2026, 10, 25).date()  # noqa: DTZ001 - dates only
    for day, hours in ((spring, 23), (autumn, 25)):
        assert berlin.day_start(day + timedelta(days=1)) - berlin.day_start(day) == hours * HOURS * SECOND


def test_a_day_without_midnight_begins_at_the_jump():
    beirut = Calendar("Asia/Beirut", "sunday")  # 00:00 -> 01:00 on 28 March 2027
    day = datetime(2027, 3, 28).date()  # noqa: DTZ001 - dates only
    assert beirut.day_start(day) == micros("2027-03-28T01:00:00+03:00")
    assert beirut.day_of(beirut.day_start(day) - 1) == day - timedelta(days=1)
    assert beirut.first_of_week(day + timedelta(days=3)) == day


def test_a_period_that_begins_at_as_of_is_new_and_empty(log):
    log.usage("clicked", at(hours=12), element="e")
    values = log.values(second(days=1))
    assert (values["events.today"], values["events.yesterday"], values["events.week"]) == (0, 1, 1)
    assert log.values(second(days=7))["events.last_week"] == 1


def test_rolling_windows_are_floored_to_their_pane(log):
    log.usage("clicked", at(minutes=2, seconds=30), element="e")
    #            pane [00:00, 00:05)   as_of - 24 h = 00:04:59 -> 00:00, and 00:05 -> 00:05
    assert log.values(second(days=1, minutes=4, seconds=59))["events.24h"] == 1
    assert log.values(second(days=1, minutes=5))["events.24h"] == 0


def test_of_a_duplicate_the_smallest_time_then_bytes_counts(log):
    first = log.usage("tracked", at(hours=1), name="n", outcome="failure")
    again = {**first, "outcome": "success"}
    later = {**first, "time": at(hours=2)}
    other_key = {**first, "account_id": "b"}
    test = {**first, "id": "t", "test": True}
    result = snapshot([later, again, first, first, other_key, test], {}, second(hours=3))
    assert result["counts"]["events"] == 2
    assert result["counts"]["duplicates"] == 3
    assert result["counts"]["conflicts"] == 2
    assert result["counts"]["excluded"] == 1
    assert result["values"]["error_rate.24h"] == 1
    assert result["values"]["attempts.1h"] == 0  # the later duplicate is not there

    lines = [json.dumps(event, sort_keys=True).encode() for event in (first, again)]
    by_lines = snapshot([first, again], {}, second(hours=3), lines=lines[::-1])
    assert by_lines["values"]["error_rate.24h"] == 0
