"""Complaints and priorities (catalogue part 3, section 2)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from schemas.currencies import exponent
from stream.engine.kpis.feedback import ROWS, ranked
from stream.engine.kpis.kpi import Kpi, Scope, Value, View, count, ratio
from stream.engine.names import OTHER
from stream.engine.publication import published
from stream.engine.units import MICRO
from stream.engine.windows import C, L, R

_A: Final = (*R, *C)
_PARTS: Final = 150
"""The weight of an item of severity 1, 5, times the days of the window: full weight is that today."""

_VOICE_SOURCE: Final = "https://www.qualtrics.com/experience-management/customer/voice-of-customer/"
_COMPLAINTS_SOURCE: Final = "https://www.iso.org/standard/71580.html"


def _feedback_by_channel(view: View) -> Value:
    items = dict(view.labels("channel_items"))
    rows: dict[str, list[str]] = {}
    for place, channel in enumerate(ranked(items)):
        rows.setdefault(channel if place < ROWS else OTHER, []).append(channel)
    return Value({channel: _channel(view, channels) for channel, channels in sorted(rows.items())})


def _channel(view: View, channels: list[str]) -> dict[str, object]:
    def total(counter: str) -> int:
        counts = view.labels(counter)
        return sum(counts.get(channel, 0) for channel in channels)

    tones = {tone: total(f"channel_{tone}") for tone in ("negative", "neutral", "positive")}
    rated = sum(tones.values())
    sentiment = Fraction(total("channel_sentiment"), MICRO * rated) if rated else None
    return {"items": total("channel_items"), "rated": rated, "sentiment": published(sentiment), **tones}


def _priorities(view: View) -> Value:
    minor = 10 ** exponent(view.definitions.business.currency)
    scores, accounts = view.labels_now("priority_score"), view.labels_now("priority_accounts")
    items, mrr = view.labels_now("priority_items"), view.labels_now("priority_mrr")
    rows: list[dict[str, Any]] = [
        {
            "topic": topic,
            "score": published(Fraction(scores[topic], _PARTS * minor)),
            "accounts": accounts[topic],
            "items": items[topic],
            "mrr": published(Fraction(mrr.get(topic, 0), minor)),
        }
        for topic in sorted(scores, key=lambda topic: (-scores[topic], -accounts[topic], topic))
    ]
    return Value(rows[: view.definitions.feedback.priority_top])


FEEDBACK_ITEMS: Final = Kpi(
    "feedback_items",
    "items",
    _A,
    count("feedback_items"),
    "All that customers said: in surveys and in tickets.",
    "Answers with a score + tickets opened.",
    _VOICE_SOURCE,
    "An answer, a survey that was closed without one, and a ticket: 2.",
)
FEEDBACK_BY_CHANNEL: Final = Kpi(
    "feedback_by_channel",
    "table",
    (*L, *C),
    _feedback_by_channel,
    "Where customers speak up, and how that sounds.",
    "{channel: {`items`, `rated`, `sentiment`, `negative`, `neutral`, `positive`}}: `rated` are the items with a "
    "sentiment, `sentiment` is their mean. Without a channel: `none`. The 50 channels with the most items, the rest is "
    "`other`.",
    _VOICE_SOURCE,
    "By email an answer with sentiment −0.5 and a ticket: `items` 2, `rated` 1, `sentiment` −0.5, `negative` 1.",
    scope=Scope.NONE,
)
COMPLAINTS: Final = Kpi(
    "complaints",
    "items",
    _A,
    count("complaints"),
    "Tickets and answers that are complaints.",
    "Tickets of which any event said `kind: complaint`, by their creation, + answers in the lowest quarter of the "
    "scale of csat or stars, or with a sentiment below `feedback.complaint_sentiment`. An edit takes it back.",
    _COMPLAINTS_SOURCE,
    "A ticket that turned out to be a complaint, 2 stars, and an nps of 0: 2.",
)
COMPLAINING_ACCOUNTS: Final = Kpi(
    "complaining_accounts",
    "accounts",
    _A,
    count("complaining_accounts"),
    "Accounts that complained: one customer on three channels is one.",
    "Distinct accounts with at least one of `complaints`; where there is no account the respondent or the ticket "
    "stands for it.",
    _COMPLAINTS_SOURCE,
    "Two users of acme give 1 star each, a ticket of globex is a complaint: 2.",
)
COMPLAINT_RATE: Final = Kpi(
    "complaint_rate",
    "fraction",
    _A,
    ratio("complaining_accounts", "active_accounts", "no active accounts"),
    "How many accounts complain, of those that use the product.",
    "`complaining_accounts` ÷ `active_accounts`; above 1 where accounts complain that do not use it. "
    "Null: no active accounts.",
    _COMPLAINTS_SOURCE,
    "One of four active accounts complains: 0.25.",
)
IMPROVEMENT_PRIORITIES: Final = Kpi(
    "improvement_priorities",
    "table",
    ("30d",),
    _priorities,
    "Which topics to mend first, by the MRR of the accounts that are troubled.",
    "Topics of problems, complaints and requests of the last 30 days, of each account its latest: `score` = Σ stake × "
    "(6 − severity; 3 without one) × (30 − age in days) ÷ 150, so that severity 1 today weighs the whole stake. The "
    "stake is the account's MRR at `as_of`, rounded HALF_UP to the minor unit of the reporting currency once all its "
    "subscriptions are summed up, and at least one major unit; `mrr` is the same without that floor. The first "
    "`feedback.priority_top` topics, by score, accounts, name.",
    _VOICE_SOURCE,
    "acme pays 90 and reported a problem with exports today, severity 1; globex pays nothing and asked for one 10 days "
    "ago: 90 × 5 × 30 ÷ 150 + 1 × 3 × 20 ÷ 150 = 90.4.",
    scope=Scope.NONE,
)
