"""Stories of how accounts begin: with a trial, for free, or with a card that does not work yet."""

from __future__ import annotations

from stream.simulate.instants import DAY
from stream.simulate.life import Life
from stream.simulate.prices import Discount


def buys(life: Life) -> None:
    """Buys at once and stays."""
    subscription = life.subscribe()
    subscription.start()
    life.carry_on(subscription)


def trial_won(life: Life) -> None:
    """Tries for two weeks, then pays from the very instant at which the trial ends."""
    subscription = life.subscribe()
    subscription.try_out(14)
    life.wait_until(subscription.period[1])
    subscription.start()
    life.carry_on(subscription)


def trial_cut_short(life: Life) -> None:
    """Tries, adds seats while it does, and pays before the trial is over."""
    subscription = life.subscribe()
    subscription.try_out(14)
    life.wait(days=2, hours=3)
    subscription.change(seats=subscription.seats + 2)
    life.wait(days=1)
    subscription.start()
    life.carry_on(subscription)


def trial_lost(life: Life) -> None:
    """Tries for a week, and is told to be canceled at its end: no MRR, so no churn."""
    subscription = life.subscribe()
    subscription.try_out(7)
    life.wait(days=2)
    life.cool(days=5)
    life.wait_until(subscription.period[1])
    subscription.stop()
    life.rest()


def trial_forgotten(life: Life) -> None:
    """Tries, and is never heard of again: the trial ends by its own date."""
    life.subscribe().try_out(10)
    life.cool(days=6)
    life.rest()


def free_for_good(life: Life) -> None:
    """Uses the free plan: a subscription over nothing."""
    life.subscribe("free", seats=2).start()
    life.rest()


def free_then_pays(life: Life) -> None:
    """Begins for free and buys later: new on the day it first pays."""
    subscription = life.subscribe("free", seats=2)
    subscription.start()
    life.wait(days=9, hours=5)
    subscription.change("basic", seats=3)
    life.carry_on(subscription)


def gift(life: Life) -> None:
    """Has 100 % off for eight days: worth nothing at first, new when the coupon runs out, with no event."""
    ends = life.now + 8 * DAY + 1234
    subscription = life.subscribe("basic", discounts=(Discount("repeating", percent=100, ends_at=ends),))
    subscription.start()
    life.carry_on(subscription)


def card_at_last(life: Life) -> None:
    """Buys with a card that is refused: incomplete until another one works."""
    subscription = life.subscribe()
    subscription.say(life.now)
    subscription.card_works = False
    life.till.bill(subscription, pays=False)
    life.wait(minutes=20)
    subscription.start()
    life.carry_on(subscription)


STORIES = (
    buys,
    trial_won,
    trial_cut_short,
    trial_lost,
    trial_forgotten,
    free_for_good,
    free_then_pays,
    gift,
    card_at_last,
)
