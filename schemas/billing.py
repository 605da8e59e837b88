"""Billing: subscriptions and the money that goes with them.

Amounts are integers in the minor unit of their currency: cents for USD, yen for JPY, a thousandth of a dinar for KWD.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from schemas import rules
from schemas.envelope import Envelope, Part
from schemas.fields import MAX_INTEGER, Count, Currency, Identifier, Instant, Integer, Number, Sequence

__all__ = [
    "BillingCommon",
    "BillingCostRecorded",
    "BillingDisputeChanged",
    "BillingEvent",
    "BillingPaymentFailed",
    "BillingPaymentSucceeded",
    "BillingRefunded",
    "BillingSubscriptionChanged",
    "Discount",
    "Item",
]

_CURRENCY = "ISO 4217 code of the amount's currency, e.g. `USD`."


class Item(Part):
    """One line of a subscription: what is charged again and again."""

    amount: Integer = Field(description="Price of one unit and interval, in minor units, before discounts and tax.")
    currency: Currency = Field(description=_CURRENCY)
    interval: Literal["day", "week", "month", "year"] = Field(description="The interval that the price is for.")
    interval_count: Annotated[int, Field(ge=1, le=MAX_INTEGER)] = Field(
        1, description="So many intervals make one period: `month`, 3 is a quarter."
    )
    quantity: Count = Field(1, description="Units, e.g. seats.")
    usage: Literal["licensed", "metered"] = Field(
        "licensed", description="`licensed` is paid whatever is used and makes MRR; `metered` is not MRR."
    )


class Discount(Part):
    """A reduction of a subscription: a percentage, or an amount with its currency."""

    percent_off: Number | None = Field(
        None, ge=rules.PERCENT[0], le=rules.PERCENT[1], description="Reduction in percent, 0 to 100."
    )
    amount_off: Count | None = Field(
        None, description="Reduction an interval of the first licensed item, in minor units of `currency`."
    )
    currency: Currency | None = Field(None, description="ISO 4217 code; required with `amount_off`.")
    duration: Literal["once", "repeating", "forever"] = Field(
        description="How long it lasts; by default `once` does not lower MRR."
    )
    ends_at: Instant | None = Field(None, description="From when on it no longer counts.")

    @model_validator(mode="after")
    def _check_discount(self) -> "Discount":
        rules.discount(self)
        return self


class BillingCommon(Envelope):
    """What every billing event has, costs apart: the account is required."""

    account_id: Identifier = Field(description="The paying customer: company, workspace. The record key.")


class BillingSubscriptionChanged(BillingCommon):
    """The whole state of a subscription from `time` on; nothing is carried over from the state before."""

    type: Literal["billing.subscription_changed"] = Field(
        "billing.subscription_changed", description="Type of the event."
    )
    subscription_id: Identifier = Field(description="The subscription.")
    status: Literal["trialing", "active", "past_due", "unpaid", "paused", "incomplete", "canceled"] = Field(
        description="What it is from `time` on."
    )
    plan: str | None = Field(None, description="The plan, e.g. `pro`; a segment.")
    items: Annotated[tuple[Item, ...], *Sequence] = Field((), description="What is charged again and again.")
    discounts: Annotated[tuple[Discount, ...], *Sequence] = Field(
        (), description="Reductions, taken off in this order."
    )
    trial_start: Instant | None = Field(None, description="When the trial began.")
    trial_end: Instant | None = Field(None, description="When the trial ends.")
    current_period_start: Instant | None = Field(None, description="When the paid period began.")
    current_period_end: Instant | None = Field(None, description="When the paid period ends: the renewal is due.")
    cancel_at_period_end: bool = Field(False, description="It is canceled, and ends with the paid period.")
    cancel_at: Instant | None = Field(None, description="When it will end.")
    canceled_at: Instant | None = Field(None, description="When it was canceled, which need not be when it ends.")
    ended_at: Instant | None = Field(None, description="When it ended.")
    involuntary: bool = Field(False, description="It ended because of failed payments, not because someone wanted it.")


class BillingPaymentSucceeded(BillingCommon):
    """Money came in."""

    type: Literal["billing.payment_succeeded"] = Field("billing.payment_succeeded", description="Type of the event.")
    payment_id: Identifier = Field(description="The payment; it succeeds once, however often it is told.")
    amount: Count = Field(description="What was paid, in minor units, tax included.")
    currency: Currency = Field(description=_CURRENCY)
    tax: Count = Field(0, description="The tax in the amount, in minor units.")
    fee: Integer = Field(0, description="What the payment provider keeps, in minor units.")
    metered: Count = Field(
        0, description="The part for metered usage, in minor units, without tax; at most amount - tax."
    )
    invoice_id: str | None = Field(None, description="The invoice that was paid.")
    subscription_id: str | None = Field(None, description="The subscription it is for.")


class BillingPaymentFailed(BillingCommon):
    """An attempt to pay failed."""

    type: Literal["billing.payment_failed"] = Field("billing.payment_failed", description="Type of the event.")
    payment_id: Identifier = Field(description="The payment; the same id may succeed later.")
    amount: Count = Field(description="What should have been paid, in minor units, tax included.")
    currency: Currency = Field(description=_CURRENCY)
    reason: str | None = Field(None, description="Why it failed, e.g. `card_expired`.")
    invoice_id: str | None = Field(None, description="The invoice that stays open.")
    subscription_id: str | None = Field(None, description="The subscription it is for.")


class BillingRefunded(BillingCommon):
    """Money went back. Several partial refunds of a payment add up."""

    type: Literal["billing.refunded"] = Field("billing.refunded", description="Type of the event.")
    refund_id: Identifier = Field(description="The refund; it counts once, however often it is told.")
    payment_id: str | None = Field(None, description="The payment that is refunded.")
    amount: Count = Field(description="What was refunded, in minor units, tax included; not negative.")
    currency: Currency = Field(description=_CURRENCY)
    tax: Count = Field(0, description="The tax in the amount, in minor units.")


class BillingDisputeChanged(BillingCommon):
    """A customer disputes a payment, or the dispute was decided."""

    type: Literal["billing.dispute_changed"] = Field("billing.dispute_changed", description="Type of the event.")
    dispute_id: Identifier = Field(description="The dispute.")
    payment_id: str | None = Field(None, description="The payment that is disputed.")
    amount: Count = Field(description="What is disputed, in minor units, tax included; not negative.")
    currency: Currency = Field(description=_CURRENCY)
    tax: Count = Field(0, description="The tax in the amount, in minor units.")
    status: Literal["opened", "won", "lost"] = Field(description="What it is from `time` on; if `lost`, the money is.")


class BillingCostRecorded(Envelope):
    """What it cost to serve or to keep customers; `account_id` is optional here."""

    type: Literal["billing.cost_recorded"] = Field("billing.cost_recorded", description="Type of the event.")
    kind: Literal["serving", "retention", "other"] = Field(description="What the cost was for.")
    amount: Integer = Field(description="The cost, in minor units; negative for a credit.")
    currency: Currency = Field(description=_CURRENCY)


BillingEvent: TypeAlias = Annotated[
    BillingSubscriptionChanged
    | BillingPaymentSucceeded
    | BillingPaymentFailed
    | BillingRefunded
    | BillingDisputeChanged
    | BillingCostRecorded,
    Field(discriminator="type"),
]
"""Any event of the topic `billing`."""
