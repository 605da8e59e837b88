"""Answers to surveys: versions, edits, deletions, and whose vote counts (catalogue part 3, sections 2.1 and 2.2).

A row holds all answers of one respondent to one survey, each as its latest version, until none of them can be in any
window. What it says depends on nothing but the row, so it is said anew whenever an event touches it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple, cast

from msgspec import Struct

from stream.engine import events
from stream.engine.calendar import GRAINS
from stream.engine.counters import Counter
from stream.engine.definitions import FeedbackSection
from stream.engine.names import Names
from stream.engine.panes import Panes
from stream.engine.sayings import Saying, Sayings
from stream.engine.scores import cell_of, label_of, scale_of, scaled
from stream.engine.segments import ALL, Segments, text_of
from stream.engine.tables import Rows, declare
from stream.engine.timers import Timers
from stream.engine.trackers.complaints import Complaint, Complaints, Who
from stream.engine.trackers.priorities import UNSAID, Item, Priorities
from stream.engine.units import MICRO
from stream.engine.windows import L, R

HELD: Final = 92 * 86_400
"""Seconds: no window reaches back further than 62 days, no churn signal than 90."""
_HOUR: Final = 3_600
NONE: Final = "none"

SCORES: Final = {survey: Counter(f"{survey}_scores", L) for survey in ("nps", "csat", "ces", "stars")}
"""Votes, by the cell of their score."""
ASPECT_SCORES: Final = Counter("aspect_scores", L)
"""Votes for stars, by cell and aspect."""
SURVEY_ANSWERS: Final = Counter("survey_answers", L)
SURVEY_DISMISSALS: Final = Counter("survey_dismissals", L)
FEEDBACK_ITEMS: Final = Counter("feedback_items", R)
COMPLAINTS: Final = Counter("complaints", R)
SENTIMENTS: Final = Counter("sentiments", L)
SENTIMENT_MICRO: Final = Counter("sentiment_micro", L)
CHANNEL_ITEMS: Final = Counter("channel_items", L)
CHANNEL_SENTIMENT: Final = Counter("channel_sentiment", L)
CHANNEL_TONES: Final = {tone: Counter(f"channel_{tone}", L) for tone in ("negative", "neutral", "positive")}

AnswersKey = tuple[str, str, str]
"""Account (empty: none), respondent, survey."""


class Answer(Struct, array_like=True, gc=False):
    """The latest version of an answer; `at` in µs.

    Without a score it is a dismissal, or was deleted. `score` is the label of its cell, `sentiment` in millionths,
    `member` the membership that it counts in.
    """

    at: int
    source: str
    id: str
    score: str | None
    dismissed: bool
    aspect: str | None
    topic: str | None
    channel: str | None
    sentiment: int | None
    member: int

    def order(self) -> tuple[int, str, str]:
        """Return what versions and answers are ordered by."""
        return self.at, self.source, self.id


class LastAnswer(NamedTuple):
    """The latest answer of a respondent to a survey: when (µs), its scale and thousandths, and where on it that is."""

    respondent: str
    survey: str
    at: int
    scale: tuple[float, float]
    milli: int
    share: Fraction


Answers = dict[str, Answer]
"""By `=` and the `answer_id`; without one, by `#` and the event's identity."""

TABLE: Final = declare("answers", AnswersKey, Answers)


def carried(event: events.Feedback, dimension: str) -> str | None:
    """Return the value of a dimension that an event carries: its field, else its attribute."""
    return text_of(getattr(event, dimension, None) or (event.attributes or {}).get(dimension))


def answer_of(event: events.Answered, at: int, segments: Segments) -> Answer:
    """Return the version of an answer that an event tells."""
    score = None
    if event.score is not None and not event.dismissed and not event.deleted:
        score = label_of(cast("float", event.scale_min), cast("float", event.scale_max), event.score)
    return Answer(
        at,
        event.source,
        event.id,
        score,
        event.dismissed and not event.deleted,
        event.aspect or None,
        event.topic or None,
        event.channel or None,
        None if event.sentiment is None else scaled(event.sentiment, MICRO),
        segments.membership_of([carried(event, dimension) for dimension in segments.dimensions]),
    )


