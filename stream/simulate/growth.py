"""Growth: where customers come from, and what that cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.events import Dated
from stream.simulate.instants import DAY
from stream.simulate.leads import CAMPAIGNS, Lead, Leads
from stream.simulate.letters import Letters
from stream.simulate.prices import EXPONENTS, half_up, micro

_BUDGETS = {"ads": (4_000, 30_000), "content": (500, 4_000), "events": (0, 90_000)}
_MOST_A_DAY = 20


class Spend(NamedTuple):
    """What was spent to win customers.

    Attributes:
        at: When, in milliseconds since the epoch.
        micro: Millionths of the reporting currency; negative for what came back.
        segments: Where it counts.
    """

    at: int
    micro: int
    segments: tuple[str, ...]


class Growth:
    """The leads of a world, and what was spent on them.

    Args:
        seed: Of the world.
        accounts: All accounts, each of which was a lead once.
        start: Where the span begins, in milliseconds since the epoch.
        limit: Nothing is told from this instant on.
        fx: Currency → reporting currency for one of it, as written.
    """

    def __init__(self, seed: int, accounts: Sequence[Account], start: int, limit: int, fx: Mapping[str, str]) -> None:
        self._leads = Leads(seed, start, limit)
        self._letters = Letters("ads", limit)
        self._currencies = ["USD", "USD", *(currency for currency in sorted(fx) if currency in EXPONENTS)]
        self._fx = {"USD": "1", **fx}
        self.spends: list[Spend] = []
        for account in accounts:
            self._leads.become(account, accounts)
        for day in range((limit - start + DAY - 1) // DAY):
            chance = Chance(seed, "passing", day)
            for number in range(2 + chance.below(min(_MOST_A_DAY, 2 + len(accounts) // 8))):
                self._leads.pass_by(f"lead-{day}-{number}", start + day * DAY + chance.below(DAY))
            self._pay(day, start + day * DAY, Chance(seed, "spend", day))

    @property
    def leads(self) -> list[Lead]:
        """All leads that count somewhere."""
        return self._leads.leads

    def events(self) -> list[Dated]:
        """List all events, in no order."""
        return [*self._leads.letters.sent, *self._letters.sent]

    def _pay(self, day: int, begins: int, chance: Chance) -> None:
        for channel, budget in _BUDGETS.items():
            at, amount = begins + chance.below(DAY), chance.between(*budget)
            currency, campaign = chance.pick(self._currencies), chance.pick(CAMPAIGNS.get(channel, (None,)))
            if chance.happens(4):
                amount = -amount // 3
            known = None if chance.happens(5) else channel
            fields = {"amount": amount, "currency": currency, "channel": known, "campaign": campaign}
            if self._letters.send(at, f"spend-{day}-{channel}", "growth.spend_recorded", fields):
                reporting = half_up(micro(amount, currency) * Fraction(self._fx[currency]))
                named = (("channel", known), ("campaign", campaign))
                where = ("all", *(f"{dimension}={value}" for dimension, value in named if value))
                self.spends.append(Spend(at, reporting, where))
