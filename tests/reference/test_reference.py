"""The reference against answers worked out by hand: the examples of the catalogue, and small cases with a drawing."""

import json
import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from . import accounts, snapshot
from .common import SECOND, Calendar, cell, cell_seconds, half_up, make_world, micros, number, number_cut
from .common import accept as accepted
from .uptime import timeline

START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
HOURS, DAYS = 3_600, 86_400


def at(**parts):
    """An RFC 3339 time so long after the start."""
    return (START + timedelta(**parts)).isoformat(timespec="microseconds")


def second(**parts):
    return int((START + timedelta(**parts)).timestamp())


class Log:
    """Events with an id each."""

    def __init__(self):
        self.events = []

    def add(self, kind, time, **fields):
        event = {"id": f"e{len(self.events):03}", "source": "test", "type": kind, "time": time, **fields}
        self.events.append(event)
        return event

    def usage(self, kind, time, user="u", **fields):
        return self.add(f"usage.{kind}", time, **{"account_id": "a", "user_id": user, **fields})

    def subscription(self, time, cents, *, interval="month", name="s", account="a", **fields):
        items = [{"amount": cents, "currency": fields.pop("currency", "USD"), "interval": interval}]
        items[0]["quantity"] = fields.pop("quantity", 1)
        state = {"subscription_id": name, "account_id": account, "status": "active", "items": items, **fields}
        return self.add("billing.subscription_changed", time, **state)

    def values(self, as_of, config=None, segment="all"):
        return snapshot(self.events, config or {}, as_of, segment)["values"]


@pytest.fixture(name="log")
def _log():
    return Log()


# --- arithmetic, calendar, duplicates ---------------------------------------------------------------------------------


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


# --- usage ------------------------------------------------------------------------------------------------------------


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


# --- billing: the worked examples of part 2, section 5 ----------------------------------------------------------------


def test_example_lifecycle(log):
    def window(day):
        return log.values(second(days=day + 1))

    year_end = at(days=365)
    log.subscription(at(days=0, hours=1), 50_000, interval="year", name="gold", quantity=4, current_period_end=year_end)
    assert window(0)["new_mrr.24h"] == 166.666667
    log.subscription(at(days=10, hours=1), 3_000, name="silver", quantity=2)
    assert window(10)["expansion_mrr.24h"] == 60
    log.subscription(at(days=20, hours=1), 3_000, name="silver", quantity=2, status="canceled")
    assert window(20)["contraction_mrr.24h"] == 60
    log.subscription(
        at(days=30),
        50_000,
        interval="year",
        name="gold",
        quantity=4,
        current_period_end=year_end,
        cancel_at_period_end=True,
    )
    assert window(30)["churned_mrr.30d"] == 0
    assert window(30)["scheduled_churn_mrr"] == 166.666667
    assert log.values(second(days=365))["mrr"] == 166.666667  # the timer shows after its instant
    assert window(365)["churned_mrr.24h"] == 166.666667
    assert window(365)["churn_rate.24h"] == 1
    log.subscription(at(days=400, hours=1), 5_000, name="new", quantity=3)
    assert window(400)["reactivation_mrr.24h"] == 150
    assert window(400)["reactivated_accounts.24h"] == 1


def test_example_mrr(log):
    for number_of in range(100):
        log.subscription(at(hours=1), 10_000, account=f"m{number_of}")
    for number_of in range(50):
        log.subscription(at(hours=1), 60_000, interval="year", account=f"y{number_of}")
    values = log.values(second(hours=2))
    assert (values["mrr"], values["arr"], values["paying_accounts"]) == (12_500, 150_000, 150)
    assert values["arpa"] == 83.333333


