"""Feedback: what customers say in surveys and in tickets, and what is derived from both (catalogue part 3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.engine import events
from stream.engine.definitions import Definitions
from stream.engine.names import Names, NamesKey
from stream.engine.panes import Panes
from stream.engine.tables import Rows
from stream.engine.trackers.answers import Answers, AnswersKey, AnswerTracker
from stream.engine.trackers.billing import BillingTracker
from stream.engine.trackers.complaints import Complaints
from stream.engine.trackers.priorities import Priorities
from stream.engine.trackers.support import SupportTracker, TicketKey
from stream.engine.trackers.tickets import Step
from stream.engine.waiting import Applied


class FeedbackTracker:
    """The feedback of one partition."""

    def __init__(
        self,
        panes: Panes,
        answers: Rows[AnswersKey, Answers],
        tickets: Rows[TicketKey, list[Step]],
        names: Rows[NamesKey, int],
        billing: BillingTracker,
        definitions: Definitions,
    ) -> None:
        settings, grace = definitions.feedback, definitions.lateness.grace.feedback
        complaints = self._complaints = Complaints(panes)
        priorities = self._priorities = Priorities(
            panes, billing, Names("topics", names), definitions.business.currency
        )
        channels = Names("channels", names)
        self.answers: Final = AnswerTracker(
            panes, answers, settings, complaints, priorities, (Names("aspects", names), channels)
        )
        self.support: Final = SupportTracker(panes, tickets, grace, complaints, priorities, channels)

    def apply(self, batch: Iterable[Applied]) -> None:
        """Apply feedback events that are no duplicates and no tests."""
        for at, _, event, _ in batch:
            if isinstance(event, events.Answered):
                self.answers.apply(event, at)
            elif isinstance(event, events.TicketChanged):
                self.support.apply(event, at)

    def settle(self, as_of: int, watermark: int) -> None:
        """Write what changed by `as_of` (seconds), after billing; `watermark` (µs): how far back events can come."""
        self.answers.settle(as_of)
        self.support.settle(as_of, watermark)
        self._derive(as_of)

    def restore(self, as_of: int) -> None:
        """Say everything that the rows say, as of the checkpoint that they are from."""
        self.answers.restore()
        self.support.restore(as_of)
        self._derive(as_of)

    def _derive(self, as_of: int) -> None:
        self._complaints.settle()
        self._priorities.settle(as_of)
