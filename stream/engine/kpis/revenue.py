"""Revenue and costs (catalogue part 2, section 2.1)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.kpis.kpi import Kpi, Scope, Value, View, count, divided, money, unrated
from stream.engine.kpis.mrr import RATIO_WINDOWS, M
from stream.engine.publication import published
from stream.engine.units import MICRO
from stream.engine.windows import C, H

_F: Final = (*H, *C)
MARGIN_FLOWS: Final = ("gross_revenue", "refunds", "dispute_losses", "fees", "serving_costs")
"""What `gross_margin` is made of."""
_MARGIN: Final = "https://stripe.com/resources/more/saas-gross-margin"
_STRIPE: Final = "https://docs.stripe.com/reports/balance-transaction-types"


def missing_flows(view: View, *flows: str) -> str | None:
    """Return the reason that qualifies flows, where a currency has no rate."""
    return unrated({currency: n for flow in flows for currency, n in view.labels(f"{flow}_unrated").items()})


def _flow(counter: str) -> Callable[[View], Value]:
    return lambda view: money(view[counter], missing_flows(view, counter))


def _net(view: View) -> Value:
    return money(_net_micro(view), missing_flows(view, "gross_revenue", "refunds", "dispute_losses", "fees"))


def _by_currency(view: View) -> Value:
    by_currency = view.labels("gross_revenue_by_currency")
    return Value({currency: published(Fraction(by_currency[currency], MICRO)) for currency in sorted(by_currency)})


def _refund_rate(view: View) -> Value:
    rate = divided(view["refunds"], view["gross_revenue"], "no revenue")
    return rate if rate.value is None else Value(rate.value, missing_flows(view, "refunds", "gross_revenue"))


def _net_micro(view: View) -> int:
    return view["gross_revenue"] - view["refunds"] - view["dispute_losses"] - view["fees"]


def gross_margin(view: View) -> Value:
    """Return the share of net revenue that serving customers leaves; null without revenue or without costs."""
    net = _net_micro(view)
    if net <= 0:
        return Value(None, "no revenue")
    if not view["serving_costs_recorded"]:
        return Value(None, "no serving costs recorded")
    return Value(Fraction(net - view["serving_costs"], net), missing_flows(view, *MARGIN_FLOWS))


GROSS_REVENUE: Final = Kpi(
    "gross_revenue",
    "money",
    _F,
    _flow("gross_revenue"),
    "What customers paid, without tax.",
    "Σ (amount − tax) of succeeded payments, at the payment's time.",
    _STRIPE,
    "Payments of 119 with a tax of 19, and of 50: 150.",
)
METERED_REVENUE: Final = Kpi(
    "metered_revenue",
    "money",
    _F,
    _flow("metered_revenue"),
    "The part of revenue that was paid for metered use.",
    "Σ `metered` of succeeded payments.",
    _STRIPE,
    "A payment of 100, of which 30 for metered use, and one of 50: 30.",
)
GROSS_REVENUE_BY_CURRENCY: Final = Kpi(
    "gross_revenue_by_currency",
    "table",
    M,
    _by_currency,
    "What customers paid, by currency, unconverted.",
    "{currency: Σ (amount − tax) in its major units}.",
    _STRIPE,
    "Payments of 100 EUR, 50 EUR and 5000 JPY: {EUR: 150, JPY: 5000}.",
    scope=Scope.NONE,
)
REFUNDS: Final = Kpi(
    "refunds",
    "money",
    _F,
    _flow("refunds"),
    "What was paid back, without tax.",
    "Σ (amount − tax) at the refund's time.",
    _STRIPE,
    "Paid 30.50, refunded 5.35 a day later: 5.35 on that later day.",
)
REFUND_RATE: Final = Kpi(
    "refund_rate",
    "fraction",
    M,
    _refund_rate,
    "How much of revenue was paid back.",
    "`refunds` ÷ `gross_revenue`; may exceed 1; null: no revenue.",
    _STRIPE,
    "Paid 30.50, refunded 5.35: 0.17541.",
)
FEES: Final = Kpi(
    "fees",
    "money",
    _F,
    _flow("fees"),
    "What payment providers kept.",
    "Σ fee of succeeded payments; a refund returns none.",
    _STRIPE,
    "Payments of 100 with a fee of 3.20, one of them refunded, and of 50 with 1.75: 4.95.",
)
DISPUTES: Final = Kpi(
    "disputes",
    "disputes",
    _F,
    count("disputes"),
    "Payments that customers contested.",
    "Disputes by their first `opened`.",
    "https://docs.stripe.com/disputes",
    "A dispute opened, then lost, then won: 1, on the day it was opened.",
)
DISPUTE_LOSSES: Final = Kpi(
    "dispute_losses",
    "money",
    _F,
    _flow("dispute_losses"),
    "What lost disputes cost, without tax.",
    "Σ (amount − tax) when a dispute becomes lost, less the same when a lost one becomes won.",
    "https://docs.stripe.com/disputes",
    "A dispute of 100 is lost on Monday and won on Thursday: 100 on Monday, −100 on Thursday.",
)
NET_REVENUE: Final = Kpi(
    "net_revenue",
    "money",
    _F,
    _net,
    "What is left of revenue.",
    "`gross_revenue` − `refunds` − `dispute_losses` − `fees`; may be negative.",
    _STRIPE,
    "Paid 30.50, refunded 5.35, no fees: 25.15.",
)
PAYMENTS: Final = Kpi(
    "payments",
    "payments",
    _F,
    count("payments"),
    "Payments that succeeded.",
    "Different payment ids, at their first success.",
    _STRIPE,
    "The same `payment_id` succeeds as charge and as invoice: 1.",
)
FAILED_PAYMENTS: Final = Kpi(
    "failed_payments",
    "attempts",
    _F,
    count("failed_payments"),
    "Attempts to pay that failed.",
    "`billing.payment_failed` events.",
    "https://docs.stripe.com/billing/revenue-recovery",
    "A payment fails twice and then succeeds: 2.",
)
PAYMENT_SUCCESS_RATE: Final = Kpi(
    "payment_success_rate",
    "fraction",
    _F,
    lambda view: divided(view["payments"], view["payments"] + view["failed_payments"], "no attempts"),
    "How many attempts to pay succeed.",
    "`payments` ÷ (`payments` + `failed_payments`); null: no attempts.",
    "https://docs.stripe.com/payments/analytics/acceptance",
    "A payment fails twice and then succeeds: 0.333333.",
)
RECOVERED_PAYMENTS: Final = Kpi(
    "recovered_payments",
    "payments",
    M,
    count("recovered_payments"),
    "Payments that succeeded after failing.",
    "Payment ids that succeeded after a failure, at the success.",
    "https://docs.stripe.com/billing/revenue-recovery",
    "A payment fails on Monday and succeeds on Tuesday: 1 on Tuesday.",
)
COSTS: Final = Kpi(
    "costs",
    "money",
    M,
    _flow("costs"),
    "What running the business cost, as far as it was recorded.",
    "Σ of `billing.cost_recorded`, all kinds, at its event time.",
    _MARGIN,
    "Serving costs of 20 and retention costs of 5 in the window: 25.",
)
SERVING_COSTS: Final = Kpi(
    "serving_costs",
    "money",
    M,
    _flow("serving_costs"),
    "What serving customers cost.",
    "Σ of `billing.cost_recorded` of kind `serving`.",
    _MARGIN,
    "Costs of 12 and 8 of kind `serving`, and of 5 of kind `retention`: 20.",
)
RETENTION_COSTS: Final = Kpi(
    "retention_costs",
    "money",
    M,
    _flow("retention_costs"),
    "What keeping customers cost.",
    "Σ of `billing.cost_recorded` of kind `retention`.",
    _MARGIN,
    "Costs of 20 of kind `serving`, and of 5 of kind `retention`: 5.",
)
GROSS_MARGIN: Final = Kpi(
    "gross_margin",
    "fraction",
    RATIO_WINDOWS,
    gross_margin,
    "What serving customers leaves of revenue.",
    "(`net_revenue` − `serving_costs`) ÷ `net_revenue`; also null: no serving costs recorded; null: no revenue.",
    _MARGIN,
    "Paid 100, of which 20 went for serving: 0.8.",
    scope=Scope.NONE,
)
