"""What customers say, by answers and by tickets together: items, complaints, and whose they are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from typing import NamedTuple

from stream.simulate.segments import ALL
from stream.simulate.surveys import Answer
from stream.simulate.tickets import Ticket
from stream.simulate.truth.numbers import Value, Values, ratio, rounded
from stream.simulate.truth.opinions import Held, Opinions
from stream.simulate.truth.priorities import Trouble, priorities
from stream.simulate.truth.support import Case, Support
from stream.simulate.truth.windows import CALENDAR, LONG, Window

_LONG = (*LONG, *CALENDAR)
_TROUBLES = ("problem", "complaint", "request")


class Item(NamedTuple):
    """Something that a customer said.

    Attributes:
        at: When, in milliseconds since the epoch.
        who: Whose it is: an account, else a respondent or a ticket.
        segments: Where it counts.
        channel: Where it came in.
        sentiment: How it sounds, in tenths, if that is known.
        complaint: Whether it is one.
        trouble: What should be better, if that is said.
    """

    at: int
    who: Hashable
    segments: tuple[str, ...]
    channel: str | None
    sentiment: int | None
    complaint: bool
    trouble: Trouble | None


class Said:
    """All that was said before an instant.

    Args:
        answers: All answers.
        tickets: All tickets.
        as_of: What was told before it counts; milliseconds since the epoch.
        named: The windows.
    """

    def __init__(
        self, answers: Sequence[Answer], tickets: Sequence[Ticket], as_of: int, named: dict[str, Window]
    ) -> None:
        self._named = named
        self._opinions = Opinions(answers, as_of, named)
        self._support = Support(tickets, as_of, named)
        self._items = [*map(_of_answer, self._opinions.scored), *map(_of_ticket, self._support.cases)]
        self.segments = self._opinions.segments | self._support.segments

    def values(self, segment: str, active_accounts: Callable[[str], int], mrr: Callable[[str], int]) -> Values:
        """Say the values of feedback and support in a segment.

        Args:
            segment: Which.
            active_accounts: Says how many accounts were active in the segment in a window.
            mrr: Says what an account is worth a month, in millionths; asked for `all` only.
        """
        values = {**self._opinions.values(segment), **self._support.values(segment)}
        if segment == ALL:
            troubles = [item.trouble for item in self._items if item.trouble is not None]
            values["improvement_priorities.30d"] = priorities(troubles, self._named["30d"], mrr)
        for name, (start, end) in self._named.items():
            items = [item for item in self._items if segment in item.segments and start <= item.at < end]
            complaints = [item for item in items if item.complaint]
            accounts, active = len({item.who for item in complaints}), active_accounts(name)
            opened = values[f"tickets_opened.{name}"]
            values[f"feedback_items.{name}"] = len(items)
            values[f"complaints.{name}"] = len(complaints)
            values[f"complaining_accounts.{name}"] = accounts
            values[f"complaint_rate.{name}"] = ratio(accounts, active)
            values[f"contact_rate.{name}"] = ratio(opened if isinstance(opened, int) else 0, active)
            if name in _LONG:
                values[f"sentiment_avg.{name}"] = _sentiment(items)
                if segment == ALL:
                    values[f"feedback_by_channel.{name}"] = _channels(items)
        return values


def _of_answer(held: Held) -> Item:
    answer, version = held
    who: Hashable = ("account", answer.account) if answer.account else ("respondent", answer.respondent)
    bad = answer.survey in ("stars", "csat") and held.share <= Fraction(1, 4)
    complaint = bad or (version.sentiment is not None and version.sentiment < 0)
    topic = version.topic if complaint else None
    trouble = Trouble(version.at, topic, who, answer.account, None) if topic else None
    return Item(version.at, who, version.segments, version.channel, version.sentiment, complaint, trouble)


def _of_ticket(found: Case) -> Item:
    ticket = found.ticket
    who = ("account", ticket.account) if ticket.account else ("ticket", ticket.name)
    about = ticket.about
    topic = about.get("topic") if found.complaint or about.get("kind") in _TROUBLES else None
    trouble = Trouble(found.created, topic, who, ticket.account, about.get("severity")) if topic else None
    return Item(found.created, who, found.segments, about.get("channel"), None, found.complaint, trouble)


def _sentiment(items: Sequence[Item]) -> float | None:
    rated = [item.sentiment for item in items if item.sentiment is not None]
    return rounded(Fraction(sum(rated), 10 * len(rated))) if rated else None


def _channels(items: Sequence[Item]) -> Value:
    table = {}
    for channel in sorted({item.channel or "none" for item in items}):
        mine = [item for item in items if (item.channel or "none") == channel]
        rated = [item.sentiment for item in mine if item.sentiment is not None]
        table[channel] = {
            "items": len(mine),
            "rated": len(rated),
            "sentiment": _sentiment(mine),
            "negative": sum(1 for one in rated if one < 0),
            "neutral": sum(1 for one in rated if one == 0),
            "positive": sum(1 for one in rated if one > 0),
        }
    return table
