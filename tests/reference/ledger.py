"""The ledger, from scratch: what accounts hold, and how that moves (part 2 of the catalogue)."""

from dataclasses import dataclass
from itertools import pairwise

from .common import optional_micros
from .money import Rates
from .subscriptions import amount, end_of, is_counted, own_dimension, state_at


@dataclass(frozen=True)
class Holding:
    """A subscription, what it is worth natively, and where that counts."""

    state: object
    native: dict

    def is_in(self, segment):
        return segment is None or own_dimension(self.state, segment[0]) == segment[1]


class Account:
    """One account's subscriptions: {subscription_id: states in order}; and what the rules say about them."""

    def __init__(self, account_id, subscriptions, world, rates):
        self.id = account_id
        self.subscriptions = subscriptions
        self.world = world
        self.settings = world.settings
        self.rates = rates

    def holdings(self, instant, wanted=is_counted):
        """What the account's wanted (by default counted) subscriptions are worth at t."""
        return [
            Holding(state, amount(state, instant, self.settings))
            for states in self.subscriptions.values()
            if wanted(states, instant, self.settings)
            for state in [state_at(states, instant)]
        ]

    def worth(self, holdings, instant, segment=None):
        """Converted at the rates in force at t, "HALF_UP, per subscription and currency"; no rate: outside the sums."""
        return sum(
            self.rates.convert(micro, currency, instant) or 0
            for holding in holdings
            if holding.is_in(segment)
            for currency, micro in holding.native.items()
        )

    def mrr(self, instant, segment=None):
        """Account MRR M(t) = Σ over the account's subscriptions; in a segment "the part of its subscriptions there"."""
        return self.worth(self.holdings(instant), instant, segment)

    # --- its movements (3.2)

    def parts(self, holdings, instant):
        """M and the account's part in each segment."""
        result = {None: self.worth(holdings, instant)}
        for dimension in self.settings.dimensions:
            for holding in holdings:
                segment = (dimension, own_dimension(holding.state, dimension))
                if segment[1] is not None:
                    result[segment] = self.worth(holdings, instant, segment)
        return {segment: value for segment, value in result.items() if value}

    def candidates(self):
        """The instants before `as_of` at which anything can step for another reason than a rate: events and timers."""
        instants = set()
        for states in self.subscriptions.values():
            for state in states:
                instants |= {state.time, end_of(state, self.settings)}
                instants |= {optional_micros(discount.get("ends_at")) for discount in state.get("discounts", [])}
        return sorted(instant for instant in instants - {None} if instant < self.world.as_of)

    def changes(self):
        """The instants where M, or the account's part in any segment, steps for another reason than a rate."""
        return [
            t
            for t in self.candidates()
            if self.parts(self.holdings(t - 1), t) != self.parts(self.holdings(t), t)  # both at the rates of t
        ]

    def netting_windows(self):
        """[[t0, ... last change]]: "the first change not inside an earlier one, at t0, opens [t0, t0 + netting)".

        "every change inside belongs to it, the one at t0 + netting opens the next. (With `0m`: exactly those at t0.)"
        """
        windows = []
        for t in self.changes():
            if windows and t < windows[-1][0] + self.settings.netting:
                windows[-1].append(t)
            else:
                windows.append([t])
        return windows

    def movements(self):
        """One movement a netting window, dated t0, from B before t0 to A after the last change; at the rates of t0."""
        windows = self.netting_windows()
        result, ever_paid = [], False
        for window, following in pairwise([*windows, [self.world.as_of]]):
            t0 = window[0]
            before = self.holdings(t0 - 1)
            after = self.holdings(following[0] - 1)  # after the last change inside nothing steps until the next opens
            b, a = self.worth(before, t0), self.worth(after, t0)
            kind = movement_class(b, a, ever_paid)
            involuntary = kind == "churned" and self.is_involuntary(window[-1])
            result.append(Movement(self, t0, before, after, kind, involuntary))
            ever_paid = ever_paid or a > 0
        return result

    def is_involuntary(self, instant):
        """By the state that took the last counted subscription away, at this instant.

        "if [it] has `involuntary` = true or status `unpaid`, is `past_due` (policy `excluded`), or its end was reached
        by timer while `past_due`".
        """
        takers = []
        for states in self.subscriptions.values():
            alone = Account(self.id, {"": states}, self.world, self.rates)
            if alone.worth(alone.holdings(instant - 1), instant) > 0:
                takers.append(state_at(states, instant))
        taker = max(takers, key=lambda state: state.order)
        by_timer = taker.time < instant
        status = taker.get("status")
        return (
            taker.get("involuntary", False) is True
            or status == "unpaid"
            or (status == "past_due" and (self.settings.past_due == "excluded" or by_timer))
        )

    def rate_changes(self):
        """A rate change at f moves fx = value(A, new) - value(A, old).

        "with A the native MRR after all movements dated **before** f (a movement at f itself is valued at the new
        rate)".
        """
        openings = [window[0] for window in self.netting_windows()]
        result = []
        for f in self.rates.changes(self.world.as_of):
            following = min((t0 for t0 in openings if t0 >= f), default=self.world.as_of)
            if any(t0 < f for t0 in openings):
                result.append(RateChange(self, f, self.holdings(following - 1)))
        return result


def movement_class(b, a, ever_paid):
    """new | reactivation | churned | expansion | contraction | None (the table of 3.2)."""
    if b == a:
        return None
    if b == 0:
        return "reactivation" if ever_paid else "new"
    if a == 0:
        return "churned"
    return "expansion" if a > b else "contraction"


@dataclass(frozen=True)
class Movement:
    account: Account
    time: int
    before: list
    after: list
    kind: str | None
    involuntary: bool

    def ends(self, segment):
        """(B, A) of the account's part there."""
        return tuple(self.account.worth(side, self.time, segment) for side in (self.before, self.after))

    def change(self, segment):
        b, a = self.ends(segment)
        return a - b

    def kind_in(self, segment):
        """The account's class in `all`; where that is not new, reactivation or churned, a rise or fall of the part.

        "A movement counts in a segment only where the account's part in it is not 0."
        """
        change = self.change(segment)
        if change == 0:
            return None
        if self.kind in ("new", "reactivation", "churned"):
            return self.kind
        return "expansion" if change > 0 else "contraction"

    def joins(self, segment):
        """±1 facts "dated at the movement by which the account's part there becomes > 0 or 0"."""
        b, a = self.ends(segment)
        return (a > 0) - (b > 0)


@dataclass(frozen=True)
class RateChange:
    account: Account
    time: int
    after: list

    def change(self, segment):
        new = self.account.worth(self.after, self.time, segment)
        return new - self.account.worth(self.after, self.time - 1, segment)


class Book:
    """All accounts, their movements and rate changes, as of `as_of`."""

    def __init__(self, world):
        self.world = world
        self.rates = Rates(world.settings)
        self.events = [event for event in world.events if event.family == "billing"]
        subscriptions = {event.get("account_id"): {} for event in self.events if event.get("account_id") is not None}
        for event in self.events:  # in order
            if event.type == "billing.subscription_changed":
                states = subscriptions[event.get("account_id")].setdefault(event.get("subscription_id"), [])
                states.append(event)
        self.accounts = [Account(name, subs, world, self.rates) for name, subs in subscriptions.items()]
        self.movements = [movement for account in self.accounts for movement in account.movements()]
        self.rate_changes = [change for account in self.accounts for change in account.rate_changes()]

    def account(self, account_id):
        return next(account for account in self.accounts if account.id == account_id)
