"""Founding: making the accounts of a world and letting each live its story."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.instants import HOUR, SECOND
from stream.simulate.life import Life, OverError
from stream.simulate.places import LIKELY
from stream.simulate.plans import PLANS
from stream.simulate.stories import Story, deal

_PLANS = ("basic", "basic", "basic", "pro", "pro", "enterprise")


def found(seed: int, count: int, start: int, end: int, fx: Mapping[str, str]) -> list[Account]:
    """Make the accounts and tell their stories up to the end of the span.

    Args:
        seed: Of the world.
        count: How many accounts.
        start: When the first may sign up, in milliseconds since the epoch.
        end: Where the span ends.
        fx: Currency → reporting currency for one of it, as written; others are billed in USD.
    """
    stories = deal(count, Chance(seed, "stories"))
    return [
        _live(number, Chance(seed, "account", number), dealt, (start, end), fx) for number, dealt in enumerate(stories)
    ]


def _live(
    number: int, chance: Chance, dealt: tuple[Story, bool], span: tuple[int, int], fx: Mapping[str, str]
) -> Account:
    story, early = dealt
    start, end = span
    place = chance.pick(LIKELY)
    plan = chance.pick(_PLANS)
    currency = place.currency if place.currency in fx else "USD"
    account = Account(
        name=f"acct-{number + 1:03d}",
        place=place,
        country=None if chance.happens(8) else place.country,
        currency=currency,
        rate=Fraction(fx.get(currency, "1")),
        signup=_signup(chance, start, end, early=early),
        plan=plan,
        seats=chance.between(*PLANS[plan].seats),
    )
    life = Life(account, chance, end)
    try:
        story(life)
    except OverError:
        life.settle()
    account.diary.sort(key=lambda dated: dated[0])
    return account


def _signup(chance: Chance, start: int, end: int, *, early: bool) -> int:
    """Draw when a customer comes, to the second: half of them at first, most while there is time for their story."""
    reach = 10 if early else chance.pick((10, 10, 10, 10, 10, 50, 50, 50, 95))
    drawn = start + chance.below(max(1, (end - start) * reach // 100)) + chance.below(HOUR)
    return min(drawn, end - 1) // SECOND * SECOND
