"""Stories of what paying accounts change: plans, seats, coupons and second subscriptions."""

from __future__ import annotations

from stream.simulate.instants import DAY, HOUR
from stream.simulate.life import Life
from stream.simulate.prices import Discount


def upgrades(life: Life) -> None:
    """Moves to a larger plan, and adds seats within the hour: one expansion, not two."""
    subscription = life.subscribe("basic")
    subscription.start()
    life.wait(days=6)
    subscription.change("pro", seats=6)
    life.wait(minutes=25)
    subscription.change(seats=9)
    life.wait(days=5)
    subscription.change(seats=8)
    life.carry_on(subscription)


def an_hour_later(life: Life) -> None:
    """Changes exactly an hour after a change: that is the next movement already."""
    subscription = life.subscribe("pro", seats=5)
    subscription.start()
    life.wait(days=4)
    begun = life.now
    subscription.change(seats=8)
    life.wait_until(begun + HOUR - 1)
    subscription.change(seats=7)
    life.wait_until(begun + HOUR)
    subscription.change(seats=10)
    life.carry_on(subscription)


def thinks_twice(life: Life) -> None:
    """Upgrades and goes back within the hour: no movement at all."""
    subscription = life.subscribe("basic")
    subscription.start()
    life.wait(days=3)
    seats = subscription.seats
    subscription.change("enterprise", seats=14)
    life.wait(minutes=40)
    subscription.change("basic", seats=seats)
    life.carry_on(subscription)


def downgrades(life: Life) -> None:
    """Moves to a smaller plan, later loses seats."""
    subscription = life.subscribe("pro")
    subscription.start()
    life.wait(days=7)
    subscription.change("basic", seats=5)
    life.warm(60)
    life.wait(days=6)
    subscription.change(seats=3)
    life.carry_on(subscription)


def yearly(life: Life) -> None:
    """Pays by the year, with a coupon for good and a line billed by use."""
    coupon = Discount("forever", percent=10)
    subscription = life.subscribe(yearly=True, metered=True, discounts=(coupon,))
    subscription.start()
    life.carry_on(subscription)


def yearly_with_amount_off(life: Life) -> None:
    """Pays by the year with an amount off, once a year, and a second coupon that runs out."""
    coupons = (Discount("forever", amount=6000), Discount("repeating", percent=25, ends_at=life.now + 11 * DAY + 77))
    subscription = life.subscribe("pro", yearly=True, discounts=coupons)
    subscription.start()
    life.carry_on(subscription)


def intro_offer(life: Life) -> None:
    """Pays less for 12 days; the rise comes by the coupon's own date, with no event."""
    coupon = Discount("repeating", percent=25, ends_at=life.now + 12 * DAY)
    subscription = life.subscribe(discounts=(coupon,))
    subscription.start()
    life.carry_on(subscription)


def first_bill_less(life: Life) -> None:
    """Has a coupon for one bill: less revenue, the same MRR."""
    subscription = life.subscribe(discounts=(Discount("once", percent=50),))
    subscription.start()
    life.carry_on(subscription)


def second_subscription(life: Life) -> None:
    """Buys a second product and drops it again: expansion and contraction, for the account stays."""
    subscription = life.subscribe("basic")
    subscription.start()
    life.wait(days=4, hours=2)
    second = life.subscribe("insights", extra=True)
    second.start()
    life.wait(days=9)
    second.stop()
    life.carry_on(subscription)


def pauses(life: Life) -> None:
    """Pauses and comes back: churned, then reactivated."""
    subscription = life.subscribe("basic")
    subscription.start()
    life.wait(days=8)
    subscription.stop(status="paused")
    life.warm(15)
    life.wait(days=6)
    subscription.start()
    life.warm()
    life.carry_on(subscription)


STORIES = (
    upgrades,
    an_hour_later,
    thinks_twice,
    downgrades,
    yearly,
    yearly_with_amount_off,
    intro_offer,
    first_bill_less,
    second_subscription,
    pauses,
)
