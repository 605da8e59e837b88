"""Feedback: what customers say in surveys (catalogue part 3, section 2), and whose complaints there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stream.engine import events
from stream.engine.definitions import Definitions
from stream.engine.names import Names, NamesKey
from stream.engine.panes import Panes
from stream.engine.tables import Rows
from stream.engine.trackers.answers import Answers, AnswersKey, AnswerTracker
from stream.engine.trackers.complaints import Complaints
from stream.engine.waiting import Applied


class FeedbackTracker:
    """The feedback of one partition."""

    def __init__(
        self,
        panes: Panes,
        answers: Rows[AnswersKey, Answers],
        names: Rows[NamesKey, int],
        definitions: Definitions,
    ) -> None:
        self._complaints: Final = Complaints(panes)
        self.answers: Final = AnswerTracker(
            panes, answers, definitions.feedback, self._complaints, (Names("aspects", names), Names("channels", names))
        )

    def apply(self, batch: Iterable[Applied]) -> None:
        """Apply feedback events that are no duplicates and no tests."""
        for at, _, event, _ in batch:
            if isinstance(event, events.Answered):
                self.answers.apply(event, at)

    def settle(self, as_of: int) -> None:
        """Write what changed by `as_of` (seconds)."""
        self.answers.settle(as_of)
        self._complaints.settle()

    def keep(self) -> None:
        """Write the rows that were touched, without settling what they say."""
        self.answers.keep()

    def restore(self) -> None:
        """Say everything that the rows say."""
        self.answers.restore()
        self._complaints.settle()
