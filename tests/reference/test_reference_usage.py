"""Usage, by the reference, against answers worked out by hand."""

from .common import cell, cell_seconds, number
from .log import at, second


def test_inactive_events_are_events_and_attempts_but_no_activity(log):
    log.usage("tracked", at(hours=1), name="job", outcome="failure", active=False)
    log.usage("tracked", at(hours=1), name="job", is_bot=True)
    values = log.values(second(hours=2))
    assert [values[f"{name}.24h"] for name in ("events", "attempts", "error_rate")] == [1, 1, 1]
    assert [values[f"{name}.24h"] for name in ("activity_events", "active_users", "sessions")] == [0, 0, 0]


def test_a_user_is_counted_once_in_each_account_and_under_each_key(log):
    log.usage("clicked", at(hours=1), element="e", account_id="a")
    log.usage("clicked", at(hours=1), element="e", account_id="b")
    log.usage("clicked", at(hours=1), element="e", account_id=None)
    log.usage("clicked", at(hours=1), element="e", account_id=None, anonymous_id="x")
    values = log.values(second(hours=2))
    assert (values["active_users.24h"], values["active_accounts.24h"]) == (4, 2)


def test_the_earliest_link_wins_and_joins_the_past(log):
    log.usage("clicked", at(hours=1), None, anonymous_id="x", element="e")
    log.usage("clicked", at(hours=2), "ann", element="e")
    log.usage("identified", at(hours=3), "ann", anonymous_id="x")
    log.usage("identified", at(hours=4), "bob", anonymous_id="x")
    assert log.values(second(hours=3))["active_users.24h"] == 2
    assert log.values(second(hours=3, seconds=1))["active_users.24h"] == 1
    assert log.values(second(hours=5))["active_users.24h"] == 2  # ann with x, and bob
    assert log.values(second(hours=5))["new_users.today"] == 2


def test_a_known_user_in_a_new_segment_is_not_new(log):
    log.usage("clicked", at(hours=1), element="e", plan="basic")
    log.usage("clicked", at(days=1), element="e", attributes={"plan": "pro"})
    assert log.values(second(days=2), segment="plan=pro")["new_users.24h"] == 0
    assert log.values(second(days=1), segment="plan=basic")["new_users.24h"] == 1
    # new in the week, and active under both values in it
    assert log.values(second(days=2), segment="plan=pro")["new_users.7d"] == 1


def test_exactly_the_gap_begins_a_new_session(log):
    #  0 ..29.. 29 min ..30.. 59 min
    for minutes in (0, 29, 59):
        log.usage("clicked", at(minutes=minutes), element="e")
    values = log.values(second(hours=2))
    assert (values["sessions.24h"], values["session_duration_avg.24h"]) == (2, 29 * 60 / 2)


def test_durations_and_quantiles(log):
    for user, seconds in (("u", 1), ("v", 9), ("w", 0)):
        log.usage("clicked", at(hours=1), user, element="e")
        if seconds:
            log.usage("page_pinged", at(hours=1, seconds=seconds, microseconds=999), user)
    values = log.values(second(hours=2, minutes=30))
    assert values["session_duration_avg.24h"] == 3.333333
    assert values["session_duration_p50.24h"] == number(cell_seconds(cell(1_000)))
    assert values["session_duration_p90.24h"] == number(cell_seconds(cell(9_000)))
    assert (values["sessions.1h"], values["session_duration_avg.1h"]) == (0, None)


def test_a_client_session_lasts_over_the_gap_but_not_over_a_day(log):
    for hours in (0, 23, 47):
        log.usage("clicked", at(hours=hours), element="e", session_id="s")
    log.usage("clicked", at(hours=23, minutes=5), element="e")
    values = log.values(second(days=3))
    assert values["sessions.7d"] == 3  # 0-23 h, 47 h, and the one without id


