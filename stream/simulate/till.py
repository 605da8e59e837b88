"""The till: bills, payments that fail and are tried again, refunds and disputes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from stream.simulate.books import Receipt
from stream.simulate.instants import SECOND
from stream.simulate.prices import charge, half_up, micro
from stream.simulate.segments import segments

if TYPE_CHECKING:
    from stream.simulate.life import Life
    from stream.simulate.subscriptions import Subscription


_SERVING = 18
"""Percent of what a customer pays that serving them costs."""
_CARE = 400
"""Minor units that a call costs which keeps a customer."""
_CARED_FOR = 3
"""Each so many payments there is one."""


@dataclass(slots=True)
class Payment:
    """A bill, paid or to be paid.

    Attributes:
        name: Its `payment_id`, the same for each try.
        subscription: What it is for.
        amount: Minor units, with tax.
        tax: Minor units of it that are tax.
        segments: Where it counts, once paid.
        paid: Whether a try succeeded.
    """

    name: str
    subscription: Subscription
    amount: int
    tax: int
    segments: tuple[str, ...] = field(default=())
    paid: bool = False


class Till:
    """An account's payments.

    Args:
        life: The account's life, which knows the time.
    """

    def __init__(self, life: Life) -> None:
        self.life = life
        self.payments: list[Payment] = []
        self._refunds = 0
        self._disputed: Payment | None = None

    def bill(self, subscription: Subscription, *, pays: bool = True) -> None:
        """Charge a period; a bill over nothing is not sent."""
        first = not subscription.billed
        net = charge(subscription.items, subscription.discounts, self.life.now, first=first)
        subscription.billed = True
        if not net:
            return
        metered = self.life.chance.between(100, 4000) if subscription.metered else 0
        tax = half_up(Fraction((net + metered) * self.life.account.place.tax, 100))
        name = f"pay-{self.life.account.name}-{len(self.payments) + 1}"
        self.payments.append(Payment(name, subscription, net + metered + tax, tax))
        self.collect(pays=pays, metered=metered)

    def collect(self, *, pays: bool, metered: int = 0) -> None:
        """Try the latest bill, a few seconds from now."""
        payment = self.payments[-1]
        account = self.life.account
        told: dict[str, Any] = {"payment_id": payment.name, "amount": payment.amount, "currency": account.currency}
        told["invoice_id"] = payment.name.replace("pay", "inv")
        told |= self._whose(payment)
        at = self.life.now + self.life.chance.between(SECOND, 9 * SECOND)
        self.life.busy = at
        if not pays:
            told["reason"] = self.life.chance.pick(("card_declined", "insufficient_funds", "expired_card"))
            self.life.tell(at, "billing.payment_failed", told)
            self._enter(at, "failure", 0, payment.segments)
            return
        fee = 30 + half_up(Fraction(payment.amount * 29, 1000))
        told |= {"tax": payment.tax, "fee": fee}
        if metered:
            told["metered"] = metered
        payment.paid = True
        self.life.tell(at, "billing.payment_succeeded", told)
        self._enter(at, "gross", payment.amount - payment.tax, payment.segments)
        self._enter(at, "fee", fee, payment.segments)
        self._cost(at, "serving", (payment.amount - payment.tax) * _SERVING // 100, payment)
        if len(self.payments) % _CARED_FOR == 0:
            self._cost(at, "retention", _CARE, payment)

    def refund(self, percent: int) -> None:
        """Give a part of the latest payment back, now; several refunds of one payment add up."""
        payment = self._latest_paid()
        if payment is None:
            return
        self._refunds += 1
        amount, tax = payment.amount * percent // 100, payment.tax * percent // 100
        told = {"refund_id": f"re-{self.life.account.name}-{self._refunds}", "payment_id": payment.name}
        money = {"amount": amount, "currency": self.life.account.currency, "tax": tax}
        self.life.tell(self.life.now, "billing.refunded", told | money)
        self._enter(self.life.now, "refund", amount - tax, payment.segments)

    def dispute(self, status: str, *, loss: int = 0) -> None:
        """Tell what became of a customer's complaint to their bank about the payment that was then the latest.

        Args:
            status: `opened`, `won` or `lost`.
            loss: 1 when it is lost by this, -1 when a lost one is won after all, else 0.
        """
        if status == "opened":
            self._disputed = self._latest_paid()
        payment = self._disputed
        if payment is None:
            return
        told = {"dispute_id": f"dp-{payment.name}", "payment_id": payment.name, "status": status}
        money = {"amount": payment.amount, "currency": self.life.account.currency, "tax": payment.tax}
        self.life.tell(self.life.now, "billing.dispute_changed", told | money)
        if status == "opened":
            self._enter(self.life.now, "dispute", 0, payment.segments)
        if loss:
            self._enter(self.life.now, "loss", loss * (payment.amount - payment.tax), payment.segments)

    def _cost(self, at: int, kind: str, minor: int, payment: Payment) -> None:
        """Tell what a customer cost, and for which plan and country."""
        account = self.life.account
        where = {"plan": payment.subscription.plan} | ({"country": account.country} if account.country else {})
        told = {"kind": kind, "amount": minor, "currency": account.currency, "attributes": where}
        self.life.tell(at, "billing.cost_recorded", told)
        self._enter(at, kind, minor, payment.segments)

    def _latest_paid(self) -> Payment | None:
        return next((payment for payment in reversed(self.payments) if payment.paid), None)

    def _whose(self, payment: Payment) -> dict[str, Any]:
        """Say whose the money is: by its own attributes, or by its subscription, never by half of each."""
        account = self.life.account
        payment.segments = segments(payment.subscription.plan, account.country)
        told: dict[str, Any] = {"subscription_id": payment.subscription.name}
        if self.life.chance.happens(40):
            told["attributes"] = {"plan": payment.subscription.plan}
            if account.country:
                told["attributes"]["country"] = account.country
        return told

    def _enter(self, at: int, kind: str, minor: int, where: tuple[str, ...]) -> None:
        if at < self.life.end:
            account = self.life.account
            amount = half_up(micro(minor, account.currency) * account.rate)
            account.receipts.append(Receipt(at, kind, amount, where))
