"""Feedback: what customers say, in surveys and in tickets."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from schemas import rules
from schemas.envelope import Envelope
from schemas.fields import Identifier, Number, Severity

__all__ = ["FeedbackAnswered", "FeedbackEvent", "FeedbackTicketChanged"]


def _usual(end: int) -> Any:
    """The usual scale of the survey, known once `survey` is validated; of no matter if that is wrong."""
    return lambda data: rules.SCALES.get(data.get("survey"), (0.0, 0.0))[end]


class FeedbackAnswered(Envelope):
    """A survey was answered, closed without an answer, changed, or deleted."""

    type: Literal["feedback.answered"] = Field("feedback.answered", description="Type of the event.")
    survey: Literal["nps", "csat", "ces", "stars"] = Field(description="Which question was asked.")
    score: Number | None = Field(
        None, description="The answer, on the scale; left out exactly if it is dismissed or deleted."
    )
    scale_min: Number = Field(
        default_factory=_usual(0), description="The lowest score there is: by default 0 for nps, 1 for the others."
    )
    scale_max: Number = Field(
        default_factory=_usual(1),
        description="The highest score there is: by default 10 for nps, 5 for csat and stars, 7 for ces.",
    )
    respondent_id: Identifier = Field(description="Who was asked. The record key where there is no account.")
    answer_id: str | None = Field(None, description="This answer; the same id again replaces it.")
    deleted: bool = Field(False, description="The answer `answer_id` is withdrawn.")
    dismissed: bool = Field(False, description="The survey was closed without an answer.")
    aspect: str | None = Field(None, description="What the answer is about, e.g. `speed`; for stars.")
    channel: str | None = Field(None, description="Where it was asked, e.g. `email`; a segment.")
    topic: str | None = Field(None, description="What the answer is about, by subject, e.g. `billing`.")
    sentiment: Number | None = Field(
        None,
        ge=rules.SENTIMENT[0],
        le=rules.SENTIMENT[1],
        description="How the words sound: -1 all negative, 0 neutral, 1 all positive.",
    )


class FeedbackTicketChanged(Envelope):
    """A support ticket went a step further."""

    type: Literal["feedback.ticket_changed"] = Field("feedback.ticket_changed", description="Type of the event.")
    ticket_id: Identifier = Field(description="The ticket. The record key where there is no account.")
    change: Literal["opened", "replied", "solved", "reopened", "closed", "merged"] = Field(
        description="What happened at `time`; `merged`: it went into another ticket."
    )
    actor: Literal["customer", "agent", "bot"] = Field(description="Who did it.")
    public: bool = Field(True, description="Whether the customer sees it; false for a note.")
    priority: Literal["low", "normal", "high", "urgent"] | None = Field(None, description="How urgent it is.")
    severity: Severity | None = Field(None, description="1 is the worst, 5 the mildest.")
    topic: str | None = Field(None, description="What it is about, by subject, e.g. `billing`.")
    kind: Literal["question", "problem", "complaint", "request"] | None = Field(None, description="What it is.")
    channel: str | None = Field(None, description="Where it came in, e.g. `email`; a segment.")
    assignee: str | None = Field(None, description="Who works on it.")


FeedbackEvent: TypeAlias = Annotated[FeedbackAnswered | FeedbackTicketChanged, Field(discriminator="type")]
"""Any event of the topic `feedback`."""