def test_a_bounce_is_one_page_without_interaction_of_a_closed_session(log):
    log.usage("page_viewed", at(hours=1), "one", path="/")
    log.usage("page_viewed", at(hours=1), "twice", path="/")
    log.usage("page_viewed", at(hours=1, minutes=1), "twice", path="/")
    log.usage("page_pinged", at(hours=1, minutes=2), "twice", path="/")
    for minutes in (0, 1):
        log.usage("page_viewed", at(hours=1, minutes=minutes), "ids", path="/", page_view_id=f"p{minutes}")
    log.usage("page_viewed", at(hours=1), "click", path="/", plan="pro")
    log.usage("clicked", at(hours=1, minutes=1), "click", element="e")
    log.usage("clicked", at(hours=1), "viewless", element="e")
    log.usage("page_viewed", at(hours=1, minutes=45), "open", path="/")
    values = log.values(second(hours=2))
    assert values["bounce_rate.24h"] == 0.5  # one, twice of: one, twice, ids, click
    assert values["pages_per_session.24h"] == number(7 / 6)
    assert log.values(second(hours=1, minutes=30))["bounce_rate.24h"] == 1.0  # only "one" is closed by then, exactly
    assert log.values(second(hours=2), segment="plan=pro")["pages_per_session.24h"] == 1


def test_the_same_page_view_id_is_one_view(log):
    for minutes in (0, 1):
        log.usage("page_viewed", at(minutes=minutes), path=f"/{minutes}", page_view_id="p")
    values = log.values(second(hours=1))
    assert (values["pages_per_session.24h"], values["bounce_rate.24h"]) == (1, 1)


def test_a_link_joins_sessions_with_what_lies_between(log):
    # anonymous: 0 m ....... 40 m        two sessions of 30 m gap
    # user:           20 m               between: one session
    log.usage("clicked", at(minutes=0), None, anonymous_id="x", element="e", plan="free")
    log.usage("clicked", at(minutes=40), None, anonymous_id="x", element="e")
    log.usage("clicked", at(minutes=20), "ann", element="e")
    assert log.values(second(minutes=50))["sessions.24h"] == 3
    log.usage("identified", at(minutes=45), "ann", anonymous_id="x")
    values = log.values(second(minutes=50))
    assert (values["sessions.24h"], values["session_duration_avg.24h"]) == (1, 2_700)
    assert log.values(second(minutes=50), segment="plan=free")["session_duration_avg.24h"] == 2_700


def test_expired_sessions_are_not_joined(log):
    log.usage("clicked", at(minutes=0), None, anonymous_id="x", element="e")
    log.usage("clicked", at(minutes=1), "ann", element="e")
    # kept until last + 30 m + 1 h: the anonymous one is gone at 1:30:00, ann's at 1:31:00
    log.usage("identified", at(minutes=90), "ann", anonymous_id="x", active=False)
    assert log.values(second(hours=2))["sessions.24h"] == 2
    assert log.values(second(hours=2))["active_users.24h"] == 1
    log.events[-1]["time"] = at(minutes=89, seconds=59)
    assert log.values(second(hours=2))["sessions.24h"] == 1


def test_features(log):
    log.usage("tracked", at(hours=1), "ann", name="n", feature="export", plan="pro")
    log.usage("tracked", at(hours=1), "ann", name="n", feature="export", plan="pro")
    log.usage("tracked", at(hours=1), "bob", name="n", feature="export", plan="free")
    log.usage("tracked", at(hours=1), "cid", name="n", feature="share", outcome="failure", plan="pro")
    log.usage("tracked", at(hours=1), "cid", name="n", feature="apps")
    config = {"features": [{"name": "export", "plans": ["pro"]}, {"name": "audit"}]}
    assert log.values(second(hours=2), config)["features.24h"] == [
        {"feature": "export", "uses": 3, "adopters": 2, "eligible": 2, "adoption": 0.5, "depth": 1.5},
        {"feature": "apps", "uses": 1, "adopters": 1, "eligible": 3, "adoption": 0.333333, "depth": 1.0},
        {"feature": "audit", "uses": 0, "adopters": 0, "eligible": 3, "adoption": 0.0, "depth": None},
    ]
