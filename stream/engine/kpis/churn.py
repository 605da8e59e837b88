"""Churn and retention of accounts (catalogue part 2, section 2.3)."""

from __future__ import annotations

from typing import Final

from stream.engine.kpis.kpi import Kpi, Value, View, divided
from stream.engine.kpis.mrr import M, opening_accounts

_NONE: Final = "no accounts at start"


def _churn_rate(view: View) -> Value:
    return divided(view["cohort_churned_accounts"], opening_accounts(view), _NONE)


def _retention(view: View) -> Value:
    opening = opening_accounts(view)
    return divided(opening - view["cohort_churned_accounts"], opening, _NONE)


CHURN_RATE: Final = Kpi(
    "churn_rate",
    "fraction",
    M,
    _churn_rate,
    "Logo churn: how many of the accounts that paid at the start left.",
    "Accounts paying at the window's start with a churned movement in it, each once ÷ `opening_accounts`; "
    "null: no accounts at start.",
    "https://help.chartmogul.com/hc/en-us/articles/204710812",
)
CUSTOMER_RETENTION: Final = Kpi(
    "customer_retention",
    "fraction",
    M,
    _retention,
    "How many of the accounts that paid at the start did not leave.",
    "1 − `churn_rate`; null: no accounts at start.",
    "https://help.chartmogul.com/hc/en-us/articles/204710812",
)
