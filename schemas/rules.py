"""Rules that a type cannot state: fields that depend on one another, and ranges.

Plain functions over attributes, so that any class with the attribute names of the contract can share them, whatever it
is made with: times may be datetimes or integers, as long as they are alike. A rule that is broken raises a `ValueError`
that reads `field: why; fix`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from schemas.currencies import exponent
from schemas.times import MAX_TIME, MIN_TIME

__all__ = [
    "NPS_SCALES",
    "PERCENT",
    "RULES",
    "SCALES",
    "SENTIMENT",
    "SEVERITY",
    "RuleError",
    "answer",
    "check",
    "clock",
    "cost",
    "discount",
    "identified",
    "item",
    "latency",
    "maintenance",
    "money",
    "payment",
    "scale",
    "severity",
    "status",
    "subscription",
    "taxed",
    "traffic",
    "user",
]

SCALES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"nps": (0.0, 10.0), "csat": (1.0, 5.0), "ces": (1.0, 7.0), "stars": (1.0, 5.0)}
)
"""Survey → its scale where the answer gives none: lowest and highest score."""

NPS_SCALES: Final = ((0.0, 10.0), (1.0, 10.0))
"""The only scales on which promoters (9, 10) and detractors (6 and less) mean what they mean."""

SEVERITY: Final = (1, 5)
"""Severity of incidents and tickets: 1 is the worst."""

SENTIMENT: Final = (-1, 1)
"""Sentiment: -1 all negative, 1 all positive."""

PERCENT: Final = (0, 100)
"""`percent_off` of a discount, in percent."""


class RuleError(ValueError):
    """A broken rule. The text reads `field: why; fix`."""


def check(event: Any) -> None:
    """Hold an event to all the rules of its `type`.

    Raises:
        RuleError: The first rule that is broken.
    """
    clock(event)
    for rule in RULES.get(event.type, ()):
        rule(event)


def clock(event: Any) -> None:
    """The time, corrected for the client's clock, is still a time that can be written (years 1 to 9999)."""
    if event.sent_at is None or event.received_at is None:
        return
    try:
        at = event.received_at - (event.sent_at - event.time)
    except OverflowError:
        at = MAX_TIME + 1
    if isinstance(at, int) and not MIN_TIME <= at <= MAX_TIME:
        raise RuleError("time: is outside the years 1 to 9999 once corrected; check sent_at and received_at")


def user(event: Any) -> None:
    """Usage is somebody's: `user_id`, `anonymous_id` or both."""
    if not event.user_id and not event.anonymous_id:
        raise RuleError("user_id: missing, and so is anonymous_id; give at least one of them")


def identified(event: Any) -> None:
    """An identification names both ids that it joins."""
    for name in ("user_id", "anonymous_id"):
        if not getattr(event, name):
            raise RuleError(f"{name}: missing; usage.identified joins a user_id and an anonymous_id, so give both")


def subscription(event: Any) -> None:
    """Every item and every discount of the subscription is in order."""
    for name, rule in (("items", item), ("discounts", discount)):
        for number, part in enumerate(getattr(event, name)):
            try:
                rule(part)
            except ValueError as error:
                raise RuleError(f"{name}[{number}].{error}") from None


def item(part: Any) -> None:
    """An item has a known currency, a quantity of 0 or more and an interval of at least one."""
    _currency(part.currency)
    _at_least("quantity", part.quantity, 0)
    _at_least("interval_count", part.interval_count, 1)


def discount(part: Any) -> None:
    """A discount takes off a percentage or an amount; an amount needs its currency."""
    if part.percent_off is None and part.amount_off is None:
        raise RuleError("percent_off: missing, and so is amount_off; give one of them")
    if part.percent_off is not None and part.amount_off is not None:
        raise RuleError("percent_off: given together with amount_off; leave one of them out")
    if part.percent_off is not None:
        _between("percent_off", part.percent_off, PERCENT)
    else:
        _at_least("amount_off", part.amount_off, 0)
        if part.currency is None:
            raise RuleError("currency: missing; amount_off needs one")
    if part.currency is not None:
        _currency(part.currency)


def cost(event: Any) -> None:
    """A cost or a spend has a known currency. It may be negative: a credit."""
    _currency(event.currency)


def money(event: Any) -> None:
    """A known currency and an amount ≥ 0: the type of the event says which way the money goes."""
    _currency(event.currency)
    _at_least("amount", event.amount, 0)


