"""Feedback: all that customers say in a world, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.events import Dated
from stream.simulate.helpdesk import HelpDesk
from stream.simulate.instants import DAY
from stream.simulate.surveys import Answer, Surveyor
from stream.simulate.tickets import Ticket
from stream.simulate.users import User


class Feedback:
    """The answers and tickets of all customers, and of some who are none.

    Args:
        seed: Of the world.
        users: All users, by account.
        start: Where the span begins, in milliseconds since the epoch.
        limit: Nothing is told from this instant on.
    """

    def __init__(self, seed: int, users: Sequence[tuple[Account, Sequence[User]]], start: int, limit: int) -> None:
        self._surveyor = Surveyor(seed, limit)
        self._desk = HelpDesk(seed, limit, self._surveyor)
        for account, people in users:
            for user in people:
                self._surveyor.ask_now_and_then(user)
            self._desk.serve(account, people)
        self._strangers(seed, start, limit)

    def _strangers(self, seed: int, start: int, limit: int) -> None:
        for day in range((limit - start) // DAY):
            chance = Chance(seed, "public", day)
            at = start + day * DAY + chance.below(DAY)
            if chance.happens(45):
                # A few write again: their last word counts.
                fan = chance.happens(30)
                self._surveyor.review(f"review-{day}", "reviewer-fan" if fan else f"reviewer-{day}", at)
            if chance.happens(20):
                self._desk.take(f"ticket-{day}", at + chance.below(DAY))

    @property
    def answers(self) -> list[Answer]:
        """All answers that count somewhere, with all they ever were."""
        return self._surveyor.answers

    @property
    def tickets(self) -> list[Ticket]:
        """All tickets that count somewhere, with all that happened."""
        return self._desk.tickets

    def events(self) -> list[Dated]:
        """List all events, in no order."""
        return [*self._surveyor.letters.sent, *self._desk.letters.sent]