@pytest.mark.parametrize(
    ("cents", "interval", "interval_count", "mrr"),
    [(1_829, "year", 1, 1.524167), (100, "day", 1, 30.416667), (700, "week", 1, 30.333333), (9_000, "month", 3, 30)],
)
def test_example_rounding_and_intervals(log, cents, interval, interval_count, mrr):
    log.subscription(at(hours=1), cents, interval=interval)["items"][0]["interval_count"] = interval_count
    assert log.values(second(hours=2))["mrr"] == mrr


def test_example_refund(log):
    paid = {"account_id": "a", "payment_id": "p", "currency": "USD"}
    log.add("billing.payment_succeeded", at(hours=1), amount=3_050, **paid)
    log.add("billing.payment_succeeded", at(hours=2), amount=3_050, **paid)  # the same payment
    log.add("billing.refunded", at(hours=3), amount=535, refund_id="r", **paid)
    values = log.values(second(hours=4))
    assert [values[f"{name}.month"] for name in ("gross_revenue", "refunds", "net_revenue")] == [30.5, 5.35, 25.15]
    assert values["refund_rate.month"] == 0.17541
    assert (values["payments.month"], values["payment_success_rate.month"]) == (1, 1)


def test_example_netting(log):
    log.subscription(at(hours=1), 10_000)
    log.subscription(at(hours=10), 10_000, status="canceled")
    log.subscription(at(hours=10, minutes=40), 12_000, name="t")
    log.subscription(at(hours=11), 3_000, name="v")
    first = log.values(second(hours=10, seconds=1))
    assert (first["churned_mrr.today"], first["churned_accounts.today"]) == (100, 1)
    second_one = log.values(second(hours=10, minutes=41))
    assert (second_one["churned_mrr.today"], second_one["expansion_mrr.today"]) == (0, 20)
    last = log.values(second(hours=12))
    assert (last["expansion_mrr.today"], last["new_mrr.today"], last["mrr"]) == (50, 100, 150)
    without = log.values(second(hours=12), {"mrr": {"netting": "0m"}})
    assert (without["churned_mrr.today"], without["reactivation_mrr.today"]) == (100, 120)


def test_example_zero_decimal_currency(log):
    log.subscription(at(hours=1), 5_000, currency="JPY")
    assert log.values(second(hours=2), {"fx": {"JPY": 0.0067}})["mrr"] == 33.5


def test_example_fx(log):
    config = {
        "fx": [{"from": "2026-10-01", "EUR": 1.08}, {"from": datetime(2026, 12, 1, tzinfo=UTC).date(), "EUR": 1.1}]
    }
    log.subscription(at(hours=1), 10_000, currency="EUR")
    december = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
    before, after = log.values(december, config), log.values(december + 1, config)
    assert (before["mrr"], before["fx_mrr.30d"]) == (108, 0)
    assert (after["mrr"], after["fx_mrr.30d"], after["expansion_mrr.30d"]) == (110, 2, 0)
    assert (after["opening_mrr.today"], after["fx_mrr.today"], after["net_new_mrr.today"]) == (108, 2, 2)


# --- billing: more ----------------------------------------------------------------------------------------------------


def test_a_currency_without_rate_is_outside_the_sums_and_said(log):
    log.subscription(at(hours=1), 10_000, currency="GBP", name="g")
    log.subscription(at(hours=1), 10_000)
    result = snapshot(log.events, {}, second(hours=2))
    assert (result["values"]["mrr"], result["reasons"]["mrr"]) == (100, "no fx rate: GBP")


def test_moving_between_plans_is_a_movement_of_the_segments_only(log):
    log.subscription(at(hours=1), 10_000, plan="basic")
    log.subscription(at(days=1), 10_000, plan="pro")
    everything = log.values(second(days=2))
    basic, pro = (log.values(second(days=2), segment=f"plan={plan}") for plan in ("basic", "pro"))
    assert (everything["expansion_mrr.24h"], everything["contraction_mrr.24h"]) == (0, 0)
    assert (basic["contraction_mrr.24h"], basic["churned_mrr.24h"], basic["mrr"]) == (100, 0, 0)
    assert (pro["expansion_mrr.24h"], pro["new_mrr.24h"], pro["mrr"]) == (100, 0, 100)
    assert (basic["opening_accounts.24h"], basic["churn_rate.24h"], pro["opening_accounts.24h"]) == (1, 0, 0)