def taxed(event: Any) -> None:
    """As `money`, and the tax is part of the amount."""
    money(event)
    _at_least("tax", event.tax, 0)
    if event.tax > event.amount:
        raise RuleError("tax: is more than amount; amount includes the tax")


def payment(event: Any) -> None:
    """As `taxed`, and what is metered is part of what is left without the tax."""
    taxed(event)
    _at_least("metered", event.metered, 0)
    if event.metered > event.amount - event.tax:
        raise RuleError("metered: is more than amount - tax; send the metered part of the amount, without tax")


def latency(event: Any) -> None:
    """A latency is not negative."""
    if event.latency_ms is not None:
        _at_least("latency_ms", event.latency_ms, 0)


def status(event: Any) -> None:
    """A status that ends, ends after it begins."""
    if event.until is not None and event.until <= event.time:
        raise RuleError("until: is not after time; correct it, or leave it out if the end is not known")


def traffic(event: Any) -> None:
    """Good requests are some of all requests."""
    _at_least("total", event.total, 0)
    _at_least("good", event.good, 0)
    if event.good > event.total:
        raise RuleError("good: is more than total; total counts the good requests too")


def severity(event: Any) -> None:
    """The severity of an incident or ticket, where given, is 1 … 5."""
    if event.severity is not None:
        _between("severity", event.severity, SEVERITY)


def maintenance(event: Any) -> None:
    """Maintenance ends after it starts."""
    if event.ends_at <= event.starts_at:
        raise RuleError("ends_at: is not after starts_at; correct it, or withdraw the maintenance by canceled: true")


def scale(event: Any) -> tuple[float, float]:
    """The scale of an answer: what it gives, else (also where that is None) what is usual for its survey."""
    low, high = SCALES[event.survey]
    return (
        low if event.scale_min is None else event.scale_min,
        high if event.scale_max is None else event.scale_max,
    )


def answer(event: Any) -> None:
    """A score unless there is none to have, on a scale that makes sense; a sentiment within -1 … 1."""
    low, high = scale(event)
    if low >= high:
        raise RuleError("scale_min: is not below scale_max; correct the scale")
    if event.survey == "nps" and (low, high) not in NPS_SCALES:
        raise RuleError("scale_max: an nps scale is 0 … 10 or 1 … 10; send another scale as csat")
    if event.dismissed or event.deleted:
        if event.score is not None:
            raise RuleError("score: given, but the answer is dismissed or deleted; leave the score out")
    elif event.score is None:
        raise RuleError("score: missing; give it, or dismissed: true for a survey that was closed without an answer")
    elif not low <= event.score <= high:
        raise RuleError(f"score: is outside the scale {low:g} … {high:g}; correct it, or give scale_min and scale_max")
    if event.sentiment is not None:
        _between("sentiment", event.sentiment, SENTIMENT)


def _currency(code: str) -> None:
    try:
        exponent(code)
    except ValueError as error:
        raise RuleError(f"currency: {error}") from None


def _at_least(name: str, value: float, low: float) -> None:
    if value < low:
        raise RuleError(f"{name}: must be at least {low}; correct it")


def _between(name: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise RuleError(f"{name}: must be {low} … {high}; correct it")


RULES: Final[Mapping[str, tuple[Callable[[Any], None], ...]]] = MappingProxyType(
    {
        "usage.tracked": (user,),
        "usage.page_viewed": (user,),
        "usage.page_pinged": (user,),
        "usage.impressed": (user,),
        "usage.clicked": (user,),
        "usage.downloaded": (user,),
        "usage.preference_set": (user,),
        "usage.identified": (identified,),
        "billing.subscription_changed": (subscription,),
        "billing.payment_succeeded": (payment,),
        "billing.payment_failed": (money,),
        "billing.refunded": (taxed,),
        "billing.dispute_changed": (taxed,),
        "billing.cost_recorded": (cost,),
        "uptime.checked": (latency,),
        "uptime.status_changed": (status,),
        "uptime.requests_counted": (traffic,),
        "uptime.incident_changed": (severity,),
        "uptime.maintenance_planned": (maintenance,),
        "feedback.answered": (answer,),
        "feedback.ticket_changed": (severity,),
        "growth.spend_recorded": (cost,),
    }
)
"""Event type → its rules, besides `clock`, which is everyone's."""
