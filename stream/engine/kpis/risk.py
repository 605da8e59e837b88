"""Accounts at risk, and how healthy they are (catalogue part 2, sections 2.3 and 4)."""

from __future__ import annotations

from typing import Final

from stream.engine.kpis.kpi import Kpi, Value, View, divided, gauge, money
from stream.engine.trackers.health import BANDS
from stream.engine.trackers.opportunities import NAMES
from stream.engine.trackers.signals import POINTS

_SOURCE: Final = "https://www.gainsight.com/guides/customer-health-scores/"


def _signals(view: View) -> Value:
    on = view.labels_now("churn_signals")
    return Value({name: on.get(name, 0) for name in POINTS})


def _opportunities(view: View) -> Value:
    on = view.labels_now("opportunities")
    return Value({name: on.get(name, 0) for name in NAMES})


def _bands(view: View) -> Value:
    bands = view.labels_now("health_bands")
    return Value({name: bands.get(name, 0) for name in BANDS})


ACCOUNTS_AT_RISK: Final = Kpi(
    "accounts_at_risk",
    "accounts",
    (),
    gauge("accounts_at_risk"),
    "Paying accounts that may leave.",
    "Accounts with MRR at risk above 0.",
    _SOURCE,
    "Of three paying accounts one has a failed payment and one a scheduled end: 2.",
)
MRR_AT_RISK: Final = Kpi(
    "mrr_at_risk",
    "money",
    (),
    lambda view: money(view.now("mrr_at_risk")),
    "What the accounts that may leave pay.",
    "An account's whole MRR if its signals weigh 50 points, else that of its subscriptions with a scheduled end.",
    _SOURCE,
    "An account of 150 whose subscription of 50 is to end, and one of 100 with a failed payment: 150.",
)
MRR_AT_RISK_SHARE: Final = Kpi(
    "mrr_at_risk_share",
    "fraction",
    (),
    lambda view: divided(view.now("mrr_at_risk"), view.now("mrr"), "no MRR"),
    "How much of MRR may leave.",
    "`mrr_at_risk` ÷ `mrr`; null: no MRR.",
    _SOURCE,
    "50 of an `mrr` of 150: 0.333333.",
)
CHURN_SIGNALS: Final = Kpi(
    "churn_signals",
    "table",
    (),
    _signals,
    "Why paying accounts may leave.",
    "{signal: paying accounts on which it is on}.",
    _SOURCE,
    "A paying account's payment failed, and nobody used it for 14 days: {payment_failed: 1, dormant: 1, …: 0}.",
)
HEALTH_SCORE_AVG: Final = Kpi(
    "health_score_avg",
    "points",
    (),
    lambda view: divided(view.now("health_scores"), view.now("health_scored"), "no scored accounts"),
    "How healthy paying accounts are, from 0 to 100.",
    "Σ of the health of the paying accounts that have one ÷ their number; an account's is the mean of usage (30), "
    "payment (20), satisfaction (20), MRR (15) and support (15), weighted, over those that are known; "
    "null: no scored accounts.",
    _SOURCE,
    "One account uses half of its baseline and pays well: (30 × 50 + 20 × 100) ÷ 50 = 70; another scores 40: 55.",
)
HEALTH_BANDS: Final = Kpi(
    "health_bands",
    "table",
    (),
    _bands,
    "How many paying accounts are healthy, and how many are not.",
    "{`healthy` from 70, `watch` from 40, `poor`, `unknown`: paying accounts}.",
    _SOURCE,
    "Accounts that score 70, 69 and 12: {healthy: 1, watch: 1, poor: 1, unknown: 0}.",
)
OPPORTUNITIES: Final = Kpi(
    "opportunities",
    "table",
    (),
    _opportunities,
    "Which accounts may want more, and of what.",
    "{opportunity: accounts on which it is on}. `near_plan_limit`: Σ `value` of successful `usage.tracked` (of the "
    "name `attributes.limit_name`, if given) in the current billing period, its first local day counting whole, from "
    "80 % of the subscription's `attributes.plan_limit`, until below 70 % or the period ends. `seat_saturation`: "
    "people active today or in the 28 local days before, from 90 % of at least 3 licensed seats, until below 80 %. "
    "`very_active_free`: no MRR, no trial, and active on 5 of the last 7 complete local days, until on fewer than 3, "
    "or paying; not in an account's first 28 days. Each is told for 28 days.",
    _SOURCE,
    "A plan allows 1,000 exports a month, 850 were made: {near_plan_limit: 1, …: 0}.",
)
