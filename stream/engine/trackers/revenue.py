"""What an account's payments, refunds and disputes say: flows, converted at their own time for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stream.engine.counters import Counter
from stream.engine.money import Rates
from stream.engine.panes import Panes
from stream.engine.sayings import Sayings
from stream.engine.segments import text_of
from stream.engine.trackers.held import held
from stream.engine.trackers.payments import (
    DISPUTE_HOLD,
    PAYMENT_HOLD,
    Dimensions,
    Payment,
    Return,
    losses,
    opening,
    success_of,
)
from stream.engine.trackers.places import values_at
from stream.engine.trackers.subscriptions import carried
from stream.engine.units import MICRO
from stream.engine.windows import H

if TYPE_CHECKING:
    from stream.engine.trackers.billing import Standing

GROSS_REVENUE: Final = Counter("gross_revenue", H)
METERED_REVENUE: Final = Counter("metered_revenue", H)
GROSS_BY_CURRENCY: Final = Counter("gross_revenue_by_currency", H)
FEES: Final = Counter("fees", H)
REFUNDS: Final = Counter("refunds", H)
DISPUTES: Final = Counter("disputes", H)
DISPUTE_LOSSES: Final = Counter("dispute_losses", H)
PAYMENTS: Final = Counter("payments", H)
FAILED_PAYMENTS: Final = Counter("failed_payments", H)
RECOVERED_PAYMENTS: Final = Counter("recovered_payments", H)
UNRATED: Final = {
    counter: Counter(f"{counter.name}_unrated", H)
    for counter in (GROSS_REVENUE, METERED_REVENUE, FEES, REFUNDS, DISPUTE_LOSSES)
}
"""By flow: how many facts of it a missing rate keeps out, by currency."""


class RevenueFacts:
    """What the money of a standing's account says."""

    def __init__(self, panes: Panes, rates: Rates) -> None:
        self._segments: Final = panes.segments
        self._rates: Final = rates
        counters = (GROSS_BY_CURRENCY, DISPUTES, PAYMENTS, FAILED_PAYMENTS, RECOVERED_PAYMENTS)
        for counter in (*counters, *UNRATED, *UNRATED.values()):
            panes.facts_of(counter)

    def say(self, standing: Standing, sayings: Sayings) -> None:
        """Say all of it."""
        for told in standing.row.payments.values():
            for group in held(told, PAYMENT_HOLD):
                self._say_payments(standing, group, sayings)
        for returned in standing.row.refunds.values():
            for refunds in held(returned, PAYMENT_HOLD):
                refund = refunds[0]
                self._money(
                    REFUNDS, refund.at, self._member_of_return(standing, refund), refund.currency, refund.net, sayings
                )
        for returned in standing.row.disputes.values():
            for steps in held(returned, DISPUTE_HOLD):
                self._say_dispute(standing, steps, sayings)

    def _say_payments(self, standing: Standing, group: list[Payment], sayings: Sayings) -> None:
        for payment in group:
            if not payment.succeeded:
                member = self._member_of_payment(standing, payment)
                sayings.dated(FAILED_PAYMENTS, payment.at // MICRO, member, 1)
        success = success_of(group)
        if success is None:
            return
        at, member, currency = success.at, self._member_of_payment(standing, success), success.currency
        sayings.dated(PAYMENTS, at // MICRO, member, 1)
        self._money(GROSS_REVENUE, at, member, currency, success.net, sayings)
        self._money(FEES, at, member, currency, success.fee, sayings)
        self._money(METERED_REVENUE, at, member, currency, success.metered, sayings)
        sayings.dated(GROSS_BY_CURRENCY, at // MICRO, member, success.net, currency)
        if any(not payment.succeeded and payment.at < at for payment in group):
            sayings.dated(RECOVERED_PAYMENTS, at // MICRO, member, 1)

    def _say_dispute(self, standing: Standing, steps: list[Return], sayings: Sayings) -> None:
        opened = opening(steps)
        sayings.dated(DISPUTES, opened.at // MICRO, self._member_of_return(standing, opened), 1)
        for loss in losses(steps):
            step = loss.booked
            member = self._member_of_return(standing, step)
            micro = self._rates.convert(step.net, step.currency, step.at)
            if micro is None:
                sayings.dated(UNRATED[DISPUTE_LOSSES], loss.at // MICRO, member, 1, step.currency)
            else:
                sayings.dated(DISPUTE_LOSSES, loss.at // MICRO, member, loss.sign * micro)

    def _money(self, counter: Counter, at: int, member: int, currency: str, native: int, sayings: Sayings) -> None:
        micro = self._rates.convert(native, currency, at)
        if micro is None:
            sayings.dated(UNRATED[counter], at // MICRO, member, 1, currency)
        else:
            sayings.dated(counter, at // MICRO, member, micro)

    def _member_of_payment(self, standing: Standing, payment: Payment) -> int:
        return self._segments.membership_of(
            self._values(standing, payment.at, payment.subscription_id, payment.attributes)
        )

    def _member_of_return(self, standing: Standing, returned: Return) -> int:
        """Return where a refund or dispute counts: by its own attributes, else as its payment does."""
        paid = self._paid(standing, returned)
        if paid is None:
            values = self._values(standing, returned.at, None, returned.attributes)
        else:
            values = self._values(standing, paid.at, paid.subscription_id, paid.attributes)
            fallback = self._values(standing, returned.at, None, None)
            own = [text_of(carried(returned.attributes, name)) for name in self._segments.dimensions]
            values = [a or b or c for a, b, c in zip(own, values, fallback, strict=True)]
        return self._segments.membership_of(values)

    def _values(
        self, standing: Standing, at: int, subscription_id: str | None, attributes: Dimensions | None
    ) -> list[str | None]:
        return values_at(self._segments.dimensions, standing.timelines, at, subscription_id, attributes)

    def _paid(self, standing: Standing, returned: Return) -> Payment | None:
        """Return the succeeded payment that money went back from, if its id still held then."""
        if returned.payment_id is None:
            return None
        told = [payment for payment in standing.row.payments.get(returned.payment_id, ()) if payment.at <= returned.at]
        groups = list(held(told, PAYMENT_HOLD))
        if not groups or returned.at >= groups[-1][-1].at + PAYMENT_HOLD:
            return None
        return success_of(groups[-1])
