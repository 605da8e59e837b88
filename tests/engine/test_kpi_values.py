"""A value is what the formula of its KPI makes of the totals, in the segments that have it."""

from decimal import Decimal

import pytest

from stream.engine.definitions import Definitions
from stream.engine.merge import Calculator
from stream.engine.trackers.signals import POINTS

NOW = {"mrr": 3_000_000, "paying_accounts": 2}


def values(totals, segment="all", **definitions):
    return Calculator(Definitions.model_validate(definitions)).values(segment, totals, 0)


@pytest.mark.parametrize(
    ("name", "totals", "value"),
    [
        ("events.5m", {"5m": {"events": 7}}, 7),
        ("active_users.today", {"today": {"active_users": 3}}, 3),
        ("error_rate.1h", {"1h": {"attempts": 8, "failures": 1}}, 0.125),
        ("error_rate.1h", {"1h": {"attempts": 3}}, 0),
        ("error_rate.1h", {"24h": {"attempts": 3}}, None),
        ("session_duration_avg.1h", {"1h": {"sessions": 3, "session_ms": 10_000}}, 3.333333),
        ("session_duration_p50.1h", {"1h": {"session_cells:-1": 1}}, 0),
        ("session_duration_p50.1h", {"1h": {"session_cells:-1": 1, "session_cells:346": 1}}, 0),
        ("session_duration_p90.1h", {"1h": {"session_cells:-1": 1, "session_cells:346": 1}}, 1.002428),
        ("pages_per_session.1h", {"1h": {"sessions": 2, "session_views": 5}}, 2.5),
        ("bounce_rate.1h", {"1h": {"sessions": 9, "sessions_viewed": 4, "sessions_bounced": 1}}, 0.25),
        ("mrr", {"now": NOW}, 3),
        ("arr", {"now": NOW}, 36),
        ("arpa", {"now": NOW}, 1.5),
        ("paying_accounts", {"now": NOW}, 2),
        ("opening_mrr.7d", {"now": NOW, "7d": {"new_mrr": 2_000_000, "churned_mrr": 500_000}}, 1.5),
        ("opening_mrr.yesterday", {"now": NOW, "yesterday": {"new_mrr": 10**6}, "today": {"fx_mrr": 10**6}}, 1),
        (
            "net_new_mrr.7d",
            {
                "7d": {
                    "new_mrr": 1 << 20,
                    "expansion_mrr": 2 << 20,
                    "reactivation_mrr": 4 << 20,
                    "contraction_mrr": 8 << 20,
                    "churned_mrr": 16 << 20,
                    "fx_mrr": -(32 << 20),
                }
            },
            (1 + 2 + 4 - 8 - 16 - 32) * 1.048576,
        ),
        ("quick_ratio.30d", {"30d": {"new_mrr": 1, "expansion_mrr": 2, "contraction_mrr": 1, "churned_mrr": 3}}, 0.75),
        ("quick_ratio.30d", {"30d": {"new_mrr": 1, "reactivation_mrr": 2}}, None),
        ("mrr_growth_rate.7d", {"now": NOW, "7d": {"new_mrr": 2_000_000}}, 2),
        ("committed_mrr", {"now": NOW | {"scheduled_churn_mrr": 500_000}}, 2.5),
        ("refund_rate.7d", {"7d": {"refunds": 3, "gross_revenue": 2}}, 1.5),
        ("payment_success_rate.1h", {"1h": {"payments": 3, "failed_payments": 1}}, 0.75),
        ("observed_time.1h", {"1h": {"up_ms": 500, "down_ms": 1_000, "maintenance_ms": 9}}, 1.5),
        ("churn_rate.7d", {"now": NOW, "7d": {"accounts_left": 2, "cohort_churned_accounts": 1}}, 0.25),
        ("customer_retention.7d", {"now": NOW, "7d": {"accounts_left": 2, "cohort_churned_accounts": 1}}, 0.75),
        ("churn_rate.7d", {"now": NOW, "7d": {"accounts_joined": 2}}, None),
        ("gross_revenue.1h", {"1h": {"gross_revenue": 1_234_567}}, 1.234567),
        (
            "net_revenue.1h",
            {"1h": {"gross_revenue": 9_000_000, "refunds": 2_000_000, "dispute_losses": 500_000, "fees": 250_000}},
            6.25,
        ),
        ("gross_revenue_by_currency.7d", {"7d": {"gross_revenue_by_currency:EUR": 1_500_000}}, {"EUR": 1.5}),
        ("availability.1h", {"1h": {"up_ms": 2, "down_ms": 1}}, 0.666666),  # cut, not rounded
        ("availability.1h", {"1h": {"up_ms": 10_000_000, "down_ms": 1}}, 0.999999),  # 1 only if nothing was bad
        ("downtime.1h", {"1h": {"down_ms": 1_500}}, 1.5),
        ("longest_outage.24h", {"24h": {"longest_outage_ms:api": 1_500, "longest_outage_ms:web": 2_500}}, 2.5),
        ("longest_outage.24h", {}, 0),
        ("mtbf.24h", {"24h": {"up_ms": 9_000, "outages": 2}}, 4.5),
        ("apdex.5m", {"5m": {"apdex_satisfied": 1, "apdex_tolerating": 1, "apdex_samples": 7}}, 0.214285),  # cut
        ("throughput.5m", {"5m": {"requests": 600, "request_reports": 1}}, 2),
        ("throughput.5m", {"5m": {"request_reports": 1}}, 0),
        ("request_success_rate.1h", {"1h": {"good_requests": 100, "valid_requests": 102}}, 0.980392),
        ("mttd.24h", {"24h": {"incidents_detected": 2, "detection_ms": 180_000}}, 90),
        ("churn_signals", {"now": {"churn_signals:dormant": 2}}, dict.fromkeys(POINTS, 0) | {"dormant": 2}),
        ("mrr_at_risk_share", {"now": NOW | {"mrr_at_risk": 1_000_000}}, 0.333333),
    ],
)
def test_a_value_is_what_its_formula_says(name, totals, value):
    assert values(totals).values[name] == value


