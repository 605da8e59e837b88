"""Payments, refunds and disputes: what came in, what went back, and when (catalogue part 2, section 3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from stream.engine.events import DisputeChanged, PaymentFailed, PaymentSucceeded, Refunded
from stream.engine.money import to_micro

DAY: Final = 86_400_000_000
PAYMENT_HOLD: Final = 90 * DAY
"""A payment or refund id that comes back this long (µs) after its latest event is a new one."""
DISPUTE_HOLD: Final = 400 * DAY

Dimensions = dict[str, str | int | float | bool]


class Payment(Struct, array_like=True, gc=False):
    """One event of a payment id; amounts in native micro-units."""

    at: int
    source: str
    id: str
    succeeded: bool
    currency: str
    net: int
    """What came in without tax."""
    fee: int
    metered: int
    subscription_id: str | None
    attributes: Dimensions | None


class Return(Struct, array_like=True, gc=False):
    """One event of a refund or dispute id; the amount in native micro-units, without tax."""

    at: int
    source: str
    id: str
    status: Literal["refunded", "opened", "won", "lost"]
    currency: str
    net: int
    payment_id: str | None
    attributes: Dimensions | None


def order(event: Payment | Return) -> tuple[int, str, str]:
    """Return what events of one id are ordered by."""
    return event.at, event.source, event.id


def payment_of(event: PaymentSucceeded | PaymentFailed, at: int) -> Payment:
    """Return what a payment event says."""
    succeeded = isinstance(event, PaymentSucceeded)
    tax, fee, metered = (event.tax, event.fee, event.metered) if isinstance(event, PaymentSucceeded) else (0, 0, 0)
    return Payment(
        at,
        event.source,
        event.id,
        succeeded,
        event.currency,
        to_micro(event.amount - tax, event.currency),
        to_micro(fee, event.currency),
        to_micro(metered, event.currency),
        event.subscription_id,
        event.attributes,
    )


def return_of(event: Refunded | DisputeChanged, at: int) -> Return:
    """Return what a refund or a step of a dispute says."""
    return Return(
        at,
        event.source,
        event.id,
        event.status if isinstance(event, DisputeChanged) else "refunded",
        event.currency,
        to_micro(event.amount - event.tax, event.currency),
        event.payment_id,
        event.attributes,
    )


def success_of(group: Sequence[Payment]) -> Payment | None:
    """Return the success that counts: an id succeeds once, and the smallest (time, source, id) wins."""
    return next((payment for payment in group if payment.succeeded), None)


class Loss(NamedTuple):
    """A step into or out of a lost dispute: when (µs), which sign, and the step whose amount was booked."""

    at: int
    sign: int
    booked: Return


def losses(steps: Sequence[Return]) -> Iterator[Loss]:
    """Yield what a dispute's steps book: a loss at each step into `lost`, the same taken back at `lost` → `won`."""
    status, booked = "", None
    for step in steps:
        if step.status == "lost" and status != "lost":
            booked = step
            yield Loss(step.at, 1, step)
        elif step.status == "won" and status == "lost" and booked is not None:
            yield Loss(step.at, -1, booked)
        status = step.status


def opening(steps: Sequence[Return]) -> Return:
    """Return the step that a dispute counts by: its first `opened`, or its first one."""
    return next((step for step in steps if step.status == "opened"), steps[0])
