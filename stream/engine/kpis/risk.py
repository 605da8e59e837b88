"""Accounts at risk (catalogue part 2, sections 2.3 and 4)."""

from __future__ import annotations

from typing import Final

from stream.engine.kpis.kpi import Kpi, Value, View, divided, gauge, money
from stream.engine.trackers.signals import POINTS

_SOURCE: Final = "https://www.gainsight.com/guides/customer-health-scores/"


def _signals(view: View) -> Value:
    on = view.labels_now("churn_signals")
    return Value({name: on.get(name, 0) for name in POINTS})


ACCOUNTS_AT_RISK: Final = Kpi(
    "accounts_at_risk",
    "accounts",
    (),
    gauge("accounts_at_risk"),
    "Paying accounts that may leave.",
    "Accounts with MRR at risk above 0.",
    _SOURCE,
)
MRR_AT_RISK: Final = Kpi(
    "mrr_at_risk",
    "money",
    (),
    lambda view: money(view.now("mrr_at_risk")),
    "What the accounts that may leave pay.",
    "An account's whole MRR if its signals weigh 50 points, else that of its subscriptions with a scheduled end.",
    _SOURCE,
)
MRR_AT_RISK_SHARE: Final = Kpi(
    "mrr_at_risk_share",
    "fraction",
    (),
    lambda view: divided(view.now("mrr_at_risk"), view.now("mrr"), "no MRR"),
    "How much of MRR may leave.",
    "`mrr_at_risk` ÷ `mrr`; null: no MRR.",
    _SOURCE,
)
CHURN_SIGNALS: Final = Kpi(
    "churn_signals",
    "table",
    (),
    _signals,
    "Why paying accounts may leave.",
    "{signal: paying accounts on which it is on}.",
    _SOURCE,
)