def test_discounts_in_order_and_their_end(log):
    discounts = [
        {"percent_off": 12.5, "duration": "repeating", "ends_at": at(days=2)},
        {"amount_off": 12_000, "currency": "USD", "duration": "forever"},
        {"percent_off": 50, "duration": "once"},
    ]
    log.subscription(at(hours=1), 120_000, interval="year", discounts=discounts)
    # $100 a month, less 12.5 % = 87.50, less 120 a year = 77.50
    assert log.values(second(days=2))["mrr"] == 77.5
    after = log.values(second(days=2, seconds=1))
    assert (after["mrr"], after["expansion_mrr.today"]) == (90, 12.5)
    assert log.values(second(days=1), {"mrr": {"discounts": "none"}})["mrr"] == 100
    assert log.values(second(days=1), {"mrr": {"discounts": "forever"}})["mrr"] == 90


def test_churn_is_at_the_period_end_or_by_policy_before(log):
    log.subscription(at(hours=1), 10_000)
    log.subscription(
        at(days=1), 10_000, cancel_at_period_end=True, current_period_end=at(days=9), canceled_at=at(days=1)
    )
    log.subscription(
        at(days=2), 10_000, status="canceled", current_period_end=at(days=9), canceled_at=at(days=2), involuntary=True
    )
    for policy, day in (("period_end", 9), ("canceled", 2), ("scheduled", 1)):
        config = {"mrr": {"churn_at": policy}}
        assert log.values(second(days=day), config)["mrr"] == 100
        after = log.values(second(days=day, seconds=1), config)
        assert (after["mrr"], after["churned_mrr.today"]) == (0, 100)
        assert after["churned_mrr_involuntary.today"] == (0 if policy == "scheduled" else 100)


def test_what_is_lost_to_unpaid_or_by_timer_while_past_due_is_involuntary(log):
    log.subscription(at(hours=1), 10_000)
    log.subscription(at(days=1), 10_000, status="past_due", cancel_at=at(days=3))
    assert log.values(second(days=2))["past_due_mrr"] == 100
    values = log.values(second(days=4))
    assert (values["churned_mrr_involuntary.24h"], values["past_due_mrr"]) == (100, 0)
    excluded = log.values(second(days=2), {"mrr": {"past_due": "excluded"}})
    assert (excluded["churned_mrr_involuntary.24h"], excluded["past_due_mrr"]) == (100, 100)


def test_a_canceled_state_counts_until_its_end_only_if_the_one_before_did(log):
    log.subscription(at(hours=1), 10_000, status="unpaid")
    log.subscription(at(hours=2), 10_000, status="canceled", current_period_end=at(days=9))
    assert log.values(second(days=1))["mrr"] == 0


def test_trials_and_free_accounts(log):
    log.subscription(at(hours=1), 10_000, status="trialing", trial_end=at(days=1), account="t")
    log.subscription(at(hours=1), 0, account="f")
    values = log.values(second(days=1))
    assert (values["trial_accounts"], values["trial_mrr"], values["free_accounts"], values["mrr"]) == (1, 100, 1, 0)
    after = log.values(second(days=1, seconds=1))
    assert (after["trial_accounts"], after["trial_mrr"], after["churned_mrr.7d"], after["arpa"]) == (0, 0, 0, None)


