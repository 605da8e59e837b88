"""Stories of how accounts leave: at the end of what they paid for, at once, or only nearly; and of coming back."""

from __future__ import annotations

from stream.simulate.life import Life
from stream.simulate.subscriptions import Subscription


def _leaves_later(life: Life, plan: str | None, *, announces_end: bool) -> Subscription:
    subscription = life.subscribe(plan)
    subscription.start()
    life.wait(days=4)
    life.cool(days=10 if plan == "flex" else 22)
    life.wait(days=9 if plan == "flex" else 14)
    subscription.cancel_later(announces_end=announces_end)
    return subscription


def leaves_silently(life: Life) -> None:
    """Grows cold and cancels for the period's end, of which nothing is told when it comes."""
    _leaves_later(life, None, announces_end=False)
    life.rest()


def leaves_with_a_word(life: Life) -> None:
    """Grows cold and cancels for the period's end, told again a moment after it came."""
    _leaves_later(life, None, announces_end=True)
    life.rest()


def week_silently(life: Life) -> None:
    """The same by the week, with no word at the end."""
    _leaves_later(life, "flex", announces_end=False)
    life.rest()


def week_with_a_word(life: Life) -> None:
    """The same by the week, with a word."""
    _leaves_later(life, "flex", announces_end=True)
    life.rest()


def stays_after_all(life: Life) -> None:
    """Cancels for the period's end and takes it back in time: nothing moves."""
    subscription = life.subscribe("flex")
    subscription.start()
    life.wait(days=8)
    subscription.cancel_later()
    life.wait(days=2)
    subscription.keep()
    life.carry_on(subscription)


def told_as_canceled(life: Life) -> None:
    """Is told as canceled though the week is paid: it counts until the week ends."""
    subscription = life.subscribe("flex")
    subscription.start()
    life.wait(days=9)
    subscription.cancel_paid()
    life.cool(days=3)
    life.rest()


def leaves_at_once(life: Life) -> None:
    """Leaves in the middle of a period, with some money back."""
    subscription = life.subscribe()
    subscription.start()
    life.wait(days=11)
    life.cool(days=4)
    subscription.stop()
    life.wait(hours=2)
    life.till.refund(30)
    life.rest()


def never_was(life: Life) -> None:
    """Buys and cancels within the hour: neither new nor churned."""
    subscription = life.subscribe("basic")
    subscription.start()
    life.wait(minutes=35)
    subscription.stop()
    life.cool(days=1)
    life.wait(hours=1)
    life.till.refund(100)
    life.rest()


def starts_over(life: Life) -> None:
    """Cancels, buys something else within the hour and one thing more exactly an hour after (the catalogue's case)."""
    first = life.subscribe("basic", seats=4)
    first.start()
    life.wait(days=5)
    begun = life.now
    first.stop()
    life.wait(minutes=40)
    second = life.subscribe("basic", seats=6)
    second.start()
    life.wait_until(begun + 3_600_000)
    life.subscribe("insights", extra=True).start()
    life.carry_on(second)


def comes_back(life: Life) -> None:
    """Leaves, and is back with a new subscription after more than a week: reactivated."""
    first = life.subscribe("basic")
    first.start()
    life.wait(days=7)
    first.stop()
    life.warm(10)
    life.wait(days=8)
    second = life.subscribe("pro")
    second.start()
    life.warm()
    life.carry_on(second)


def leaves_twice(life: Life) -> None:
    """Leaves, comes back with the same subscription, and leaves again: churned twice."""
    subscription = life.subscribe("flex")
    subscription.start()
    life.wait(days=5)
    subscription.stop()
    life.wait(days=3)
    subscription.start()
    life.wait(days=4)
    life.cool(days=6)
    subscription.cancel_later(announces_end=True)
    life.rest()


SLOW = (leaves_silently, leaves_with_a_word)
STORIES = (
    week_silently,
    week_with_a_word,
    stays_after_all,
    told_as_canceled,
    leaves_at_once,
    never_was,
    starts_over,
    comes_back,
    leaves_twice,
)
