"""Tickets: what is told of one, and what the help desk knows of it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stream.simulate.letters import Letters, attributes
from stream.simulate.life import OverError

Fact = tuple[int, str]
"""When, and what then became true: `created`, `waits`, `served`, `responded`, `solved`, `reopened`, `closed`, `merged`
or `complaint`."""


@dataclass(slots=True)
class Ticket:
    """A customer's ticket.

    Each verb does two things apart from each other: it tells what the help desk's software would tell, and it enters
    what that means. What it means is not read from what is told; the verb knows.

    Attributes:
        name: The `ticket_id`.
        account: The `account_id`, if there is one.
        plan: As its first event says it.
        country: As its first event says it.
        about: Further fields of the first event: `kind`, `topic`, `priority`, `severity`, `channel`.
        letters: Where it is told.
        now: The time, in milliseconds since the epoch; a verb happens then.
        test: Of our own: in no value.
        facts: What was true from when, in time order.
    """

    name: str
    account: str | None
    plan: str | None
    country: str | None
    about: dict[str, Any]
    letters: Letters
    now: int
    test: bool = False
    facts: list[Fact] = field(default_factory=list)
    _told: int = 0
    _responded: bool = False
    _waits: bool = False

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now += milliseconds

    # -- what happens and moves something

    def open(self, actor: str = "customer") -> None:
        """Come into being; whoever is called upon by an agent does not wait for an answer."""
        self._tell("opened", actor, self._first())
        self._enter("created", *(["waits"] if actor == "customer" else []))
        self._waits = actor == "customer"

    def appear(self) -> None:
        """Come into being with a question; of its opening nothing was ever told."""
        self._tell("replied", "customer", self._first())
        self._enter("created", "waits")
        self._waits = True

    def respond(self) -> None:
        """Get an answer from a person."""
        self._tell("replied", "agent", {"assignee": "sam"})
        self._enter(*([] if self._responded else ["responded"]), "served")
        self._responded, self._waits = True, False

    def ask_again(self) -> None:
        """Ask on; who waits already goes on waiting."""
        self._tell("replied", "customer")
        self._enter(*([] if self._waits else ["waits"]))
        self._waits = True

    def complain(self) -> None:
        """Turn out to be a complaint."""
        self._tell("replied", "agent", {"public": False, "kind": "complaint", "priority": "high"})
        self._enter("complaint")

    def solve(self) -> None:
        """Be solved."""
        self._tell("solved", "agent")
        self._enter("solved", "served")
        self._waits = False

    def reopen(self, told_as: str = "reopened") -> None:
        """Be taken up again once solved or closed; some software says `opened` for it."""
        self._tell(told_as, "customer")
        self._enter("reopened", "waits")
        self._waits = True

    def close(self) -> None:
        """Be closed: after a solution that changes nothing but the name."""
        self._tell("closed", "agent")
        self._enter("closed", "served")
        self._waits = False

    def merge(self) -> None:
        """Go into another ticket, as though it had never been."""
        self._tell("merged", "agent")
        self._enter("merged")

    # -- what happens and moves nothing

    def chat(self) -> None:
        """Get an answer from a bot."""
        self._tell("replied", "bot")

    def note(self) -> None:
        """Get a note that the customer does not see."""
        self._tell("replied", "agent", {"public": False})

    def thank(self) -> None:
        """Get thanks after all is done."""
        self._tell("replied", "customer")

    def linger(self) -> None:
        """Get an answer where none counts any more."""
        self._tell("replied", "agent")

    def repeat_solved(self) -> None:
        """Be solved once more without having been reopened."""
        self._tell("solved", "agent")

    # --

    def _first(self) -> dict[str, Any]:
        return {**self.about, "attributes": attributes(self.plan, self.country)}

    def _tell(self, change: str, actor: str, fields: dict[str, Any] | None = None) -> None:
        """Tell it, a moment after whatever was told before.

        Raises:
            OverError: The span is over.
        """
        told = {"account_id": self.account, "ticket_id": self.name, "change": change, "actor": actor, **(fields or {})}
        name = f"{self.name}.{self._told}"
        if not self.letters.send(self.now, name, "feedback.ticket_changed", told, test=self.test):
            raise OverError
        self._told += 1

    def _enter(self, *facts: str) -> None:
        self.facts += [(self.now, fact) for fact in facts]
        if "created" in facts and self.about.get("kind") == "complaint":
            self.facts.append((self.now, "complaint"))

    def known(self, as_of: int) -> Iterator[Fact]:
        """List what was true before an instant."""
        return (fact for fact in self.facts if fact[0] < as_of)
