"""Tickets: what a support ticket is, from all that happened to it (catalogue part 3, section 3.1).

A ticket is a fold over its events in the order of (time, source, id), so that it depends on none of them coming first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from stream.engine import events
from stream.engine.units import MICRO

HOLD: Final = 63 * 86_400 * MICRO
"""µs: what happens to a ticket that is not open so long after its last event begins a new one of the same id.

By then none of its times is in any window, so that its row can be let go of, and whether it was makes no difference.
"""
URGENT: Final = "urgent"
WORST: Final = 1


class Step(Struct, array_like=True, gc=False):
    """One event of a ticket at `at` (µs); fields that it does not give are None, dimensions that it lacks not there."""

    at: int
    source: str
    id: str
    change: str
    actor: str
    public: bool
    kind: str | None
    topic: str | None
    channel: str | None
    priority: str | None
    severity: int | None
    carried: dict[str, str]

    def order(self) -> tuple[int, str, str]:
        """Return what the events of a ticket are ordered by."""
        return self.at, self.source, self.id


class Ticket:
    """A ticket as it stands after some of its events; instants in µs."""

    def __init__(self, first: Step) -> None:
        self.created: Final = first.order()
        self.last = first.at
        self.state: Literal["open", "solved", "closed", "merged"] = "open"
        self.first_response: int | None = None
        self.first_solved: int | None = None
        self.last_solved: int | None = None
        self.reopened: Final[list[int]] = []
        self.reopened_since = False
        """Whether it was reopened after it was first solved."""
        self.waiting_since: int | None = first.at
        self.complaint = False
        self.kind: str | None = None
        self.topic: str | None = None
        self.channel: str | None = None
        self.priority: str | None = None
        self.severity: int | None = None
        self.severe_since: int | None = None
        """Since when it is open and severe."""
        self.carried: Final[dict[str, str]] = {}
        self._take_fields(first)
        if first.change == "opened":
            self.waiting_since = None if first.actor == "agent" else first.at
        elif first.change != "reopened":  # that alone creates it, and reopens nothing
            self._apply(first)
        self._judge(first.at)

    def apply(self, step: Step) -> None:
        """Let a further event, the next one in order, happen to the ticket."""
        self.last = step.at
        if self.state == "merged":
            return
        self._take_fields(step)
        self._apply(step)
        self._judge(step.at)

    @property
    def open(self) -> bool:
        """Whether it is neither solved nor closed, nor gone into another one."""
        return self.state == "open"

    def _take_fields(self, step: Step) -> None:
        self.complaint = self.complaint or step.kind == "complaint"
        for name in ("kind", "topic", "channel", "priority", "severity"):
            given = getattr(step, name)
            if given is not None:
                setattr(self, name, given)
        self.carried.update(step.carried)

    def _apply(self, step: Step) -> None:
        if step.change == "merged":
            self.state, self.waiting_since = "merged", None
        elif step.change == "replied":
            if step.public:
                self._reply(step)
        elif step.change == "solved":
            if self.state == "open":
                self.state, self.last_solved, self.waiting_since = "solved", step.at, None
                if self.first_solved is None:
                    self.first_solved = step.at
        elif step.change == "closed":
            self.state, self.waiting_since = "closed", None
        elif self.state != "open":  # reopened, or opened again
            self.state, self.last_solved, self.waiting_since = "open", None, step.at
            self.reopened.append(step.at)
            self.reopened_since = self.first_solved is not None

    def _reply(self, step: Step) -> None:
        if step.actor == "agent":
            if self.first_response is None:
                self.first_response = step.at
            self.waiting_since = None
        elif step.actor == "customer" and self.state == "open" and self.waiting_since is None:
            self.waiting_since = step.at

    def _judge(self, at: int) -> None:
        if not self.open or not (self.severity == WORST or self.priority == URGENT):
            self.severe_since = None
        elif self.severe_since is None:
            self.severe_since = at


def step_of(event: events.TicketChanged, at: int, carried: dict[str, str]) -> Step:
    """Return what an event says of its ticket."""
    return Step(
        at,
        event.source,
        event.id,
        event.change,
        event.actor,
        event.public,
        event.kind,
        event.topic or None,
        event.channel or None,
        event.priority,
        event.severity,
        carried,
    )


def tickets(steps: Sequence[Step]) -> Iterator[Ticket]:
    """Yield the tickets of one id, from its events in order: one after another, mostly a single one."""
    ticket: Ticket | None = None
    for step in steps:
        if ticket is None or (not ticket.open and step.at >= ticket.last + HOLD):
            if ticket is not None:
                yield ticket
            ticket = Ticket(step)
        else:
            ticket.apply(step)
    if ticket is not None:
        yield ticket
