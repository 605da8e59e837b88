"""Stories of money: cards that fail, refunds, disputes, and an account that is not a customer."""

from __future__ import annotations

from stream.simulate.instants import DAY, MINUTE
from stream.simulate.life import Life
from stream.simulate.subscriptions import Subscription


def _card_fails(life: Life, plan: str | None) -> Subscription:
    subscription = life.subscribe(plan)
    subscription.start()
    life.wait(days=2)
    subscription.card_works = False
    life.wait_until(subscription.period[1] + MINUTE)
    life.wait(days=1)
    life.till.collect(pays=False)
    life.wait(days=1)
    return subscription


def card_recovers(life: Life) -> None:
    """Is past due for some days, then pays: it counted all along."""
    subscription = _card_fails(life, "flex")
    life.till.collect(pays=True)
    life.wait(minutes=1)
    subscription.resume()
    life.carry_on(subscription)


def month_recovers(life: Life) -> None:
    """The same with a monthly bill."""
    subscription = _card_fails(life, None)
    life.till.collect(pays=True)
    life.wait(minutes=1)
    subscription.resume()
    life.carry_on(subscription)


def given_up_unpaid(life: Life) -> None:
    """Is past due until the billing system gives up: unpaid."""
    subscription = _card_fails(life, "flex")
    life.cool(days=3)
    subscription.stop(status="unpaid")
    life.rest()


def given_up_canceled(life: Life) -> None:
    """Is past due until the billing system cancels, against the account's will."""
    subscription = _card_fails(life, "flex")
    life.cool(days=3)
    subscription.stop(involuntary=True)
    life.rest()


def runs_out_past_due(life: Life) -> None:
    """Is past due with a date set on which it ends by itself."""
    subscription = _card_fails(life, "flex")
    subscription.cancel_later(ends=life.now + 3 * DAY + 7)
    life.cool(days=3)
    life.rest()


def refunded_twice(life: Life) -> None:
    """Gets parts of one payment back, twice."""
    subscription = life.subscribe("pro")
    subscription.start()
    life.wait(days=3)
    life.till.refund(20)
    life.wait(days=2)
    life.till.refund(15)
    life.carry_on(subscription)


def dispute_lost(life: Life) -> None:
    """Disputes a payment and wins it back from us; much later the bank turns round."""
    subscription = life.subscribe()
    subscription.start()
    life.wait(days=5)
    life.till.dispute("opened")
    life.wait(days=6)
    life.till.dispute("lost", loss=1)
    life.wait(days=13)
    life.till.dispute("won", loss=-1)
    life.carry_on(subscription)


def disputes_and_leaves(life: Life) -> None:
    """Disputes a payment, wins, and is gone."""
    subscription = life.subscribe("basic")
    subscription.start()
    life.wait(days=4)
    life.till.dispute("opened")
    life.wait(days=5)
    life.till.dispute("lost", loss=1)
    life.wait(hours=1)
    subscription.stop(involuntary=True)
    life.cool(days=1)
    life.rest()


def dispute_won(life: Life) -> None:
    """Disputes a payment in vain: no loss."""
    subscription = life.subscribe()
    subscription.start()
    life.wait(days=6)
    life.till.dispute("opened")
    life.wait(days=7)
    life.till.dispute("won")
    life.carry_on(subscription)


def our_own(life: Life) -> None:
    """Is our own test account: in no value at all."""
    life.account.test = True
    subscription = life.subscribe("pro")
    subscription.start()
    life.carry_on(subscription)


SLOW = (month_recovers,)
STORIES = (
    card_recovers,
    given_up_unpaid,
    given_up_canceled,
    runs_out_past_due,
    refunded_twice,
    dispute_lost,
    disputes_and_leaves,
    dispute_won,
    our_own,
)
