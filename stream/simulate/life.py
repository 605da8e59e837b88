"""A life: the time of one account, in which its story happens."""

from __future__ import annotations

from typing import Any

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.events import QUIET, Event
from stream.simulate.instants import DAY, HOUR, MINUTE, SECOND, text
from stream.simulate.plans import PLANS
from stream.simulate.prices import Discount
from stream.simulate.subscriptions import Subscription
from stream.simulate.till import Till


class OverError(Exception):
    """Raised when a story reaches the end of the simulated span."""


class Life:
    """One account's time, from its signup on; a story moves it forward.

    Args:
        account: Whose diary and books are written.
        chance: What the story draws from.
        end: Where the simulated span ends, in milliseconds; nothing is told from then on.
    """

    def __init__(self, account: Account, chance: Chance, end: int) -> None:
        self.account = account
        self.chance = chance
        self.end = end
        self.now = account.signup
        self.busy = 0
        self.subscriptions: list[Subscription] = []
        self.till = Till(self)
        account.warmth.append((self.now, 100))

    def tell(self, at: int, kind: str, fields: dict[str, Any]) -> None:
        """Write an event into the account's diary."""
        if at >= self.end - (self.account.test and QUIET):
            return
        number = len(self.account.diary)
        event: Event = {"id": f"{self.account.name}-b{number}", "source": "stripe", "type": kind, "time": text(at)}
        event |= {"account_id": self.account.name, **fields}
        if self.account.test:
            event["test"] = True
        self.account.diary.append((at, event))

    # -- time

    def wait(self, *, days: int = 0, hours: int = 0, minutes: int = 0) -> None:
        """Let time pass, and up to half a minute more."""
        self.wait_until(self.now + days * DAY + hours * HOUR + minutes * MINUTE + self.chance.below(30 * SECOND))

    def wait_until(self, at: int) -> None:
        """Let time pass up to an instant, with all that happens by itself meanwhile.

        Raises:
            OverError: The span ends before.
        """
        while True:
            first = self._next()
            if first is not None and first[0] <= min(at, self.end - 1):
                self.now = first[0]
                first[1].happen(self.now)
            elif at <= self.busy:
                # A bill counts for the plan it was written for: nobody changes anything while it is being paid.
                at = self.busy + 1
            else:
                break
        if at >= self.end:
            raise OverError
        self.now = at

    def _next(self) -> tuple[int, Subscription] | None:
        ahead = [(at, subscription) for subscription in self.subscriptions if (at := subscription.due()) is not None]
        return min(ahead, key=lambda due: due[0], default=None)

    def settle(self) -> None:
        """After the last event: run the timers already set, since they go off with no event."""
        for subscription in self.subscriptions:
            while subscription.rises or subscription.ends is not None:
                ahead = list(subscription.rises[:1]) if subscription.paying else []
                if subscription.ends is not None:
                    ahead.append(subscription.ends)
                if not ahead:
                    break
                subscription.happen(min(ahead))

    # -- what the account does

    def subscribe(
        self,
        plan: str | None = None,
        *,
        seats: int | None = None,
        yearly: bool = False,
        metered: bool = False,
        discounts: tuple[Discount, ...] = (),
        extra: bool = False,
    ) -> Subscription:
        """Make a subscription, about which nothing is told yet."""
        name = f"sub-{self.account.name}-{len(self.subscriptions) + 1}"
        plan = plan or self.account.plan
        seats = seats or (self.account.seats if plan == self.account.plan else PLANS[plan].seats[1])
        subscription = Subscription(
            self, name, plan, seats, yearly=yearly, metered=metered, discounts=discounts, extra=extra
        )
        self.subscriptions.append(subscription)
        return subscription

    def cool(self, days: int) -> None:
        """Grow cold: the users' activity falls to nothing over some days from now."""
        steps = ((0, 70), (1, 45), (2, 25), (3, 10), (4, 0))
        self.account.warmth += [(self.now + days * DAY * step // 4, percent) for step, percent in steps]

    def warm(self, percent: int = 100) -> None:
        """Set how active the users are from now on, in percent of their habits."""
        self.account.warmth = [step for step in self.account.warmth if step[0] < self.now]
        self.account.warmth.append((self.now, percent))

    def carry_on(self, subscription: Subscription) -> None:
        """Live on: pay, add seats, now and then drop some, until the span ends."""
        while True:
            self.wait(days=self.chance.between(14, 50), hours=self.chance.below(24), minutes=self.chance.below(60))
            if subscription.status != "active" or subscription.ends is not None:
                continue
            seats = subscription.seats + self.chance.pick((1, 1, 2, 3, -1))
            subscription.change(seats=max(1, seats))
            if self.chance.happens(15):
                self.till.refund(self.chance.between(5, 40))

    def rest(self) -> None:
        """Let the span end without doing anything more."""
        self.wait_until(self.end)
