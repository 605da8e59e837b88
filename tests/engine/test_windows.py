"""What each window holds at an `as_of`, drawn.

── time ──►     ·  fact that is not counted    ●  fact that is counted
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sums import SEEN, USES, VISITS, Bench, Fact

from stream.engine.windows import CALENDAR, NOW, ROLLING, C, H, L, R

BERLIN = ZoneInfo("Europe/Berlin")


def second(text, zone=BERLIN):
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def held(window, as_of, when, counter=SEEN, zone="Europe/Berlin"):
    bench = Bench(zone)
    bench.say(Fact("settled", second(when), counter, None, 1, "export" if counter is USES else None))
    bench.flush(second(as_of))
    return bool(bench.totals().get(window))


@pytest.mark.parametrize(
    ("window", "as_of", "outside", "inside"),
    [
        #  5m, panes of 1 s          09:55:06 ·  [09:55:07 ● ───────────── 10:00:07)
        ("5m", "2026-11-22T10:00:07", "2026-11-22T09:55:06", "2026-11-22T09:55:07"),
        #  1h, panes of 10 s         08:59:59 ·  [09:00:00 ● ┄09:00:07┄ ── 10:00:07)   the cut pane counts whole
        ("1h", "2026-11-22T10:00:07", "2026-11-22T08:59:59", "2026-11-22T09:00:00"),
        ("1h", "2026-11-22T10:00:10", "2026-11-22T09:00:09", "2026-11-22T09:00:10"),
        #  24h, panes of 5 min       09:59:59 ·  [10:00:00 ● ┄10:04:59┄ ── 10:04:59)
        ("24h", "2026-11-22T10:04:59", "2026-11-21T09:59:59", "2026-11-21T10:00:00"),
        ("24h", "2026-11-22T10:05:00", "2026-11-21T10:04:59", "2026-11-21T10:05:00"),
        #  7d, 30d, panes of 1 h     09:59:59 ·  [10:00:00 ● ┄10:59:59┄ ── 10:59:59)
        ("7d", "2026-11-22T10:59:59", "2026-11-15T09:59:59", "2026-11-15T10:00:00"),
        ("7d", "2026-11-22T11:00:00", "2026-11-15T10:59:59", "2026-11-15T11:00:00"),
        ("30d", "2026-11-30T10:59:59", "2026-10-31T09:59:59", "2026-10-31T10:00:00"),
        ("30d", "2026-11-30T11:00:00", "2026-10-31T10:59:59", "2026-10-31T11:00:00"),
        #  today                23:59:59 ·  [00:00:00 ● ───────────────── 10:00:07)
        ("today", "2026-11-22T10:00:07", "2026-11-21T23:59:59", "2026-11-22T00:00:00"),
        #  week                Sunday ·  [Monday ● ───────────────────── 10:00:07)
        ("week", "2026-11-22T10:00:07", "2026-11-15T23:59:59", "2026-11-16T00:00:00"),
        ("month", "2026-11-22T10:00:07", "2026-10-31T23:59:59", "2026-11-01T00:00:00"),
        ("yesterday", "2026-11-22T10:00:07", "2026-11-20T23:59:59", "2026-11-21T00:00:00"),
        ("last_week", "2026-11-22T10:00:07", "2026-11-08T23:59:59", "2026-11-09T00:00:00"),
        ("last_month", "2026-11-22T10:00:07", "2026-09-30T23:59:59", "2026-10-01T00:00:00"),
    ],
)
def test_a_window_begins(window, as_of, outside, inside):
    assert (held(window, as_of, outside), held(window, as_of, inside)) == (False, True)


@pytest.mark.parametrize(
    ("window", "as_of", "inside", "outside"),
    [
        #  yesterday      [00:00:00 ───────────── 23:59:59 ●) 00:00:00 ·        10:00:07
        ("yesterday", "2026-11-22T10:00:07", "2026-11-21T23:59:59", "2026-11-22T00:00:00"),
        ("last_week", "2026-11-22T10:00:07", "2026-11-15T23:59:59", "2026-11-16T00:00:00"),
        ("last_month", "2026-11-22T10:00:07", "2026-10-31T23:59:59", "2026-11-01T00:00:00"),
    ],
)
def test_a_complete_window_ends_where_the_next_begins(window, as_of, inside, outside):
    assert (held(window, as_of, inside), held(window, as_of, outside)) == (True, False)


@pytest.mark.parametrize("window", [*ROLLING, "today", "week", "month"])
def test_a_running_window_holds_the_last_second_before_as_of(window):
    assert held(window, "2026-11-22T10:00:07", "2026-11-22T10:00:06")


@pytest.mark.parametrize(
    ("window", "as_of"),
    [
        #  at midnight sharp the day has turned, and has nothing in it
        ("today", "2026-11-22T00:00:00"),
        ("week", "2026-11-23T00:00:00"),
        ("month", "2026-12-01T00:00:00"),
    ],
)
def test_a_period_that_just_began_is_empty(window, as_of):
    before = datetime.fromtimestamp(second(as_of) - 1, BERLIN).replace(tzinfo=None).isoformat()

    assert not held(window, as_of, before)


def test_a_day_of_23_hours_is_yesterday_whole():
    #  2026-03-29, Berlin     [00:00 ─ 01:59│03:00 ─ 24:00)
    assert (
        held("yesterday", "2026-03-30T00:00:00", "2026-03-29T00:00:00"),
        held("yesterday", "2026-03-30T00:00:00", "2026-03-28T23:59:59"),
    ) == (True, False)


def test_a_day_begins_at_a_quarter_where_the_zone_says_so():
    #  Asia/Kathmandu, UTC+5:45: midnight is 18:15:00 UTC, in the middle of an hour
    bench = Bench("Asia/Kathmandu")
    midnight = second("2026-11-21T18:15:00", ZoneInfo("UTC"))
    bench.say(Fact("settled", midnight - 1, SEEN, None, 10))
    bench.say(Fact("settled", midnight, SEEN, None, 1))
    bench.flush(midnight + 60)

    assert bench.totals()["today"] == {"seen": 1}


@pytest.mark.parametrize(("counter", "windows"), [(SEEN, R), (VISITS, H), (USES, L)])
def test_a_counter_has_the_rolling_windows_that_it_asks_for(counter, windows):
    now, when = "2026-11-22T10:00:07", "2026-11-22T10:00:00"

    assert [window for window in ROLLING if held(window, now, when, counter)] == list(windows)


@pytest.mark.parametrize(("shorter", "longer"), [(L, H), (H, R)])
def test_sets_of_rolling_windows_hold_each_other(shorter, longer):
    assert set(shorter) < set(longer)


def test_calendar_windows_are_those_of_the_contract():
    assert tuple(CALENDAR) == C == ("today", "yesterday", "week", "last_week", "month", "last_month")


def test_a_gauge_has_a_window_of_its_own():
    assert NOW not in {*ROLLING, *CALENDAR}
