"""Surveys: what people were asked, what they answered, and how they changed their minds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stream.simulate.accounts import Account
from stream.simulate.chance import Chance
from stream.simulate.instants import DAY, HOUR, MINUTE
from stream.simulate.letters import Letters, attributes
from stream.simulate.segments import segments
from stream.simulate.users import User

# The scales in use; the first is the survey's usual one, which is not sent.
SCALES = {
    "nps": ((0, 10), (0, 10), (1, 10)),
    "csat": ((1, 5), (1, 5), (1, 3), (1, 7)),
    "ces": ((1, 7),),
    "stars": ((1, 5),),
}
ASKED = ("nps", "nps", "csat", "ces", "stars", "stars")
ASPECTS = ("speed", "support", "design", "price", None)
TOPICS = ("billing", "export", "performance", "onboarding", "integrations")
CHANNELS = ("email", "in_app", "web")
_PAUSES = (5, 9, 16, 25, 30, 41)
_FORESIGHT = 10 * DAY


class Version(NamedTuple):
    """An answer as it is from an instant on.

    Attributes:
        at: When it was told, in milliseconds since the epoch.
        score: What was answered; None without an answer.
        scale: The lowest and the highest score there is.
        aspect: What it is about, for stars.
        topic: What it is about, by subject.
        channel: Where it was asked.
        sentiment: How the words sound, in tenths, -10…10.
        segments: Where it counts.
        dismissed: The survey was closed without an answer; without a score and not dismissed, it was deleted.
    """

    at: int
    score: int | None
    scale: tuple[int, int]
    aspect: str | None
    topic: str | None
    channel: str | None
    sentiment: int | None
    segments: tuple[str, ...]
    dismissed: bool = False


@dataclass(slots=True)
class Answer:
    """What became of one asking.

    Attributes:
        name: Unique; the `answer_id` if it can be changed.
        account: The `account_id`, if there is one.
        respondent: Who was asked, unique within the account.
        survey: `nps`, `csat`, `ces` or `stars`.
        versions: What it was, in time order.
    """

    name: str
    account: str | None
    respondent: str
    survey: str
    versions: list[Version] = field(default_factory=list)


def happy(account: Account, at: int) -> bool:
    """Say whether an account's people are content: those who will soon use less, and mostly leave, are not."""
    return min(account.warmth_at(at), account.warmth_at(at + _FORESIGHT)) >= 50


class Surveyor:
    """Asks people and sends what they say.

    Args:
        seed: Of the world.
        limit: Nothing is sent from this instant on.
    """

    def __init__(self, seed: int, limit: int) -> None:
        self._seed = seed
        self.letters = Letters("survey", limit)
        self.answers: list[Answer] = []

    def ask_now_and_then(self, user: User) -> None:
        """Ask a user again and again, as long as the account is used at all."""
        account = user.account
        chance = Chance(self._seed, "surveys", user.key)
        at = max(account.signup, user.joins * DAY) + chance.between(2 * DAY, 12 * DAY)
        number = 0
        while at < self.letters.limit:
            if account.warmth_at(at):
                survey = chance.pick(ASKED)
                self.ask(account, user.name, survey, at, f"{user.key}-q{number}", chance)
                number += 1
            at += chance.pick(_PAUSES) * DAY + chance.below(DAY)

    def ask(self, account: Account, respondent: str, survey: str, at: int, name: str, chance: Chance) -> None:
        """Ask one question, to be dismissed or answered, and perhaps answered again, changed or withdrawn."""
        answer = Answer(name, account.name, respondent, survey)
        changeable = chance.happens(70)
        versions = self._versions(answer, account, at, chance, changeable=changeable)
        self._send(answer, versions, named=changeable, test=account.test)
        if chance.happens(6):
            # The same question again within days: the later answer is the one that counts.
            again = Answer(f"{name}-again", account.name, respondent, survey)
            later = at + chance.between(HOUR, 4 * DAY)
            self._send(again, [self._said(again, account, later, chance)], named=False, test=account.test)

    def review(self, name: str, respondent: str, at: int) -> None:
        """Get stars from somebody who has no account."""
        chance = Chance(self._seed, "review", name)
        answer = Answer(name, None, respondent, "stars")
        score = chance.between(1, 5)
        channel = chance.pick(("web", None))
        where = (*segments(), *_channel(channel))
        version = Version(at, score, (1, 5), chance.pick(ASPECTS), chance.pick((*TOPICS, None)), channel, None, where)
        self._send(answer, [version], named=chance.happens(50), test=False)

    # -- what people do

    def _versions(
        self, answer: Answer, account: Account, at: int, chance: Chance, *, changeable: bool
    ) -> Iterator[Version]:
        said = self._said(answer, account, at, chance)
        if chance.happens(30):
            yield said._replace(score=None, sentiment=None, dismissed=True)
            if changeable and chance.happens(15):
                yield self._said(answer, account, at + chance.between(MINUTE, 2 * DAY), chance, first=said)
            return
        yield said
        if not changeable:
            return
        if chance.happens(15):
            said = self._said(answer, account, said.at + chance.between(MINUTE, 5 * DAY), chance, first=said)
            yield said
        if chance.happens(6):
            gone = said.at + chance.between(MINUTE, 9 * DAY)
            yield said._replace(at=gone, score=None, sentiment=None)
            if chance.happens(30):
                yield self._said(answer, account, gone + chance.between(MINUTE, DAY), chance, first=said)

    def _said(
        self, answer: Answer, account: Account, at: int, chance: Chance, *, first: Version | None = None
    ) -> Version:
        """Draw what somebody says; the content say better things, though not always."""
        scale = first.scale if first else chance.pick(SCALES[answer.survey])
        draws = chance.draw(), chance.draw()
        luck = max(draws) if happy(account, at) else min(draws)
        score = scale[0] + int(luck * (scale[1] - scale[0] + 1))
        sentiment = max(-10, min(10, int(luck * 20) - 10 + chance.between(-3, 3))) if chance.happens(35) else None
        aspect = chance.pick(ASPECTS) if answer.survey == "stars" else None
        topic, channel = chance.pick((*TOPICS, None, None)), chance.pick((*CHANNELS, None))
        if first:
            aspect, topic, channel = first.aspect, first.topic, first.channel
        where = (*segments(account.plan_at(at), account.country), *_channel(channel))
        return Version(at, score, scale, aspect, topic, channel, sentiment, where)

    def _send(self, answer: Answer, versions: Any, *, named: bool, test: bool) -> None:
        for number, version in enumerate(versions):
            known = dict(one.split("=", 1) for one in version.segments if "=" in one)
            low, high = version.scale if version.scale != SCALES[answer.survey][0] else (None, None)
            deleted = version.score is None and not version.dismissed
            fields = {
                "account_id": answer.account,
                "survey": answer.survey,
                "respondent_id": answer.respondent,
                "answer_id": answer.name if named else None,
                "score": version.score,
                "scale_min": low,
                "scale_max": high,
                "dismissed": version.dismissed or None,
                "deleted": deleted or None,
                "aspect": version.aspect,
                "topic": version.topic,
                "channel": version.channel,
                "sentiment": None if version.sentiment is None else version.sentiment / 10,
                "attributes": attributes(known.get("plan"), known.get("country")),
            }
            if not self.letters.send(version.at, f"{answer.name}.{number}", "feedback.answered", fields, test=test):
                break
            answer.versions.append(version)
        if answer.versions and not test:
            self.answers.append(answer)


def _channel(channel: str | None) -> tuple[str, ...]:
    return (f"channel={channel}",) if channel else ()