def test_money_beyond_the_precision_of_a_double_keeps_its_decimals():
    assert values({"now": {"mrr": 2**53 + 1}}).values["mrr"] == Decimal("9007199254.740993")


def test_a_sum_without_the_amounts_of_a_currency_says_which():
    found = values({"now": NOW | {"mrr_unrated:GBP": 1, "mrr_unrated:CHF": 2}})

    assert found.reasons["mrr"] == found.reasons["arpa"] == "no fx rate: CHF, GBP"


def test_a_feature_without_plans_is_adopted_by_active_users():
    totals = {"7d": {"uses:share": 6, "adopters:share": 2, "active_users": 4}}

    assert values(totals).values["features.7d"] == [
        {"feature": "share", "uses": 6, "adopters": 2, "eligible": 4, "adoption": 0.5, "depth": 3.0}
    ]


def test_a_feature_of_some_plans_is_adopted_by_those_who_have_it():
    totals = {
        "7d": {
            "uses:export": 6,
            "adopters:export": 3,
            "adopters_eligible:export": 1,
            "active_users": 9,
            "eligible_0": 2,
        }
    }
    (row,) = values(totals, features=[{"name": "export", "plans": ["pro"]}]).values["features.7d"]

    assert (row["eligible"], row["adoption"]) == (2, 0.5)


def test_a_configured_feature_is_listed_without_a_use():
    (row,) = values({}, features=[{"name": "export"}]).values["features.7d"]

    assert row == {"feature": "export", "uses": 0, "adopters": 0, "eligible": 0, "adoption": None, "depth": None}


def test_features_come_by_uses_then_by_name():
    totals = {"7d": {"uses:b": 2, "uses:c": 2, "uses:a": 1}}

    assert [row["feature"] for row in values(totals).values["features.7d"]] == ["b", "c", "a"]


def test_a_hundred_features_are_listed_and_the_rest_is_added_up():
    uses = {f"uses:{number:03}": 1 for number in range(103)} | {"uses:other": 4}
    *rows, rest = values({"7d": uses}).values["features.7d"]

    assert [row["feature"] for row in rows] == [f"{number:03}" for number in range(100)]
    assert rest == {"feature": "other", "uses": 7, "adopters": None, "eligible": None, "adoption": None, "depth": None}


def test_a_feature_may_have_a_colon_in_its_name():
    (row,) = values({"7d": {"uses:a:b": 1}}).values["features.7d"]

    assert row["feature"] == "a:b"


def test_a_segment_of_a_service_has_values_though_service_is_not_configured():
    assert "availability.1h" in values({}, "service=api", segments=["plan"]).values


def test_a_segment_of_a_dimension_that_is_not_configured_has_no_values():
    assert values({}, "country=DE", segments=["plan"]).values == {}


def test_a_segment_of_another_dimension_has_no_uptime():
    assert "availability.1h" not in values({}, "plan=pro").values


def test_revenue_by_currency_is_of_all_alone():
    assert "gross_revenue_by_currency.7d" not in values({}, "plan=pro").values


def test_values_and_reasons_come_by_name():
    found = values({})

    assert (list(found.values), list(found.reasons)) == (sorted(found.values), sorted(found.reasons))


def test_an_exact_value_is_not_rounded():
    assert Calculator(Definitions()).exact("error_rate.1h", {"1h": {"attempts": 3, "failures": 1}}, 0).value * 3 == 1


def test_there_is_no_value_of_another_name():
    with pytest.raises(KeyError):
        Calculator(Definitions()).exact("customers", {}, 0)
