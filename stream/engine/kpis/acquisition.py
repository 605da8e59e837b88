"""Acquisition: what customers cost, and what they bring (catalogue part 2, section 2.4)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from stream.engine.kpis.churn import kept_mrr, ltv, retained_accounts
from stream.engine.kpis.kpi import Kpi, Scope, Value, View, divided, money, unrated
from stream.engine.kpis.mrr import RATIO_WINDOWS, M, closing_arpa
from stream.engine.kpis.revenue import MARGIN_FLOWS, gross_margin
from stream.engine.names import OTHER
from stream.engine.publication import published
from stream.engine.units import MICRO

MONTH: Final = 2_628_000
"""Seconds: 365 ÷ 12 days."""
ROWS: Final = 100
NONE_RETAINED: Final = "none retained"
_CAC: Final = "https://en.wikipedia.org/wiki/Customer_acquisition_cost"
_LTV_WINDOWS: Final = ("30d", "last_month")
_WON: Final = ("spend", "leads", "conversions")
_EARNED: Final = ("new_accounts", "revenue", "new_mrr")


def missing_spend(view: View) -> str | None:
    """Return the reason that qualifies what is spent, where a currency has no rate."""
    return _missing(view, "spend")


def cac(view: View) -> Value:
    """Return what an account that paid for the first time cost (major units); null without any."""
    found = divided(Fraction(view["spend"], MICRO), view["new_accounts"], "no new accounts")
    return _qualified(found, missing_spend(view))


def _missing(view: View, *flows: str, mrr: bool = False) -> str | None:
    """Return the reason that qualifies what is made of flows, and of MRR, where currencies have no rate."""
    found = {currency: count for flow in flows for currency, count in view.labels(f"{flow}_unrated").items() if count}
    return unrated(found | {currency: n for currency, n in view.labels_now("mrr_unrated").items() if mrr and n})


def _qualified(value: Value, reason: str | None) -> Value:
    return value if value.value is None else Value(value.value, reason)


def _per_conversion(view: View) -> Value:
    found = divided(Fraction(view["spend"], MICRO), view["conversions"], "no conversions")
    return _qualified(found, missing_spend(view))


def _payback(view: View) -> Value:
    cost, arpa, margin = cac(view), closing_arpa(view), gross_margin(view)
    for part in (cost, arpa, margin):
        if not isinstance(part.value, Fraction):
            return Value(None, part.reason)
    monthly = _number(arpa) * _number(margin)
    if monthly <= 0:
        return Value(None, "no margin")
    return Value(_number(cost) / monthly * MONTH, _missing(view, "spend", *MARGIN_FLOWS, mrr=True))


def _ltv_cac(view: View) -> Value:
    value, cost = ltv(view), cac(view)
    for part in (value, cost):
        if not isinstance(part.value, Fraction):
            return Value(None, part.reason)
    return _qualified(divided(_number(value), _number(cost), "no spend"), _missing(view, "spend", mrr=True))


def _number(value: Value) -> Fraction:
    return value.value if isinstance(value.value, Fraction) else Fraction(0)


def _by_cost(view: View) -> Value:
    cost, retained, spent = cac(view), retained_accounts(view), Fraction(view["retention_costs"], MICRO)
    if not spent:
        return Value(None, "no retention costs")
    if not retained:
        return Value(None, NONE_RETAINED)
    if not isinstance(cost.value, Fraction):
        return cost
    return Value(cost.value * retained / spent, _missing(view, "spend", "retention_costs"))


def _campaigns(view: View) -> Value:
    parts = {name: view.labels(f"campaign_{name}") for name in (*_WON, *_EARNED)}
    names = {campaign for part in parts.values() for campaign, count in part.items() if count}
    spend, billed = parts["spend"], bool(view.now("campaign_accounts"))
    ranked = sorted(names - {OTHER}, key=lambda campaign: (-spend.get(campaign, 0), campaign))
    groups = [(campaign, [campaign]) for campaign in ranked[:ROWS]]
    rest = [*ranked[ROWS:], *names & {OTHER}]
    if rest:
        groups.append((OTHER, rest))
    rows = []
    for name, members in groups:
        sums = {part: sum(counts.get(campaign, 0) for campaign in members) for part, counts in parts.items()}
        rows.append(_row(name, sums, billed=billed))
    return Value(rows, unrated(view.labels("campaign_unrated")))


def _row(campaign: str, sums: dict[str, int], *, billed: bool) -> dict[str, Any]:
    spend, revenue = Fraction(sums["spend"], MICRO), Fraction(sums["revenue"], MICRO)
    return {
        "campaign": campaign,
        "spend": published(spend),
        "leads": sums["leads"],
        "conversions": sums["conversions"],
        "new_accounts": sums["new_accounts"] if billed else None,
        "revenue": published(revenue) if billed else None,
        "new_mrr": published(Fraction(sums["new_mrr"], MICRO)) if billed else None,
        "cost_per_conversion": published(divided(spend, sums["conversions"], "no conversions").value),
        "roi": published(divided(revenue - spend, spend, "no spend").value) if billed else None,
    }


SPEND: Final = Kpi(
    "spend",
    "money",
    M,
    lambda view: money(view["spend"], missing_spend(view)),
    "What was spent to win customers.",
    "Σ `amount` of `growth.spend_recorded`, at its own time and at the rate in force then; credits are negative.",
    _CAC,
    example="300 EUR at 1.08, and 24 USD back: 300.",
)
COST_PER_CONVERSION: Final = Kpi(
    "cost_per_conversion",
    "money",
    M,
    _per_conversion,
    "What a customer won cost.",
    "`spend` ÷ `conversions`; null: no conversions.",
    "https://support.google.com/adxbuyer/answer/166189",
    example="1,000 USD spent, 8 conversions: 125.",
)
CAC: Final = Kpi(
    "cac",
    "money",
    RATIO_WINDOWS,
    cac,
    "Customer acquisition cost: what an account that pays for the first time cost.",
    "`spend` ÷ `new_accounts` of the same window, without a lag; of a channel or campaign, where billing carries it; "
    "null: no new accounts.",
    _CAC,
    "1,000 USD spent, 8 accounts pay for the first time: 125.",
    scope=Scope.ACQUISITION,
)
CAC_PAYBACK: Final = Kpi(
    "cac_payback",
    "seconds",
    _LTV_WINDOWS,
    _payback,
    "How long an account pays until it has earned what it cost.",
    "`cac` ÷ (MRR of a paying account at the window's end × `gross_margin`) months of 365 ÷ 12 days; "
    "also null: no paying accounts; null: no revenue; null: no serving costs recorded; null: no margin; "
    "null: no new accounts.",
    "https://docs.calqulate.io/docs/cac-payback-time",
    "An account costs 300 and pays 100 a month, of which serving leaves 0.75: 4 months, 10512000.",
    scope=Scope.NONE,
)
LTV_CAC: Final = Kpi(
    "ltv_cac",
    "ratio",
    _LTV_WINDOWS,
    _ltv_cac,
    "How many times over an account pays what it cost.",
    "`ltv` ÷ `cac`; also null: no churn; null: no paying accounts; null: no new accounts; null: no spend; "
    "null: no accounts at start.",
    _CAC,
    "`ltv` 2000 and `cac` 500: 4.",
    scope=Scope.NONE,
)
ACQUISITION_RETENTION_RATIO: Final = Kpi(
    "acquisition_retention_ratio",
    "ratio",
    RATIO_WINDOWS,
    lambda view: divided(view["new_accounts"], retained_accounts(view), NONE_RETAINED),
    "Whether the business grows by winning customers or by keeping them: by their number.",
    "`new_accounts` ÷ `retained_accounts`; null: none retained.",
    _CAC,
    "5 accounts pay for the first time, 20 of those of the start still pay: 0.25.",
)
ACQUISITION_RETENTION_RATIO_MRR: Final = Kpi(
    "acquisition_retention_ratio_mrr",
    "ratio",
    RATIO_WINDOWS,
    lambda view: divided(view["new_mrr"], view["expansion_mrr"] + kept_mrr(view), NONE_RETAINED),
    "The same by what they pay.",
    "`new_mrr` ÷ (`expansion_mrr` + Σ over the accounts of the start of the smaller of closing and opening MRR); "
    "null: none retained.",
    _CAC,
    "New 50; of an opening MRR of 100 is left 80, and 20 was added: 50 ÷ 100 = 0.5.",
)
ACQUISITION_RETENTION_RATIO_COST: Final = Kpi(
    "acquisition_retention_ratio_cost",
    "ratio",
    RATIO_WINDOWS,
    _by_cost,
    "The same by what it costs: to win an account against to keep one.",
    "`cac` ÷ (`retention_costs` ÷ `retained_accounts`); also null: none retained; null: no new accounts; "
    "null: no retention costs.",
    _CAC,
    "An account costs 125 to win; 500 was spent to keep 20: 125 ÷ 25 = 5.",
    scope=Scope.NONE,
)
CAMPAIGNS: Final = Kpi(
    "campaigns",
    "table",
    RATIO_WINDOWS,
    _campaigns,
    "What each campaign cost, whom it won, and what those pay.",
    "A row a campaign with anything in the window, most `spend` first, 100 at most, the rest is `other`: `leads` and "
    "`conversions` by the lead's first campaign; `new_accounts`, their `new_mrr` and `revenue` (payments without tax) "
    "of accounts by the first `attributes.campaign` of their billing events, for good; `cost_per_conversion` = `spend` "
    "÷ `conversions`; `roi` = (`revenue` − `spend`) ÷ `spend`, null without spend. What comes from billing is null as "
    "long as no account's billing has named a campaign.",
    "https://support.google.com/google-ads/answer/14090",
    example="1,000 spent on `spring`, 20 leads, 8 of them converted; accounts whose billing says `spring` paid 1,500: "
    "`cost_per_conversion` 125, `roi` 0.5.",
    scope=Scope.NONE,
)
