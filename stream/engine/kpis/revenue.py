"""Revenue (catalogue part 2, section 2.1)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.kpis.kpi import Kpi, Scope, Value, View, count, divided, money, unrated
from stream.engine.kpis.mrr import M
from stream.engine.publication import published
from stream.engine.units import MICRO
from stream.engine.windows import C, H

_F: Final = (*H, *C)
_STRIPE: Final = "https://docs.stripe.com/reports/balance-transaction-types"


def _missing(view: View, *flows: str) -> str | None:
    return unrated({currency: n for flow in flows for currency, n in view.labels(f"{flow}_unrated").items()})


def _flow(counter: str) -> Callable[[View], Value]:
    return lambda view: money(view[counter], _missing(view, counter))


def _net(view: View) -> Value:
    net = view["gross_revenue"] - view["refunds"] - view["dispute_losses"] - view["fees"]
    return money(net, _missing(view, "gross_revenue", "refunds", "dispute_losses", "fees"))


def _by_currency(view: View) -> Value:
    by_currency = view.labels("gross_revenue_by_currency")
    return Value({currency: published(Fraction(by_currency[currency], MICRO)) for currency in sorted(by_currency)})


def _refund_rate(view: View) -> Value:
    rate = divided(view["refunds"], view["gross_revenue"], "no revenue")
    return rate if rate.value is None else Value(rate.value, _missing(view, "refunds", "gross_revenue"))


GROSS_REVENUE: Final = Kpi(
    "gross_revenue",
    "money",
    _F,
    _flow("gross_revenue"),
    "What customers paid, without tax.",
    "Σ (amount − tax) of succeeded payments, at the payment's time.",
    _STRIPE,
)
METERED_REVENUE: Final = Kpi(
    "metered_revenue",
    "money",
    _F,
    _flow("metered_revenue"),
    "The part of revenue that was paid for metered use.",
    "Σ `metered` of succeeded payments.",
    _STRIPE,
)
GROSS_REVENUE_BY_CURRENCY: Final = Kpi(
    "gross_revenue_by_currency",
    "table",
    M,
    _by_currency,
    "What customers paid, by currency, unconverted.",
    "{currency: Σ (amount − tax) in its major units}.",
    _STRIPE,
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
)
REFUND_RATE: Final = Kpi(
    "refund_rate",
    "fraction",
    M,
    _refund_rate,
    "How much of revenue was paid back.",
    "`refunds` ÷ `gross_revenue`; may exceed 1; null: no revenue.",
    _STRIPE,
)
FEES: Final = Kpi(
    "fees",
    "money",
    _F,
    _flow("fees"),
    "What payment providers kept.",
    "Σ fee of succeeded payments; a refund returns none.",
    _STRIPE,
)
DISPUTES: Final = Kpi(
    "disputes",
    "disputes",
    _F,
    count("disputes"),
    "Payments that customers contested.",
    "Disputes by their first `opened`.",
    "https://docs.stripe.com/disputes",
)
DISPUTE_LOSSES: Final = Kpi(
    "dispute_losses",
    "money",
    _F,
    _flow("dispute_losses"),
    "What lost disputes cost, without tax.",
    "Σ (amount − tax) when a dispute becomes lost, less the same when a lost one becomes won.",
    "https://docs.stripe.com/disputes",
)
NET_REVENUE: Final = Kpi(
    "net_revenue",
    "money",
    _F,
    _net,
    "What is left of revenue.",
    "`gross_revenue` − `refunds` − `dispute_losses` − `fees`; may be negative.",
    _STRIPE,
)
PAYMENTS: Final = Kpi(
    "payments",
    "payments",
    _F,
    count("payments"),
    "Payments that succeeded.",
    "Different payment ids, at their first success.",
    _STRIPE,
)
FAILED_PAYMENTS: Final = Kpi(
    "failed_payments",
    "attempts",
    _F,
    count("failed_payments"),
    "Attempts to pay that failed.",
    "`billing.payment_failed` events.",
    "https://docs.stripe.com/billing/revenue-recovery",
)
PAYMENT_SUCCESS_RATE: Final = Kpi(
    "payment_success_rate",
    "fraction",
    _F,
    lambda view: divided(view["payments"], view["payments"] + view["failed_payments"], "no attempts"),
    "How many attempts to pay succeed.",
    "`payments` ÷ (`payments` + `failed_payments`); null: no attempts.",
    "https://docs.stripe.com/payments/analytics/acceptance",
)
RECOVERED_PAYMENTS: Final = Kpi(
    "recovered_payments",
    "payments",
    M,
    count("recovered_payments"),
    "Payments that succeeded after failing.",
    "Payment ids that succeeded after a failure, at the success.",
    "https://docs.stripe.com/billing/revenue-recovery",
)