def test_disputes_and_fees(log):
    dispute = {"account_id": "a", "dispute_id": "d", "payment_id": "p", "amount": 1_200, "tax": 200, "currency": "USD"}
    paid = {"account_id": "a", "payment_id": "p", "currency": "USD", "fee": 50, "amount": 1_200, "tax": 200}
    log.add("billing.payment_succeeded", at(hours=1), attributes={"plan": "pro"}, **paid)
    log.add("billing.dispute_changed", at(hours=2), status="opened", **dispute)
    log.add("billing.dispute_changed", at(days=1), status="lost", **dispute)
    log.add("billing.dispute_changed", at(days=2), status="won", **dispute)
    for segment in ("all", "plan=pro"):
        lost, won = (log.values(second(days=days), segment=segment) for days in (2, 3))
        assert (lost["disputes.7d"], lost["dispute_losses.24h"], lost["net_revenue.7d"]) == (1, 10, -0.5)
        assert (won["dispute_losses.24h"], won["dispute_losses.7d"], won["net_revenue.7d"]) == (-10, 0, 9.5)
    assert log.values(second(days=3), segment="plan=basic")["dispute_losses.7d"] == 0


def test_a_payment_goes_where_its_subscription_is(log):
    log.subscription(at(hours=1), 10_000, plan="pro", name="s", attributes={"country": "DE"})
    paid = {"account_id": "a", "currency": "USD", "amount": 100}
    log.add("billing.payment_succeeded", at(hours=2), payment_id="named", subscription_id="s", **paid)
    log.add("billing.payment_succeeded", at(hours=2), payment_id="only", **paid)
    log.add("billing.payment_succeeded", at(hours=2), payment_id="own", attributes={"plan": "basic"}, **paid)
    log.subscription(at(hours=3), 10_000, plan="team", name="t")
    log.add("billing.payment_failed", at(hours=4), payment_id="two", **paid)
    for segment, payments, failed in (("all", 3, 1), ("plan=pro", 2, 0), ("plan=basic", 1, 0), ("country=DE", 3, 0)):
        values = log.values(second(hours=5), segment=segment)
        assert (values["payments.24h"], values["failed_payments.24h"]) == (payments, failed)


@pytest.mark.parametrize("seed", range(30))
def test_the_ledger_is_exact_in_every_window_and_segment(seed):
    """`opening_mrr + net_new_mrr` = closing MRR, to the micro-unit; the ledger of accounts too, in `all`."""
    rng = random.Random(seed)
    log = Log()
    for _ in range(rng.randrange(1, 14)):
        time = {"hours": rng.randrange(0, 20 * 24), "minutes": rng.choice([0, 10, 30])}
        log.subscription(
            at(**time),
            rng.choice([0, 999, 1_829, 10_000]),
            account=rng.choice("ab"),
            name=rng.choice("st"),
            plan=rng.choice(["basic", "pro"]),
            currency=rng.choice(["USD", "EUR", "JPY"]),
            interval=rng.choice(["month", "year", "week"]),
            status=rng.choice(["active", "active", "past_due", "unpaid", "canceled", "trialing", "paused"]),
            current_period_end=at(**time | {"days": 3}),
            cancel_at_period_end=rng.random() < 0.3,
            discounts=rng.choice([[], [{"percent_off": 33, "duration": "repeating", "ends_at": at(days=9)}]]),
        )
    fx = [
        {"from": f"2026-11-{day:02}", "EUR": rng.choice([1.08, 1.1]), "JPY": rng.random() / 100} for day in (3, 9, 15)
    ]
    config = {"fx": fx, "mrr": {"netting": rng.choice(["0m", "60m", "1d"])}}
    for segment in ("all", "plan=pro", "plan=basic"):
        values = log.values(second(days=18, hours=7), config, segment)
        for window in ("24h", "7d", "30d", "today", "week", "month"):
            opening, net_new = values[f"opening_mrr.{window}"], values[f"net_new_mrr.{window}"]
            assert round(opening + net_new, 6) == values["mrr"]
            if segment == "all":
                moved = [values[f"{name}_accounts.{window}"] for name in ("opening", "new", "reactivated", "churned")]
                assert moved[0] + moved[1] + moved[2] - moved[3] == values["paying_accounts"]


