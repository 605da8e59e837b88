"""Churn and retention of accounts (catalogue part 2, section 2.3)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.kpis.kpi import Kpi, Value, View, divided
from stream.engine.kpis.mrr import RATIO_WINDOWS, M, closing_arpa, opening_accounts, opening_mrr

NO_ACCOUNTS: Final = "no accounts at start"
NO_MRR: Final = "no MRR at start"
_LTV_WINDOWS: Final = ("30d", "last_month")
_CHARTMOGUL: Final = "https://help.chartmogul.com/hc/en-us/articles/204710812"
_NET: Final = "https://help.chartmogul.com/hc/en-us/articles/204710832"
_RETENTION: Final = "https://help.chartmogul.com/hc/en-us/articles/5451148894236"


def churn_rate(view: View) -> Value:
    """Return logo churn: the share of the accounts of the window's start that left in it."""
    return divided(view["cohort_churned_accounts"], opening_accounts(view), NO_ACCOUNTS)


def retained_accounts(view: View) -> int:
    """Return how many accounts of the window's start pay at its end."""
    return opening_accounts(view) - view["cohort_gone_accounts"]


def kept_mrr(view: View) -> int:
    """Return what is left at the end of the MRR (micro-units) of the start, additions left out."""
    return opening_mrr(view) - view["cohort_shrunk_mrr"]


def ltv(view: View) -> Value:
    """Return the lifetime value of an account: closing ARPA ÷ churn rate, without a margin."""
    churn, arpa = churn_rate(view), closing_arpa(view)
    if churn.value == 0:
        return Value(None, "no churn")
    if not isinstance(churn.value, Fraction) or not isinstance(arpa.value, Fraction):
        return Value(None, churn.reason or arpa.reason)
    return Value(arpa.value / churn.value, arpa.reason)


def _retention(view: View) -> Value:
    opening = opening_accounts(view)
    return divided(opening - view["cohort_churned_accounts"], opening, NO_ACCOUNTS)


def _churn_rate_stripe(view: View) -> Value:
    whole = opening_accounts(view) + view["joined_accounts"]
    return divided(view["different_churned_accounts"], whole, "no accounts")


def _of_opening(part: Callable[[View], int]) -> Callable[[View], Value]:
    return lambda view: divided(part(view), opening_mrr(view), NO_MRR)


def _net_lost(view: View) -> int:
    return view["cohort_lost_mrr"] - view["cohort_expansion_mrr"] - view["reactivation_mrr"]


CHURN_RATE: Final = Kpi(
    "churn_rate",
    "fraction",
    M,
    churn_rate,
    "Logo churn: how many of the accounts that paid at the start left.",
    "Accounts paying at the window's start with a churned movement in it, each once ÷ `opening_accounts`; "
    "null: no accounts at start.",
    _CHARTMOGUL,
    "Of 20 accounts that paid at the start one left; another came and left inside: 0.05.",
)
CHURN_RATE_STRIPE: Final = Kpi(
    "churn_rate_stripe",
    "fraction",
    M,
    _churn_rate_stripe,
    "Logo churn over all accounts that paid at any time in the window.",
    "Different accounts with a churned movement ÷ different accounts that paid at the start or had a new or "
    "reactivation movement; null: no accounts.",
    "https://support.stripe.com/questions/calculating-subscriber-churn-rate-in-billing",
    "Of 20 accounts that paid at the start one left; another came and left inside: 2 of 21, 0.095238.",
)
GROSS_MRR_CHURN_RATE: Final = Kpi(
    "gross_mrr_churn_rate",
    "fraction",
    M,
    _of_opening(lambda view: view["cohort_lost_mrr"]),
    "How much of the MRR of the start was lost.",
    "(churned + contraction MRR of the accounts that paid at the start) ÷ `opening_mrr`; null: no MRR at start.",
    _NET,
    "Opened with 100; the cohort churned 10, contracted 10 and expanded 10: 0.2.",
)
NET_MRR_CHURN_RATE: Final = Kpi(
    "net_mrr_churn_rate",
    "fraction",
    M,
    _of_opening(_net_lost),
    "The same, less what was won back and added.",
    "(churned + contraction − expansion MRR of the accounts that paid at the start − `reactivation_mrr`) ÷ "
    "`opening_mrr`; may be negative; null: no MRR at start.",
    _NET,
    "Opened with 100; the cohort churned 10, contracted 10 and expanded 10: 0.1.",
)
NRR: Final = Kpi(
    "nrr",
    "fraction",
    RATIO_WINDOWS,
    _of_opening(lambda view: opening_mrr(view) + view["cohort_changed_mrr"]),
    "Net revenue retention: what the accounts of the start pay by now.",
    "Σ over the accounts that paid at the start of closing MRR ÷ Σ of their opening MRR, both at the rates just "
    "before the start; null: no MRR at start.",
    _RETENTION,
    "Opened with 100; the cohort churned 10, contracted 10 and expanded 10: 0.9.",
)
GRR: Final = Kpi(
    "grr",
    "fraction",
    RATIO_WINDOWS,
    _of_opening(kept_mrr),
    "Gross revenue retention: the same without what was added.",
    "Σ over the accounts that paid at the start of the smaller of closing and opening MRR ÷ Σ of their opening "
    "MRR, as above; null: no MRR at start.",
    _RETENTION,
    "Opened with 100; one account churned 10, one contracted 10, a third expanded 10: 0.8.",
)
CUSTOMER_RETENTION: Final = Kpi(
    "customer_retention",
    "fraction",
    M,
    _retention,
    "How many of the accounts that paid at the start did not leave.",
    "1 − `churn_rate`; null: no accounts at start.",
    _CHARTMOGUL,
    "Of 20 accounts that paid at the start one left: 0.95.",
)
RETAINED_ACCOUNTS: Final = Kpi(
    "retained_accounts",
    "accounts",
    RATIO_WINDOWS,
    lambda view: Value(retained_accounts(view)),
    "Accounts that paid at the start and pay at the end.",
    "Accounts of the start with closing MRR above 0.",
    _CHARTMOGUL,
    "Of 20 accounts that paid at the start two left, and one of them came back: 19.",
)
LTV: Final = Kpi(
    "ltv",
    "money",
    _LTV_WINDOWS,
    ltv,
    "Lifetime value: what an account pays until it leaves.",
    "MRR of a paying account at the window's end ÷ `churn_rate`, without a margin; also null: no churn; "
    "null: no accounts at start.",
    "https://help.chartmogul.com/hc/en-us/articles/204710372",
    "Accounts pay 100 each, and one of 20 left: 100 ÷ 0.05 = 2000.",
)
