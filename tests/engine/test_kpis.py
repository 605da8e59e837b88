"""Every KPI is declared in full, reads counters in windows that they are kept for, and says why it is null."""

import importlib
import pkgutil
import re
from decimal import Decimal
from functools import cache

import pytest

from stream.engine import trackers
from stream.engine.counters import Counter
from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE
from stream.engine.kpis.kpi import Kpi, LabelCache, View, count
from stream.engine.merge import Calculator
from stream.engine.trackers.signals import POINTS
from stream.engine.windows import CALENDAR, ROLLING, C, H, L, R

KPIS = list(CATALOGUE.values())
NAMED = {"argvalues": KPIS, "ids": lambda kpi: kpi.name}
UNITS = {
    "accounts",
    "answers",
    "items",
    "reopenings",
    "tickets",
    "attempts",
    "checks",
    "disputes",
    "events",
    "events/user",
    "clicks",
    "downloads",
    "features/user",
    "hour of week",
    "impressions",
    "views",
    "views/user",
    "fraction",
    "incidents",
    "leads",
    "money",
    "outages",
    "payments",
    "ratio",
    "renewals",
    "requests",
    "requests/s",
    "seconds",
    "seconds/user",
    "services",
    "sessions",
    "subscriptions",
    "table",
    "users",
    "views/session",
    "points",
    "1–5",
    "1–7",
    "−1–1",
}
FLOWS, MOVEMENTS = (*H, *C), (*L, *C)
BY_CATALOGUE = {
    "events": (*R, *C),
    "active_users": (*R, *C),
    "active_accounts": (*R, *C),
    "new_users": (*R, *C),
    "error_rate": (*R, *C),
    "sessions": FLOWS,
    "session_duration_avg": FLOWS,
    "session_duration_p50": FLOWS,
    "session_duration_p90": FLOWS,
    "pages_per_session": FLOWS,
    "bounce_rate": FLOWS,
    "features": L,
    "mrr": (),
    "arr": (),
    "new_mrr": MOVEMENTS,
    "expansion_mrr": MOVEMENTS,
    "contraction_mrr": MOVEMENTS,
    "churned_mrr": MOVEMENTS,
    "reactivation_mrr": MOVEMENTS,
    "net_new_mrr": MOVEMENTS,
    "paying_accounts": (),
    "arpa": (),
    "gross_revenue": FLOWS,
    "net_revenue": FLOWS,
    "churn_rate": MOVEMENTS,
    "churn_rate_stripe": MOVEMENTS,
    "gross_mrr_churn_rate": MOVEMENTS,
    "net_mrr_churn_rate": MOVEMENTS,
    "nrr": ("30d", "month", "last_month"),
    "grr": ("30d", "month", "last_month"),
    "retained_accounts": ("30d", "month", "last_month"),
    "ltv": ("30d", "last_month"),
    "costs": MOVEMENTS,
    "serving_costs": MOVEMENTS,
    "retention_costs": MOVEMENTS,
    "gross_margin": ("30d", "month", "last_month"),
    "trials_ending_next_7d": (),
    "health_score_avg": (),
    "health_bands": (),
    "renewals_due": MOVEMENTS,
    "renewals_renewed": MOVEMENTS,
    "renewals_pending": MOVEMENTS,
    "renewal_rate": MOVEMENTS,
    "renewal_rate_mrr": MOVEMENTS,
    "trial_conversion_billing": MOVEMENTS,
    **dict.fromkeys(("visitors", "leads", "qualified_leads", "signups", "trials_started", "conversions"), FLOWS),
    "lost_leads": FLOWS,
    **dict.fromkeys(("conversion_rate", "signup_rate", "funnel", "trial_conversion", "trial_maturity"), MOVEMENTS),
    **dict.fromkeys(("sales_cycle_avg", "sales_cycle_median", "referrals", "spend", "cost_per_conversion"), MOVEMENTS),
    **dict.fromkeys(("cac", "acquisition_retention_ratio", "campaigns"), ("30d", "month", "last_month")),
    **dict.fromkeys(("cac_payback", "ltv_cac"), ("30d", "last_month")),
    **dict.fromkeys(("trial_cohorts", "open_pipeline", "open_pipeline_age"), ()),
    "accounts_at_risk": (),
    "mrr_at_risk": (),
    "churn_signals": (),
    "availability": (*R, *C),
    "downtime": (*R, *C),
    "outages": (*R, *C),
    "longest_outage": MOVEMENTS,
    "latency_p95": (*R, *C),
    "throughput": ("5m", "1h", "24h"),
    "open_incidents": (),
    "mttr": MOVEMENTS,
}
CHANGES = [name for name in CATALOGUE if name.endswith("_change")]
NULL_REASONS = {
    **dict.fromkeys(CHANGES, "no history"),
    "error_rate": "no attempts",
    "views_per_user": "no active users",
    "engaged_time_per_user": "no active users",
    "time_on_page_p50": "no page with heartbeats",
    "time_on_page_p90": "no page with heartbeats",
    "affected_users_rate": "no active users",
    "feature_breadth": "no active users",
    "peak_hour": "no activity",
    "ctr": "no impressions",
    "usage_quick_ratio": "no dormant users",
    "events_per_user": "no active users",
    "stickiness": "no active users",
    **{f"retention_{cell}": "no new users in cohort" for cell in ("d1", "d7", "d30", "w1", "w4", "m1", "m3")},
    "session_duration_avg": "no sessions",
    "session_duration_p50": "no sessions",
    "session_duration_p90": "no sessions",
    "pages_per_session": "no sessions",
    "frustrated_sessions_rate": "no sessions",
    "bounce_rate": "no closed sessions with a page view",
    "mrr_growth_rate": "no MRR at start",
    "quick_ratio": "nothing lost",
    "arpa": "no paying accounts",
    "churn_rate": "no accounts at start",
    "customer_retention": "no accounts at start",
    "churn_rate_stripe": "no accounts",
    "gross_mrr_churn_rate": "no MRR at start",
    "net_mrr_churn_rate": "no MRR at start",
    "nrr": "no MRR at start",
    "grr": "no MRR at start",
    "ltv": "no accounts at start",
    "renewal_rate": "none due",
    "renewal_rate_mrr": "none due",
    "trial_conversion_billing": "no trials",
    "gross_margin": "no revenue",
    "refund_rate": "no revenue",
    "payment_success_rate": "no attempts",
    "mrr_at_risk_share": "no MRR",
    "health_score_avg": "no scored accounts",
    **dict.fromkeys(("conversion_rate", "conversion_rate_frame", "signup_rate"), "no visitors"),
    "lead_conversion_rate": "no leads",
    **dict.fromkeys(("trial_conversion", "trial_maturity"), "no trials"),
    **dict.fromkeys(("sales_cycle_avg", "sales_cycle_median", "cost_per_conversion"), "no conversions"),
    **dict.fromkeys(("cac", "cac_payback"), "no new accounts"),
    "ltv_cac": "no accounts at start",
    **dict.fromkeys(("acquisition_retention_ratio", "acquisition_retention_ratio_mrr"), "none retained"),
    "acquisition_retention_ratio_cost": "no retention costs",
    "open_pipeline_age": "no open leads",
    "referral_rate": "no signups",
    "availability": "no observation",
    **dict.fromkeys(("csat", "csat_avg", "ces", "stars_avg"), "no answers"),
    **dict.fromkeys(("nps", "nps_promoters", "nps_passives", "nps_detractors"), "no answers"),
    "nps_margin": "fewer than 2 answers",
    "survey_response_rate": "no surveys",
    "sentiment_avg": "no sentiment",
    "complaint_rate": "no active accounts",
    "contact_rate": "no active accounts",
    **dict.fromkeys(("first_response_p50", "first_response_p90"), "no responses"),
    **dict.fromkeys(("resolution_p50", "resolution_p90", "full_resolution_p50", "full_resolution_p90"), "no solutions"),
    "reopen_rate": "no solutions",
    "mtbf": "no outages",
    "checks_ok_rate": "no checks",
    "latency_p50": "no checks",
    "latency_p95": "no checks",
    "latency_p99": "no checks",
    "apdex": "no checks",
    "throughput": "no reports",
    "request_success_rate": "no traffic",
    "mttd": "no detected outages",
    "mtta": "no acknowledgements",
    "mttm": "no mitigations",
    "mttr": "no resolutions",
}
DEFINITIONS = Definitions.model_validate({"features": [{"name": "export", "plans": ["pro"]}, {"name": "share"}]})