# --- uptime -----------------------------------------------------------------------------------------------------------


def test_example_of_the_timeline(log):
    for hour, minute, status in ((10, 0, "up"), (10, 20, "down"), (10, 30, "up")):
        log.add("uptime.status_changed", at(hours=hour, minutes=minute), service="api", status=status)
    plan = {"maintenance_id": "m", "starts_at": at(hours=10, minutes=25), "ends_at": at(hours=10, minutes=40)}
    log.add("uptime.maintenance_planned", at(hours=11, minutes=30), service="api", **plan)
    values = log.values(second(hours=12))
    assert (values["availability.24h"], values["downtime.24h"]) == (0.952380, 300)
    assert (values["observed_time.24h"], values["maintenance_time.24h"], values["services_down"]) == (6_300, 900, 0)
    untold = log.values(second(hours=11, minutes=30))
    assert untold["downtime.24h"] == 600
    assert log.values(second(hours=10, minutes=30))["services_down"] == 1
    assert log.values(second(hours=12), segment="service=web")["availability.24h"] is None


def test_regions_vote_and_fall_silent(log):
    for region, ok in (("eu", True), ("us", False), ("ap", False)):
        log.add("uptime.checked", at(hours=1), service="api", region=region, ok=ok)
    log.add("uptime.checked", at(hours=1, minutes=1), service="api", region="ap", ok=True)
    # 1:00 two of three fail: down; 1:01 one of three: degraded; 1:05 only ap speaks: up; 1:06 nobody: unknown
    values = log.values(second(hours=2))
    assert (values["downtime.24h"], values["degraded_time.24h"], values["observed_time.24h"]) == (60, 240, 360)
    strict = log.values(second(hours=2), {"quality": {"degraded": "down"}})
    assert (strict["downtime.24h"], strict["degraded_time.24h"], strict["observed_time.24h"]) == (300, 240, 360)


def test_a_bounded_status_lies_over_the_open_one(log):
    log.add("uptime.status_changed", at(hours=1), service="api", status="up")
    log.add("uptime.status_changed", at(hours=2), service="api", status="down", until=at(hours=3))
    log.add("uptime.status_changed", at(hours=2, minutes=30), service="api", status="degraded")
    log.add("uptime.checked", at(hours=3, minutes=30), service="api", ok=True)
    log.add("uptime.status_changed", at(hours=4), service="api", status="up")
    log.add("uptime.checked", at(hours=5), service="api", ok=False)
    # up 1-2, down 2-3 (bounded), degraded 3-4 (open, over the probe), up from 4, but for 5:00-5:05 (the probe decides)
    values = log.values(second(hours=6))
    assert (values["downtime.24h"], values["degraded_time.24h"]) == (3_600 + 300, 3_600)
    assert values["observed_time.24h"] == 5 * HOURS


@pytest.mark.parametrize("seed", range(20))
def test_the_timeline_has_no_gap_and_no_overlap(seed):
    rng = random.Random(seed)
    log = Log()
    for _ in range(rng.randrange(1, 12)):
        minute = rng.randrange(600)
        kind = rng.choice(["checked", "status_changed", "maintenance_planned"])
        own = {
            "checked": {"ok": rng.random() < 0.5, "region": rng.choice("ab")},
            "status_changed": {"status": rng.choice(["up", "degraded", "down"])}
            | rng.choice([{}, {"until": at(minutes=minute + rng.randrange(1, 90))}]),
            "maintenance_planned": {"maintenance_id": rng.choice("mn"), "starts_at": at(minutes=minute - 30)}
            | {"ends_at": at(minutes=minute + 30), "canceled": rng.random() < 0.2},
        }[kind]
        log.add(f"uptime.{kind}", at(minutes=minute, microseconds=rng.randrange(9_999)), service="api", **own)
    world = make_world(accepted(log.events)[0], {}, second(hours=11), "all")
    spans = timeline(world.events, world.as_of, world.settings)
    observed = [event.time // 1_000 for event in world.events if event.type != "uptime.maintenance_planned"]
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]
    if observed:
        assert (spans[0].start, spans[-1].end) == (min(observed), second(hours=11) * 1_000)


