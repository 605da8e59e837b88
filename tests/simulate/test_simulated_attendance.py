"""Who comes back: the truth, on visits few enough to count by hand."""

from datetime import UTC, datetime

import pytest

from stream.simulate.instants import HOUR, instant
from stream.simulate.truth.attendance import Attendance
from stream.simulate.truth.coming_back import ComingBack
from stream.simulate.truth.windows import windows
from stream.simulate.visits import Act, Part, Visit

END = instant(datetime(2027, 1, 1, tzinfo=UTC))


def at(month, day, hour=12):
    return instant(datetime(2026, month, day, hour, tzinfo=UTC))


def came(when, user="ana", *, anonymous=None, account="acme", plan="pro", act=Act.VIEW, **options):
    part = Part(user, anonymous, plan, None, [(when, act, "/home", None)])
    return Visit("v", account, None, "web", [part], **options)


def values(*visits, as_of, segment="all", zone="UTC"):
    attendance = Attendance(as_of, zone, END)
    assert list(attendance.noting(visits)) == list(visits)
    return ComingBack(attendance, as_of, windows(as_of, zone), zone).values(segment)


def row(table, cohort):
    (found,) = [one for one in table if one["cohort"] == cohort]
    return found


def test_nobody():
    """Rates over nobody are null, but the tables have all their rows."""
    said = values(as_of=at(11, 18))

    assert said["retention_d1"] is said["stickiness.7d"] is said["usage_quick_ratio.yesterday"] is None
    assert said["returning_users.today"] == said["dormant_users.last_month"] == 0
    assert [len(said[f"retention_by_{grain}"]) for grain in ("day", "week", "month")] == [31, 13, 13]
    assert said["retention_by_day"][-1] == {
        "cohort": "2026-11-18",
        "size": 0,
        "users": [None] * 31,
        "rates": [None] * 31,
    }


def test_a_cohort_by_day():
    """Ana and Ben come first on Monday, Ana again on Tuesday and Wednesday; Wednesday is not over yet."""
    visits = [came(at(11, 16)), came(at(11, 16), "ben"), came(at(11, 17)), came(at(11, 18, 9))]
    said = values(*visits, as_of=at(11, 18))
    monday = row(said["retention_by_day"], "2026-11-16")

    assert (monday["size"], monday["users"][:3], monday["rates"][:3]) == (2, [2, 1, None], [1, 0.5, None])
    assert said["retention_d1"] == 0.5
    assert (said["returning_users.today"], said["dormant_users.yesterday"]) == (1, 1)
    assert said["usage_quick_ratio.yesterday"] == 0
    assert values(*visits, as_of=at(11, 19, 0))["retention_by_day"][-4]["users"][:3] == [2, 1, 1]


def test_weeks_begin_on_monday_and_months_are_those_of_the_zone():
    """At 23:00 UTC on the last of October it is November in Auckland, and 10:00 on a Sunday."""
    visits = [came(at(10, 31, 23)), came(at(11, 2, 12)), came(at(12, 1))]
    here, there = (values(*visits, as_of=at(12, 14), zone=zone) for zone in ("UTC", "Pacific/Auckland"))

    assert row(here["retention_by_month"], "2026-10")["users"][:3] == [1, 1, None]
    assert row(there["retention_by_month"], "2026-11")["users"][:2] == [1, None]
    assert row(there["retention_by_week"], "2026-10-26")["users"][:7] == [1, 1, 0, 0, 0, 1, 0]
    assert row(here["account_retention_by_month"], "2026-10")["size"] == 1
    assert (here["retention_m1"], there["retention_m1"]) == (1, None)
    assert values(*visits, as_of=at(11, 30))["retention_m1"] is None


def test_a_stranger_who_says_who_they_are():
    """From then on they have been there since the stranger came; another stranger of that name is somebody else."""
    visits = [
        came(at(11, 16), None, anonymous="x"),
        came(at(11, 16), None, anonymous="x", account="other"),
        came(at(11, 17), anonymous="x", act=Act.IDENTIFY),
    ]

    assert row(values(*visits, as_of=at(11, 17))["retention_by_day"], "2026-11-16")["size"] == 2
    monday = row(values(*visits, as_of=at(11, 18))["retention_by_day"], "2026-11-16")
    assert (monday["size"], monday["users"][1]) == (2, 1)


def test_a_cohort_in_a_segment():
    """Those of the cohort who were in it at first, wherever they come again; new is who is new in any segment."""
    visits = [
        came(at(11, 16)),
        came(at(11, 17), plan="basic"),
        came(at(11, 16), "ben", plan="basic"),
        came(at(11, 17), "ben"),
    ]
    pro, basic = (values(*visits, as_of=at(11, 18), segment=f"plan={plan}") for plan in ("pro", "basic"))

    assert row(pro["retention_by_day"], "2026-11-16")["users"][:2] == [1, 1]
    assert row(pro["retention_by_day"], "2026-11-17")["size"] == 0
    assert (basic["returning_users.yesterday"], basic["dormant_users.yesterday"]) == (1, 0)


@pytest.mark.parametrize("options", [{"excluded": "bot"}, {"active": False}])
def test_what_is_nobodys_activity(options):
    assert values(came(at(11, 16), **options), as_of=at(11, 18)) == values(as_of=at(11, 18))


def test_habits():
    """Four of seven days is often; the day that began with the window, to the millisecond, is one of them."""
    days = (12, 13, 16, 18)
    visits = [came(at(11, day, 3)) for day in days] + [came(at(11, 10), "ben"), came(at(11, 15), "ben")]
    said = values(*visits, as_of=at(11, 18))

    assert said["stickiness.7d"] == 0.357143
    assert said["stickiness_histogram.7d"] == [1, 0, 0, 1, 0, 0, 0]
    assert (said["power_users.7d"], said["core_users.7d"], said["casual_users.7d"]) == (1, 0, 1)
    assert (said["frequent_users.30d"], said["rare_users.30d"]) == (0, 2)
    assert said["usage_tiers.30d"]["casual"] == {"from_days": 1, "users": 2, "share": 1}
    assert said["stickiness_histogram.week"] == [0, 1, 0]
    assert len(values(as_of=at(11, 18, 0))["stickiness_histogram.7d"]) == 7
    assert len(values(as_of=at(11, 18, 0) + HOUR)["stickiness_histogram.7d"]) == 7


def test_back_after_a_period_without():
    visits = [came(at(11, 12)), came(at(11, 17)), came(at(11, 18, 9), "ben")]
    said = values(*visits, as_of=at(11, 18))

    assert (said["resurrected_users.yesterday"], said["returning_users.yesterday"]) == (1, 0)
    assert (said["resurrected_users.today"], said["returning_users.week"]) == (0, 1)
    assert said["usage_quick_ratio.last_week"] is None
