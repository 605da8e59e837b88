"""Churn signals, by the reference, against answers worked out by hand."""

from . import accounts
from .common import micros
from .log import at, second


def test_a_scheduled_end_puts_only_its_own_mrr_at_risk(log):
    log.subscription(at(hours=1), 10_000)
    log.subscription(at(hours=1), 5_000, name="t")
    log.subscription(at(hours=5), 5_000, name="t", cancel_at=at(days=3))
    values = log.values(second(days=1))
    assert (values["mrr_at_risk"], values["accounts_at_risk"], values["mrr_at_risk_share"]) == (50, 1, 0.333333)
    assert {name for name, on in values["churn_signals"].items() if on} == {"cancel_scheduled"}
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