# --- churn signals ----------------------------------------------------------------------------------------------------


def test_a_scheduled_end_puts_only_its_own_mrr_at_risk(log):
    log.subscription(at(hours=1), 10_000)
    log.subscription(at(hours=1), 5_000, name="t")
    log.subscription(at(hours=5), 5_000, name="t", cancel_at=at(days=3))
    values = log.values(second(days=1))
    assert (values["mrr_at_risk"], values["accounts_at_risk"], values["mrr_at_risk_share"]) == (50, 1, 0.333333)
    assert values["churn_signals"] == {"cancel_scheduled": 1, "payment_failed": 0, "dormant": 0, "usage_drop": 0}
    row = accounts(log.events, {}, second(days=1))["a"]
    assert row == {"mrr": 150.0, "mrr_at_risk": 50.0, "signals": {"cancel_scheduled": micros(at(hours=5))}}
    assert log.values(second(days=3, seconds=1))["mrr_at_risk"] == 0


def test_a_failed_payment_until_success_or_30_days(log):
    log.subscription(at(hours=1), 10_000)
    failed = {"account_id": "a", "currency": "USD", "amount": 100, "subscription_id": "s"}
    log.add("billing.payment_failed", at(days=1), payment_id="p", **failed)
    assert log.values(second(days=2))["mrr_at_risk"] == 100
    assert log.values(second(days=31))["churn_signals"]["payment_failed"] == 1
    assert log.values(second(days=31, seconds=1))["churn_signals"]["payment_failed"] == 0
    log.add("billing.payment_succeeded", at(days=3), payment_id="q", **failed)
    assert log.values(second(days=4))["mrr_at_risk"] == 0
    log.subscription(at(days=40), 10_000, status="past_due")
    assert accounts(log.events, {}, second(days=50))["a"]["signals"] == {"payment_failed": micros(at(days=40))}


def test_dormant_after_14_days_but_not_in_the_first_28(log):
    log.subscription(at(hours=1), 10_000)
    log.usage("clicked", at(days=5), element="e")
    log.usage("page_pinged", at(days=18))  # no active use
    assert log.values(second(days=28, hours=1))["churn_signals"]["dormant"] == 0
    assert log.values(second(days=28, hours=1, seconds=1))["churn_signals"]["dormant"] == 1
    log.usage("clicked", at(days=30), element="e")
    assert log.values(second(days=44))["mrr_at_risk"] == 0
    assert accounts(log.events, {}, second(days=45))["a"]["signals"] == {"dormant": micros(at(days=44))}


def test_usage_drop_at_midnight_below_half_until_70_percent(log):
    log.subscription(at(hours=0), 10_000)

    def use(first, last, times):
        for day in range(first, last):
            for minute in range(times):
                log.usage("clicked", at(days=day, hours=9, minutes=minute), element="e")

    use(0, 30, 4)  # 28 a week
    use(30, 37, 1)
    # the last 7 days before midnight of day d: 28 - 3 (d - 30); below 14 from d = 35 on
    assert accounts(log.events, {}, second(days=35))["a"]["signals"] == {}
    assert accounts(log.events, {}, second(days=35, seconds=1))["a"]["signals"] == {"usage_drop": micros(at(days=35))}
    assert log.values(second(days=36))["mrr_at_risk"] == 0  # 30 points
    use(37, 44, 4)  # midnight of day 40: 16 of 25.75 = 62 %; of day 41: 19 of 25 = 76 %
    assert accounts(log.events, {}, second(days=41))["a"]["signals"] == {"usage_drop": micros(at(days=35))}
    assert accounts(log.events, {}, second(days=41, seconds=1))["a"]["signals"] == {}
