"""Subscriptions: what is told of them, and what they are worth meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stream.simulate.books import Worth
from stream.simulate.instants import DAY, SECOND, months_later, text
from stream.simulate.plans import lines
from stream.simulate.prices import Discount, half_up, worth
from stream.simulate.segments import segments

if TYPE_CHECKING:
    from stream.simulate.life import Life


class Subscription:
    """One subscription of an account.

    Each verb does two things apart from each other: it tells the state as the billing system would, and it
    enters into the account's books what the subscription is worth from then on. Whether it pays is not read
    from the state told; the verb knows.

    Args:
        life: Whose it is.
        name: Its `subscription_id`.
        plan: The plan bought.
        seats: How many seats.
        yearly: Paid by the year.
        metered: With a line billed by use.
        discounts: Coupons on it.
        extra: Bought beside the main one: its plan is not what the users' events carry.
    """

    def __init__(
        self,
        life: Life,
        name: str,
        plan: str,
        seats: int,
        *,
        yearly: bool = False,
        metered: bool = False,
        discounts: tuple[Discount, ...] = (),
        extra: bool = False,
    ) -> None:
        self.life = life
        self.name = name
        self.plan = plan
        self.seats = seats
        self.yearly = yearly
        self.metered = metered
        self.discounts = discounts
        self.extra = extra
        self.items = lines(plan, seats, yearly=yearly, metered=metered)
        self.status = "incomplete"
        self.paying = False
        self.billed = False
        self.card_works = True
        self.announces_end = False
        self.ends: int | None = None
        self.rises = sorted(discount.ends_at for discount in discounts if discount.ends_at is not None)
        self.period = (life.now, life.now)
        self.dates: dict[str, Any] = {}

    # -- what it tells and what it books

    def say(self, at: int) -> None:
        """Tell the whole state, and book what it is worth from now on."""
        account = self.life.account
        told: dict[str, Any] = {"subscription_id": self.name, "status": self.status, "plan": self.plan}
        told["items"] = [item.said(account.currency) for item in self.items]
        if self.discounts:
            told["discounts"] = [discount.said(account.currency) for discount in self.discounts]
        if self.period[1] > self.period[0]:
            told["current_period_start"], told["current_period_end"] = map(text, self.period)
        told |= self.dates
        if account.country:
            told["attributes"] = {"country": account.country}
        self.life.tell(at, "billing.subscription_changed", told)
        self.rises = [rise for rise in self.rises if rise > at]
        self._show(at)
        self.book(at)

    def _show(self, at: int) -> None:
        """Let the account's users see what plan they are on."""
        if not self.extra:
            gone = self.status == "canceled" and not self.paying
            self.life.account.plans.append((at, None if gone else self.plan))

    def book(self, at: int) -> None:
        """Enter what it is worth from an instant on."""
        account = self.life.account
        native = worth(self.items, self.discounts, at, account.currency) if self.paying else 0
        place = segments(self.plan, account.country)
        account.worths.append(Worth(at, self.name, half_up(native * account.rate), place))

    # -- what happens to it by itself

    def due(self) -> int | None:
        """Say when something happens to it next though nobody does anything."""
        ahead = list(self.rises[:1]) if self.paying else []
        if self.ends is not None:
            ahead.append(self.ends)
        elif self.status == "active":
            ahead.append(self.period[1])
        return min(ahead, default=None)

    def happen(self, at: int) -> None:
        """Let that happen: a coupon runs out, the subscription ends, or a new period begins."""
        if self.paying and self.rises and self.rises[0] == at:
            self.rises.pop(0)
            self.book(at)
        elif self.ends == at:
            self.finish(at)
        else:
            self.renew(at)

    def finish(self, at: int) -> None:
        """Reach the announced end; some billing systems say so a moment later, some never."""
        self.ends = None
        self.paying = False
        told_as, self.status = self.status, "canceled"
        self._show(at)
        self.book(at)
        if self.announces_end and told_as != "canceled":
            self.dates["ended_at"] = text(at)
            self.life.busy = at + 2 * SECOND
            self.say(self.life.busy)

    def renew(self, at: int) -> None:
        """Begin the next period, with a bill that is paid or not."""
        self.period = (at, self._period_end(at))
        self.status = "active" if self.card_works else "past_due"
        self.say(at)
        self.life.till.bill(self, pays=self.card_works)

    def _period_end(self, start: int) -> int:
        if self.plan == "flex":
            return start + 7 * DAY
        return months_later(start, 12 if self.yearly else 1)

    # -- what people do with it

    def try_out(self, days: int) -> None:
        """Begin a trial."""
        now = self.life.now
        self.status, self.period = "trialing", (now, now + days * DAY)
        self.dates = {"trial_start": text(now), "trial_end": text(self.period[1])}
        self.say(now)

    def start(self) -> None:
        """Begin to pay, at first or again, with a period that begins now."""
        now = self.life.now
        self.status, self.paying, self.ends = "active", True, None
        self.dates = {}
        self.period = (now, self._period_end(now))
        self.say(now)
        self.life.till.bill(self)

    def change(self, plan: str | None = None, seats: int | None = None) -> None:
        """Move to another plan or number of seats, from now on."""
        self.plan = plan or self.plan
        self.seats = seats or self.seats
        self.items = lines(self.plan, self.seats, yearly=self.yearly, metered=self.metered)
        self.say(self.life.now)

    def cancel_later(self, *, announces_end: bool = False, ends: int | None = None) -> None:
        """Cancel for the end of the period, or for a date; it pays until then."""
        self.announces_end = announces_end
        self.ends = ends or self.period[1]
        ending = {"cancel_at": text(ends)} if ends else {"cancel_at_period_end": True}
        self.dates = {**ending, "canceled_at": text(self.life.now)}
        self.say(self.life.now)

    def keep(self) -> None:
        """Take back the cancellation."""
        self.ends, self.dates = None, {}
        self.say(self.life.now)

    def cancel_paid(self) -> None:
        """Be told as canceled now, though the period is paid: it pays until the period's end."""
        self.ends, self.status = self.period[1], "canceled"
        self.dates = {"canceled_at": text(self.life.now)}
        self.say(self.life.now)

    def stop(self, *, status: str = "canceled", involuntary: bool = False) -> None:
        """Stop paying at once: canceled, unpaid, paused or a trial that ends."""
        now = self.life.now
        self.status, self.paying, self.ends = status, False, None
        self.dates = {"canceled_at": text(now), "ended_at": text(now)} if status == "canceled" else {}
        if involuntary:
            self.dates["involuntary"] = True
        self.say(now)

    def resume(self) -> None:
        """Be well again after a late payment, in the same period."""
        self.status, self.dates, self.card_works = "active", {}, True
        self.say(self.life.now)
