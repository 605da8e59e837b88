"""Accounts: the customers, and what the world knows of each."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from stream.simulate.books import Receipt, Worth
from stream.simulate.events import Dated
from stream.simulate.places import Place

T = TypeVar("T")


@dataclass(slots=True)
class Account:
    """A customer.

    Attributes:
        name: Its `account_id`.
        place: Where it is billed.
        country: As its billing says; None if it says none.
        currency: What it is billed in.
        rate: Reporting currency for one of it.
        signup: When it first appears.
        plan: What it buys if its story does not say.
        seats: How many it buys.
        test: Internal: in no value.
        diary: Its billing events.
        worths: What its subscriptions were worth, from when.
        receipts: Its cash book.
        plans: What its users' events carry as `plan`, from when.
        warmth: How much of their usual activity its users show, in percent, from when.
    """

    name: str
    place: Place
    country: str | None
    currency: str
    rate: Fraction
    signup: int
    plan: str
    seats: int
    test: bool = False
    diary: list[Dated] = field(default_factory=list)
    worths: list[Worth] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    plans: list[tuple[int, str | None]] = field(default_factory=list)
    warmth: list[tuple[int, int]] = field(default_factory=list)

    def plan_at(self, at: int) -> str | None:
        """Say what plan the account's users are on."""
        return _latest(self.plans, at, None)

    def warmth_at(self, at: int) -> int:
        """Say how active the account's users are, in percent of their habits."""
        return _latest(self.warmth, at, 0)


def _latest(steps: list[tuple[int, T]], at: int, before: T) -> T:
    place = bisect_right(steps, at, key=lambda step: step[0])
    return steps[place - 1][1] if place else before