@cache
def declared_counters():
    """Return the rolling windows of every counter and field that a tracker declares, by name."""
    found = {"eligible_0": R}
    for module in pkgutil.iter_modules(trackers.__path__):
        for thing in vars(importlib.import_module(f"{trackers.__name__}.{module.name}")).values():
            several = (*thing.keys(), *thing.values()) if isinstance(thing, dict) else (thing,)
            for counter in several:
                if isinstance(counter, Counter):
                    found |= dict.fromkeys(counter.fields or (counter.name,), counter.rolling)
    gauges = [name for name, rolling in found.items() if not rolling]
    found |= {f"{name}_next_{within}": () for name in gauges for within in ("7d", "30d")}
    return found | {f"{name}_unrated": () for name in [*found] if not found[name]}


LABELS = {
    **dict.fromkeys(("nps_scores", "csat_scores", "ces_scores", "stars_scores"), "1.0 5.0 4000"),
    "aspect_scores": "1.0 5.0 4000 speed",
}


class Spy(View):
    """A view in which everything is 1, and that remembers what was asked for."""

    def __init__(self, window):
        super().__init__({}, window, DEFINITIONS, LabelCache(), 0)
        self.in_window, self.as_gauges = set(), set()

    def __getitem__(self, counter):
        self.in_window.add(counter)
        return 1

    def now(self, counter):
        self.as_gauges.add(counter)
        return 1

    def labels(self, counter):
        self.in_window.add(counter)
        return {LABELS.get(counter, "1"): 1}

    def standing(self, gauges, counter):  # noqa: ARG002 - the view's signature
        self.as_gauges.add(counter)
        return {"1": 1}

    def labels_now(self, counter):
        self.as_gauges.add(counter)
        return {"1": 1}


