"""Every KPI is declared in full, reads counters in windows that they are kept for, and says why it is null."""

import importlib
import pkgutil
import re
from functools import cache

import pytest

from stream.engine import trackers
from stream.engine.counters import Counter
from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE
from stream.engine.kpis.kpi import Kpi, LabelCache, View, count
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
