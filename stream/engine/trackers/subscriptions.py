"""Subscriptions: a step function of time, from the states that were told of them.

A state holds from its time until the next one's and says everything. Whether it has MRR, and until when, is a function
of the states up to it; nothing is carried over, nothing depends on the order in which events came.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from msgspec import Struct

from stream.engine.definitions import MrrSection
from stream.engine.events import Item, SubscriptionChanged
from stream.engine.money import half_up, to_micro

_FACTORS: Final = {"day": Fraction(365, 12), "week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}
_LOWERING: Final = {"recurring": ("repeating", "forever"), "forever": ("forever",), "none": ()}

Native = dict[str, int]
"""Micro-units a month by currency."""


class Reduction(Struct, array_like=True, gc=False):
    """A discount; `ends_at` in µs."""

    duration: str
    percent_off: float | None
    amount_off: int | None
    currency: str | None
    ends_at: int | None


class State(Struct, array_like=True, gc=False):
    """What a subscription is from `at` on; instants in µs."""

    at: int
    source: str
    id: str
    status: str
    plan: str | None
    attributes: dict[str, str | int | float | bool] | None
    items: list[Item]
    discounts: list[Reduction]
    trial_end: int | None
    current_period_end: int | None
    end: int | None
    """When the state itself ends the subscription, by the policy."""
    involuntary: bool
    counted_before: bool | None = None
    """Whether the state before it counted at its time; known only of the oldest that is kept."""
    period_start: int | None = None
    """Rows of earlier versions lack it."""

    def order(self) -> tuple[int, str, str]:
        """Return what states are ordered by."""
        return self.at, self.source, self.id


def state_of(event: SubscriptionChanged, at: int, policy: MrrSection) -> State:
    """Return the state that an event tells."""
    return State(
        at,
        event.source,
        event.id,
        event.status,
        event.plan,
        event.attributes,
        event.items,
        [Reduction(d.duration, d.percent_off, d.amount_off, d.currency, _plain(d.ends_at)) for d in event.discounts],
        _plain(event.trial_end),
        _plain(event.current_period_end),
        _end(event, at, policy),
        event.involuntary,
        None,
        _plain(event.current_period_start),
    )


def _end(event: SubscriptionChanged, at: int, policy: MrrSection) -> int | None:
    """Return E, the end that the state announces; never before its own time."""
    end: int | None
    if event.status == "canceled":
        if policy.churn_at == "period_end":
            end = _first(event.ended_at, event.current_period_end, at)
        else:
            end = _first(event.canceled_at, at)
    elif policy.churn_at == "scheduled" and (event.cancel_at is not None or event.cancel_at_period_end):
        end = _first(event.canceled_at, at)
    else:
        announced = [event.cancel_at, event.current_period_end if event.cancel_at_period_end else None]
        end = min((instant for instant in announced if instant is not None), default=None)
    if event.ended_at is not None:
        end = event.ended_at if end is None else min(end, event.ended_at)
    return None if end is None else int(max(end, at))


def _plain(instant: int | None) -> int | None:
    """Return an instant as it is written in a row."""
    return None if instant is None else int(instant)


def _first(*instants: int | None) -> int | None:
    return next((instant for instant in instants if instant is not None), None)


class Timeline:
    """One subscription's states in order."""

    def __init__(self, states: Sequence[State], policy: MrrSection) -> None:
        self.states: Final = states
        self.policy: Final = policy
        self._times: Final = [state.at for state in states]
        self._counted: Final[list[bool]] = []
        for index, state in enumerate(states):
            self._counted.append(self._is_counted(index, state))

    def at(self, instant: int) -> State | None:
        """Return the state in force."""
        index = bisect_right(self._times, instant) - 1
        return None if index < 0 else self.states[index]

    def counted(self, instant: int) -> State | None:
        """Return the state in force if the subscription has MRR at an instant."""
        index = bisect_right(self._times, instant) - 1
        if index < 0 or not self._counted[index]:
            return None
        state = self.states[index]
        return state if state.end is None or instant < state.end else None

    def in_trial(self, instant: int) -> State | None:
        """Return the state in force if it is a trial at an instant."""
        state = self.at(instant)
        if state is None or state.status != "trialing":
            return None
        ends = [end for end in (state.trial_end, state.end) if end is not None]
        return state if all(instant < end for end in ends) else None

    def counted_before(self, index: int) -> bool:
        """Say whether the state before one still counted at that one's time."""
        state = self.states[index]
        if index == 0:
            return bool(state.counted_before)
        before = self.states[index - 1]
        return self._counted[index - 1] and (before.end is None or state.at < before.end)

    def instants(self) -> set[int]:
        """Return every instant at which something of the subscription can change."""
        found: set[int] = set()
        for state in self.states:
            found.add(state.at)
            found.update(
                instant
                for instant in (state.end, state.trial_end, *(discount.ends_at for discount in state.discounts))
                if instant is not None
            )
        return found

    def _is_counted(self, index: int, state: State) -> bool:
        if state.status == "canceled":
            return self.counted_before(index)
        return (
            state.status == "active"
            or (state.status == "past_due" and self.policy.past_due == "counts")
            or (state.status == "paused" and self.policy.paused == "counts")
        )


def worth(state: State, instant: int, policy: MrrSection) -> Native:
    """Return what a state is worth a month, whatever its status, with the discounts active at an instant."""
    licensed = [item for item in state.items if item.usage == "licensed"]
    sums: Native = {}
    for item in licensed:
        factor = _factor(item)
        micro = to_micro(item.amount, item.currency) * item.quantity
        sums[item.currency] = sums.get(item.currency, 0) + half_up(micro * factor.numerator, factor.denominator)
    for discount in state.discounts:
        if discount.duration not in _LOWERING[policy.discounts]:
            continue
        if discount.ends_at is not None and instant >= discount.ends_at:
            continue
        if discount.percent_off is not None:
            share = Fraction(repr(discount.percent_off)) / 100
            for currency, left in sums.items():
                sums[currency] = max(0, left - half_up(left * share.numerator, share.denominator))
        elif discount.amount_off is not None and discount.currency in sums:
            factor = _factor(licensed[0])
            off = to_micro(discount.amount_off, discount.currency) * factor.numerator
            sums[discount.currency] = max(0, sums[discount.currency] - half_up(off, factor.denominator))
    return {currency: left for currency, left in sums.items() if left > 0}


def dimension_of(state: State, dimension: str) -> object:
    """Return the value of a dimension: `plan`, then the attributes."""
    own = state.plan if dimension == "plan" else None
    return own or carried(state.attributes, dimension)


def carried(attributes: Mapping[str, object] | None, dimension: str) -> object:
    """Return what attributes say of a dimension."""
    return None if attributes is None else attributes.get(dimension)


def _factor(item: Item) -> Fraction:
    return _FACTORS[item.interval] / item.interval_count