def asked(kpi):
    found = []
    for _, window in kpi.names():
        spy = Spy(window)
        kpi.formula(spy)
        found.append(spy)
    return found


def values(totals, segment="all", **definitions):
    return Calculator(Definitions.model_validate(definitions)).values(segment, totals, 0)


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_name_is_that_of_a_redis_field(kpi):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", kpi.name)


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_unit_is_one_of_a_few(kpi):
    assert kpi.unit in UNITS


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_windows_are_known_and_each_there_once(kpi):
    assert sorted(set(kpi.windows), key=kpi.windows.index) == [w for w in (*ROLLING, *CALENDAR) if w in kpi.windows]


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_description_is_a_sentence(kpi):
    assert re.fullmatch(r"[A-Z].*\.", kpi.description)


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_definition_is_a_sentence(kpi):
    assert kpi.definition.endswith(".")


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_source_can_be_looked_up(kpi):
    assert kpi.source.startswith(("https://", "Masson, Rim, Lee: DDSketch"))


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_formula_reads_counters_that_are_kept_for_its_windows(kpi):
    """A window has no meaningful sum of a counter that is not kept for it."""
    known = declared_counters()
    unknown = [
        (name, spy.window)
        for spy in asked(kpi)
        for name in spy.in_window
        if name not in known or (spy.window in ROLLING and spy.window not in known[name])
    ]

    assert unknown == []


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_formula_reads_gauges_that_there_are(kpi):
    known = declared_counters()

    assert [name for spy in asked(kpi) for name in spy.as_gauges if known.get(name) != ()] == []


@pytest.mark.parametrize("kpi", **NAMED)
def test_over_nothing_it_is_null_for_the_reason_of_the_catalogue_or_not_null(kpi):
    found = [kpi.formula(View({}, window, DEFINITIONS, LabelCache(), 0)) for _, window in kpi.names()]

    assert {(one.value is None, one.reason) for one in found} == {
        (kpi.name in NULL_REASONS, NULL_REASONS.get(kpi.name))
    }


@pytest.mark.parametrize("kpi", **NAMED)
def test_its_definition_names_the_reason_of_a_null(kpi):
    reason = NULL_REASONS.get(kpi.name, "")

    assert f"ull: {reason}." in kpi.definition if reason else "ull:" not in kpi.definition


@pytest.mark.parametrize(("name", "windows"), BY_CATALOGUE.items())
def test_the_catalogue_has_it_in_these_windows(name, windows):
    assert CATALOGUE[name].windows == windows


def test_the_signals_are_those_of_the_catalogue():
    assert set(POINTS) == {
        "usage_drop",
        "dormant",
        "payment_failed",
        "cancel_scheduled",
        "low_score",
        "severe_ticket",
        "seats_removed",
    }


def test_every_module_of_a_family_is_found():
    assert {kpi.formula.__module__ for kpi in KPIS} >= {
        f"stream.engine.kpis.{family}"
        for family in ("churn", "features", "mrr", "revenue", "risk", "sessions", "uptime")
    }


def test_a_name_is_declared_once():
    with pytest.raises(ValueError, match="the KPI mrr is declared twice"):
        Kpi("mrr", "money", (), count("mrr"), "", "", "")


NOW = {"mrr": 3_000_000, "paying_accounts": 2}


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
