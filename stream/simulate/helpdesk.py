"""The help desk: which tickets customers open, and how each goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.instants import DAY, HOUR, MINUTE, SECOND
from stream.simulate.letters import Letters
from stream.simulate.life import OverError
from stream.simulate.surveys import CHANNELS, TOPICS, Surveyor, happy
from stream.simulate.tickets import Ticket
from stream.simulate.users import User


def answered(ticket: Ticket, chance: Chance) -> None:
    """Is answered and solved; some say thanks, which reopens nothing."""
    ticket.open()
    ticket.wait(chance.between(4 * MINUTE, 9 * HOUR))
    ticket.respond()
    ticket.wait(chance.between(MINUTE, 2 * DAY))
    ticket.solve()
    if chance.happens(40):
        ticket.wait(chance.between(MINUTE, DAY))
        ticket.thank()


def talked_over(ticket: Ticket, chance: Chance) -> None:
    """Is answered by a bot first, then goes back and forth; the clock runs from the beginning."""
    ticket.open()
    ticket.wait(chance.between(2 * SECOND, 9 * SECOND))
    ticket.chat()
    ticket.wait(chance.between(MINUTE, HOUR))
    ticket.ask_again()
    ticket.wait(chance.between(MINUTE, HOUR))
    ticket.note()
    for _ in range(chance.between(1, 3)):
        ticket.wait(chance.between(MINUTE, 20 * HOUR))
        ticket.respond()
        ticket.wait(chance.between(MINUTE, 8 * HOUR))
        ticket.ask_again()
    ticket.wait(chance.between(MINUTE, 20 * HOUR))
    ticket.solve()
    ticket.wait(MINUTE)
    ticket.repeat_solved()


def comes_again(ticket: Ticket, chance: Chance) -> None:
    """Is solved, reopened, solved again, and closed."""
    answered(ticket, chance)
    ticket.wait(chance.between(HOUR, 4 * DAY))
    ticket.reopen(chance.pick(("reopened", "reopened", "opened")))
    ticket.wait(chance.between(MINUTE, DAY))
    ticket.respond()
    if chance.happens(60):
        ticket.wait(chance.between(HOUR, 2 * DAY))
        ticket.solve()
        ticket.wait(chance.between(HOUR, DAY))
        ticket.close()


def unseen(ticket: Ticket, chance: Chance) -> None:
    """Begins with a reply, as of its opening nothing was told."""
    ticket.appear()
    ticket.wait(chance.between(MINUTE, 5 * HOUR))
    ticket.respond()
    ticket.wait(chance.between(MINUTE, DAY))
    ticket.solve()


def called_upon(ticket: Ticket, chance: Chance) -> None:
    """Is opened by an agent, whose opening words are no response."""
    ticket.open("agent")
    ticket.wait(chance.between(HOUR, DAY))
    ticket.ask_again()
    ticket.wait(chance.between(MINUTE, 5 * HOUR))
    ticket.respond()
    ticket.wait(chance.between(HOUR, DAY))
    ticket.solve()


def left_alone(ticket: Ticket, chance: Chance) -> None:
    """Is answered by nobody for long, and turns out to be a complaint."""
    ticket.open()
    ticket.wait(chance.between(DAY, 3 * DAY))
    ticket.ask_again()
    ticket.wait(chance.between(HOUR, DAY))
    ticket.complain()
    ticket.wait(chance.between(2 * DAY, 9 * DAY))
    ticket.respond()


def given_up(ticket: Ticket, chance: Chance) -> None:
    """Is closed without a solution; some come back all the same."""
    ticket.open()
    ticket.wait(chance.between(MINUTE, DAY))
    ticket.respond()
    ticket.wait(chance.between(DAY, 3 * DAY))
    ticket.close()
    if chance.happens(30):
        ticket.wait(chance.between(HOUR, 2 * DAY))
        ticket.reopen()


def solved_in_silence(ticket: Ticket, chance: Chance) -> None:
    """Is solved without a word: there is no first response."""
    ticket.open()
    ticket.wait(chance.between(MINUTE, DAY))
    ticket.solve()


def merged(ticket: Ticket, chance: Chance) -> None:
    """Is the same as another one, and gone; what is said in it afterwards is said in vain."""
    ticket.open()
    ticket.wait(chance.between(MINUTE, DAY))
    ticket.respond()
    ticket.wait(chance.between(MINUTE, DAY))
    ticket.merge()
    ticket.wait(chance.between(MINUTE, DAY))
    ticket.linger()


STORIES: Sequence[Callable[[Ticket, Chance], None]] = (
    *(answered, answered, answered, answered, talked_over, talked_over, comes_again, comes_again),
    *(unseen, called_upon, left_alone, given_up, solved_in_silence, merged),
)


class HelpDesk:
    """Where customers open tickets.

    Args:
        seed: Of the world.
        limit: Nothing is told from this instant on.
        surveyor: Asks how it was.
    """

    def __init__(self, seed: int, limit: int, surveyor: Surveyor) -> None:
        self._seed = seed
        self._surveyor = surveyor
        self.letters = Letters("helpdesk", limit)
        self.tickets: list[Ticket] = []

    def serve(self, account: Account, users: Sequence[User]) -> None:
        """Let an account's users open tickets: the less content they are, the more."""
        chance = Chance(self._seed, "tickets", account.name)
        at = account.signup + chance.between(HOUR, 20 * DAY)
        number = 0
        while at < self.letters.limit:
            if account.warmth_at(at):
                user = chance.pick(users)
                ticket = self._ticket(f"{account.name}-t{number}", account, at, chance)
                self._live(ticket, chance)
                self._ask(ticket, account, user, chance)
                number += 1
            at += chance.between(3 * DAY, 24 * DAY if happy(account, at) else 8 * DAY)

    def take(self, name: str, at: int) -> None:
        """Take the ticket of somebody who has no account."""
        chance = Chance(self._seed, "ticket", name)
        about = {"kind": chance.pick(("question", "complaint")), "topic": "sales", "channel": "web"}
        self._live(Ticket(name, None, None, None, about, self.letters, at), chance)

    def _ticket(self, name: str, account: Account, at: int, chance: Chance) -> Ticket:
        kinds = ("question", "problem", "request", None) if happy(account, at) else ("problem", "complaint", "problem")
        about = {
            "kind": chance.pick(kinds),
            "topic": chance.pick((*TOPICS, None)),
            "priority": chance.pick(("low", "normal", "normal", "high", "urgent", None)),
            "severity": chance.pick((1, 2, 3, 4, 5, None, None)),
            "channel": chance.pick((*CHANNELS, "phone")),
        }
        return Ticket(name, account.name, account.plan_at(at), account.country, about, self.letters, at, account.test)

    def _live(self, ticket: Ticket, chance: Chance) -> None:
        with suppress(OverError):  # it goes on after the span, of which nothing is known
            chance.pick(STORIES)(ticket, chance)
        if ticket.facts and not ticket.test:
            self.tickets.append(ticket)

    def _ask(self, ticket: Ticket, account: Account, user: User, chance: Chance) -> None:
        """Ask how it was, once it is solved."""
        solved = [at for at, fact in ticket.facts if fact == "solved"]
        asks = chance.happens(60)
        if solved and asks:
            at = solved[0] + chance.between(HOUR, DAY)
            self._surveyor.ask(account, user.name, "csat", at, f"{ticket.name}-csat", chance)