class AnswerTracker:
    """The answers of one partition."""

    def __init__(
        self,
        panes: Panes,
        rows: Rows[AnswersKey, Answers],
        settings: FeedbackSection,
        complaints: Complaints,
        priorities: Priorities,
        names: tuple[Names, Names],
    ) -> None:
        self.rows: Final = rows
        self.touched: Final[set[str]] = set()
        """The accounts whose answers changed by the last settlement."""
        self._segments: Final = panes.segments
        self._calendar: Final = panes.calendar
        self._one_vote: Final = frozenset(settings.one_vote)
        self._below: Final = Fraction(settings.complaint_sentiment) * MICRO
        self._complaints: Final = complaints
        self._priorities: Final = priorities
        self._aspects, self._channels = names
        self._all: Final = panes.segments.membership((ALL,))
        self._sayings: Final = Sayings(panes)
        self._timers: Final = Timers[AnswersKey]()
        self._awaited: Final[set[AnswersKey]] = set()
        self._before: dict[AnswersKey, Saying] = {}
        self._by_account: dict[str, set[AnswersKey]] = {}

    def apply(self, event: events.Answered, at: int) -> None:
        """Apply a survey's event that is no duplicate and no test."""
        key = (event.account_id or "", event.respondent_id, event.survey)
        row = self.rows.get(key)
        if key not in self._before:
            self._before[key] = {} if row is None else self._say(key, row)
        if row is None:
            row = self.rows[key] = {}
            self._by_account.setdefault(key[0], set()).add(key)
        answer = answer_of(event, at, self._segments)
        name = f"={event.answer_id}" if event.answer_id else f"#{event.source} {event.id}"
        known = row.get(name)
        if known is None or known.order() < answer.order():
            row[name] = answer

    def settle(self, as_of: int) -> None:
        """Write what changed by `as_of` (seconds)."""
        for key in self._timers.due(as_of):
            self._awaited.discard(key)
            if key in self.rows and key not in self._before:
                self._before[key] = self._say(key, self.rows[key])
        self.touched.clear()
        for key, before in self._before.items():
            row = {name: answer for name, answer in self.rows[key].items() if answer.at >= (as_of - HELD) * MICRO}
            self._sayings.change(before, self._say(key, row))
            if key[0]:
                self.touched.add(key[0])
            if row:
                self.rows[key] = row
                self._await(key, row)
            else:
                del self.rows[key]
                self._by_account[key[0]].discard(key)
            self._tell(key, row)
        self._before.clear()

    def restore(self) -> None:
        """Say everything that the rows say."""
        for key, row in self.rows.items():
            self._by_account.setdefault(key[0], set()).add(key)
            self._sayings.change({}, self._say(key, row))
            self._await(key, row)
            self._tell(key, row)

    def latest_of(self, account: str) -> Iterator[LastAnswer]:
        """Yield the latest answer of each of an account's respondents to each survey, of the last 90 days at least."""
        for key in self._by_account.get(account, ()):
            answer = max((one for one in self.rows[key].values() if one.score), key=Answer.order, default=None)
            if answer is not None and answer.score is not None:
                yield LastAnswer(key[1], key[2], answer.at, scale_of(answer.score), *cell_of(answer.score))

    def is_complaint(self, survey: str, answer: Answer) -> bool:
        """Say whether an answer is a complaint: low stars or a low csat, or words that sound worse than they may."""
        if answer.score is None:
            return False
        low = survey in {"csat", "stars"} and 4 * cell_of(answer.score).share <= 1
        return low or (answer.sentiment is not None and answer.sentiment < self._below)

    def _await(self, key: AnswersKey, row: Answers) -> None:
        """Set a timer for the hour in which the oldest answer can be let go of, unless one is set: a row has one."""
        if key not in self._awaited:
            self._awaited.add(key)
            until = min(answer.at for answer in row.values()) // MICRO + HELD
            self._timers.set((until // _HOUR + 1) * _HOUR, key)

    def _tell(self, key: AnswersKey, row: Answers) -> None:
        """Tell which complaints there are to what is derived from all of an account's."""
        complaints = [answer for answer in row.values() if self.is_complaint(key[2], answer)]
        told = [Complaint(answer.at // MICRO, answer.member) for answer in complaints]
        self._complaints.put(who(key), ("answers", *key), told)
        items = [Item(answer.order(), answer.topic, UNSAID) for answer in complaints if answer.topic is not None]
        self._priorities.put(who(key), ("answers", *key), items)

    def _say(self, key: AnswersKey, row: Answers) -> Saying:
        survey, say = key[2], self._sayings
        for answer in row.values():
            second = answer.at // MICRO
            if answer.dismissed:
                say.dated(SURVEY_DISMISSALS, second, answer.member, 1)
            if answer.score is None:
                continue
            say.dated(SURVEY_ANSWERS, second, answer.member, 1)
            say.dated(FEEDBACK_ITEMS, second, answer.member, 1)
            say.dated(COMPLAINTS, second, answer.member, int(self.is_complaint(survey, answer)))
            channel = self._channels.of(answer.channel or NONE)
            say.dated(CHANNEL_ITEMS, second, self._all, 1, channel)
            if answer.sentiment is not None:
                say.dated(SENTIMENTS, second, answer.member, 1)
                say.dated(SENTIMENT_MICRO, second, answer.member, answer.sentiment)
                say.dated(CHANNEL_SENTIMENT, second, self._all, answer.sentiment, channel)
                say.dated(CHANNEL_TONES[_tone(answer.sentiment)], second, self._all, 1, channel)
        if survey in self._one_vote:
            self._say_votes(survey, row)
        else:
            for answer in row.values():
                for counter, member, label in self._votes(survey, answer):
                    say.dated(counter, answer.at // MICRO, member, 1, label)
        return say.take()

    def _say_votes(self, survey: str, row: Answers) -> None:
        """Say the latest answer of each voter, and the latest in each day, week and month.

        Rolling windows end at `as_of`, so that the latest of all answers is the latest in each that it is in.
        """
        latest: dict[str | None, Answer] = {}
        by_period: dict[tuple[str | None, str, int], Answer] = {}
        for answer in sorted((one for one in row.values() if one.score is not None), key=Answer.order):
            voter = answer.aspect if survey == "stars" else None
            latest[voter] = answer
            for grain, ordinal in zip(GRAINS, self._calendar.periods(answer.at // MICRO), strict=True):
                by_period[voter, grain, ordinal] = answer
        for answer in latest.values():
            for counter, member, label in self._votes(survey, answer):
                self._sayings.moving(counter, answer.at // MICRO, member, 1, label)
        for (_, grain, ordinal), answer in by_period.items():
            for counter, member, label in self._votes(survey, answer):
                self._sayings.period(counter, grain, ordinal, member, 1, label)

    def _votes(self, survey: str, answer: Answer) -> Iterator[tuple[Counter, int, str]]:
        """Yield the counters, memberships and labels under which a vote counts."""
        if answer.score is not None:
            yield SCORES[survey], answer.member, answer.score
            if survey == "stars":
                yield ASPECT_SCORES, self._all, f"{answer.score} {self._aspects.of(answer.aspect or NONE)}"


def who(key: AnswersKey) -> Who:
    """Return whose a respondent's answers are."""
    account, respondent, _ = key
    return ("account", account) if account else ("respondent", respondent)


def _tone(sentiment: int) -> str:
    return "neutral" if not sentiment else "negative" if sentiment < 0 else "positive"
