"""Billing, by the reference, against the worked examples of the catalogue and small cases."""

import random
from datetime import UTC, datetime

import pytest

from . import snapshot
from .log import Log, at, second


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
