"""Rules across fields: the same for the models of this package and for any class with their attributes."""

from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from schemas import MODELS, BillingSubscriptionChanged, Discount, FeedbackAnswered, rules
from schemas.times import MAX_TIME, MIN_TIME

TIME = {"time": "2026-11-22T10:00:00Z"}
ENVELOPE = {"id": "1", "source": "test"} | TIME
ITEM = {"amount": 100, "currency": "USD", "interval": "month"}
MONEY = {"account_id": "acme", "currency": "USD"}
PAYMENT = MONEY | {"payment_id": "p", "amount": 100}
SUBSCRIPTION = {"account_id": "acme", "subscription_id": "s", "status": "active"}
ANSWER = {"respondent_id": "ann"}
WINDOW = {"service": "api", "maintenance_id": "m"}

GOOD = [
    ("usage.tracked", {"name": "x", "user_id": "ann"}),
    ("usage.tracked", {"name": "x", "anonymous_id": "anon"}),
    ("usage.identified", {"user_id": "ann", "anonymous_id": "anon"}),
    ("billing.subscription_changed", SUBSCRIPTION),
    ("billing.subscription_changed", SUBSCRIPTION | {"items": [ITEM | {"amount": -100, "quantity": 0}]}),
    ("billing.subscription_changed", SUBSCRIPTION | {"discounts": [{"percent_off": 0, "duration": "once"}]}),
    (
        "billing.subscription_changed",
        SUBSCRIPTION | {"discounts": [{"percent_off": 100.0, "currency": "USD", "duration": "forever"}]},
    ),
    (
        "billing.subscription_changed",
        SUBSCRIPTION | {"discounts": [{"amount_off": 0, "currency": "EUR", "duration": "repeating"}]},
    ),
    ("billing.payment_succeeded", PAYMENT | {"tax": 100}),
    ("billing.payment_succeeded", PAYMENT | {"tax": 10, "metered": 90, "fee": -3}),
    ("billing.payment_failed", PAYMENT),
    ("billing.refunded", MONEY | {"refund_id": "r", "amount": 0}),
    ("billing.dispute_changed", MONEY | {"dispute_id": "d", "amount": 5, "tax": 5, "status": "lost"}),
    ("billing.cost_recorded", {"kind": "other", "amount": -5, "currency": "KWD"}),
    ("uptime.checked", {"service": "api", "ok": True, "latency_ms": 0}),
    ("uptime.status_changed", {"service": "api", "status": "down"}),
    ("uptime.status_changed", {"service": "api", "status": "down", "until": "2026-11-22T10:00:00.000001Z"}),
    ("uptime.requests_counted", {"service": "api", "total": 0, "good": 0}),
    ("uptime.incident_changed", {"incident_id": "i", "status": "opened", "severity": 5}),
    ("uptime.maintenance_planned", WINDOW | {"starts_at": "1999-01-01T00:00:00Z", "ends_at": "1999-01-01T00:00:01Z"}),
    ("feedback.answered", ANSWER | {"survey": "nps", "score": 0}),
    ("feedback.answered", ANSWER | {"survey": "nps", "score": 1, "scale_min": 1}),
    ("feedback.answered", ANSWER | {"survey": "ces", "score": 7}),
    ("feedback.answered", ANSWER | {"survey": "csat", "score": -2.5, "scale_min": -3, "scale_max": 3}),
    ("feedback.answered", ANSWER | {"survey": "stars", "dismissed": True, "sentiment": 1}),
    ("feedback.answered", ANSWER | {"survey": "stars", "deleted": True, "dismissed": True, "score": None}),
    ("feedback.ticket_changed", {"ticket_id": "t", "change": "opened", "actor": "bot", "severity": 1}),
    ("growth.lead_changed", {"lead_id": "l", "stage": "lost"}),
    ("growth.spend_recorded", {"amount": -1, "currency": "JPY"}),
]

BAD = [
    ("usage.tracked", {"name": "x"}, "user_id: missing, and so is anonymous_id; give"),
    ("usage.page_viewed", {"path": "/"}, "user_id: missing"),
    ("billing.subscription_changed", SUBSCRIPTION | {"discounts": [{"duration": "once"}]}, "percent_off: missing"),
    (
        "billing.subscription_changed",
        SUBSCRIPTION | {"discounts": [{"percent_off": 1, "amount_off": 1, "currency": "USD", "duration": "once"}]},
        "percent_off: given together with amount_off",
    ),
    (
        "billing.subscription_changed",
        SUBSCRIPTION | {"discounts": [{"amount_off": 1, "duration": "once"}]},
        "currency: missing",
    ),
    ("billing.payment_succeeded", PAYMENT | {"tax": 101}, "tax: is more than amount"),
    ("billing.payment_succeeded", PAYMENT | {"tax": 10, "metered": 91}, "metered: is more than amount - tax"),
    ("billing.refunded", MONEY | {"refund_id": "r", "amount": 1, "tax": 2}, "tax: is more"),
    ("billing.dispute_changed", MONEY | {"dispute_id": "d", "amount": 1, "tax": 2, "status": "won"}, "tax: is more"),
    (
        "uptime.status_changed",
        {"service": "api", "status": "down", "until": "2026-11-22T11:00:00+01:00"},
        "until: is not after time",
    ),
    ("uptime.requests_counted", {"service": "api", "total": 1, "good": 2}, "good: is more than total"),
    (
        "uptime.maintenance_planned",
        WINDOW | {"starts_at": "2026-11-22T10:00:00Z", "ends_at": "2026-11-22T10:00:00Z"},
        "ends_at: is not after starts_at",
    ),
    ("feedback.answered", ANSWER | {"survey": "nps"}, "score: missing"),
    ("feedback.answered", ANSWER | {"survey": "nps", "score": 3, "dismissed": True}, "score: given"),
    ("feedback.answered", ANSWER | {"survey": "nps", "score": 3, "deleted": True}, "score: given"),
    ("feedback.answered", ANSWER | {"survey": "nps", "score": 11}, "score: is outside the scale 0 … 10"),
    ("feedback.answered", ANSWER | {"survey": "csat", "score": 0}, "score: is outside the scale 1 … 5"),
    ("feedback.answered", ANSWER | {"survey": "nps", "score": 3, "scale_max": 5}, "scale_max: an nps scale is"),
    ("feedback.answered", ANSWER | {"survey": "csat", "score": 1, "scale_max": 1}, "scale_min: is not below"),
    ("feedback.answered", ANSWER | {"survey": "csat", "dismissed": True, "scale_min": 9}, "scale_min: is not below"),
    (
        "usage.tracked",
        {
            "name": "x",
            "user_id": "ann",
            "time": "0001-01-01T00:00:00Z",
            "sent_at": "9999-01-01T00:00:00Z",
            "received_at": "0001-01-01T00:00:00Z",
        },
        "time: is outside the years",
    ),
]

# Ranges and currencies are also part of the types, which report them first, with all other wrong fields.
RANGES = [
    ("billing.subscription_changed", SUBSCRIPTION | {"items": [ITEM | {"quantity": -1}]}, "quantity"),
    ("billing.subscription_changed", SUBSCRIPTION | {"items": [ITEM | {"interval_count": 0}]}, "interval_count"),
    ("billing.subscription_changed", SUBSCRIPTION | {"items": [ITEM | {"currency": "usd"}]}, "currency"),
    (
        "billing.subscription_changed",
        SUBSCRIPTION | {"discounts": [{"percent_off": 101, "duration": "once"}]},
        "percent",
    ),
    (
        "billing.subscription_changed",
        SUBSCRIPTION | {"discounts": [{"amount_off": -1, "currency": "USD", "duration": "once"}]},
        "amount_off",
    ),
    (
        "billing.subscription_changed",
        SUBSCRIPTION | {"discounts": [{"amount_off": 1, "currency": "XXX", "duration": "once"}]},
        "currency",
    ),
    ("billing.payment_succeeded", PAYMENT | {"amount": -1}, "amount"),
    ("billing.payment_succeeded", PAYMENT | {"tax": -1}, "tax"),
    ("billing.payment_succeeded", PAYMENT | {"metered": -1}, "metered"),
    ("billing.payment_failed", PAYMENT | {"amount": -1}, "amount"),
    ("billing.cost_recorded", {"kind": "other", "amount": 1, "currency": "ABC"}, "currency"),
    ("uptime.checked", {"service": "api", "ok": True, "latency_ms": -0.1}, "latency_ms"),
    ("uptime.requests_counted", {"service": "api", "total": -1, "good": 0}, "total"),
    ("uptime.requests_counted", {"service": "api", "total": 1, "good": -1}, "good"),
    ("uptime.incident_changed", {"incident_id": "i", "status": "opened", "severity": 0}, "severity"),
    ("feedback.ticket_changed", {"ticket_id": "t", "change": "opened", "actor": "bot", "severity": 6}, "severity"),
    ("feedback.answered", ANSWER | {"survey": "csat", "score": 1, "sentiment": -1.01}, "sentiment"),
    ("growth.spend_recorded", {"amount": 1, "currency": "Euro"}, "currency"),
]

PARTS = {"items": MODELS["billing.subscription_changed"].model_fields, "discounts": None}


def model(name, fields):
    return MODELS[name].model_validate(ENVELOPE | fields)


def plain(name, fields):
    """An object of no class of ours with the attributes of an event, made without any check."""
    kind = MODELS[name]
    values = {field: info.default for field, info in kind.model_fields.items() if not info.is_required()}
    if name == "feedback.answered":
        values |= {"scale_min": None, "scale_max": None}
    values |= {"type": name} | ENVELOPE | fields
    for part, defaults in (
        ("items", {"interval_count": 1, "quantity": 1}),
        ("discounts", {"percent_off": None, "amount_off": None, "currency": None}),
    ):
        if part in values:
            values[part] = [SimpleNamespace(**defaults | entry) for entry in values[part]]
    moments = {key: rules_time(value) for key, value in values.items() if key in MOMENTS}
    return SimpleNamespace(**values | moments)


MOMENTS = {"time", "sent_at", "received_at", "until", "starts_at", "ends_at"}


def rules_time(text):
    from schemas.times import parse_time

    return None if text is None else parse_time(text)


@pytest.mark.parametrize(("name", "fields"), GOOD)
def test_good_events_pass(name, fields):
    assert model(name, fields).type == name
    rules.check(plain(name, fields))


@pytest.mark.parametrize(("name", "fields", "why"), BAD)
def test_broken_rules_are_reported_by_the_model_and_by_the_rule_alike(name, fields, why):
    with pytest.raises(ValidationError) as by_model:
        model(name, fields)
    with pytest.raises(rules.RuleError) as by_rule:
        rules.check(plain(name, fields))

    said = str(by_model.value.errors()[0]["ctx"]["error"])
    assert why in said
    assert str(by_rule.value).endswith(said)


@pytest.mark.parametrize(("name", "fields", "field"), RANGES)
def test_ranges_hold_in_the_model_and_in_the_rules(name, fields, field):
    with pytest.raises(ValidationError, match=field):
        model(name, fields)
    with pytest.raises(rules.RuleError, match=rf"{field}.*: .+; .+"):
        rules.check(plain(name, fields))


@pytest.mark.parametrize("missing", ["user_id", "anonymous_id"])
def test_identified_needs_both_ids(missing):
    fields = {"user_id": "ann", "anonymous_id": "anon"}
    with pytest.raises(ValidationError, match=missing):
        model("usage.identified", {name: value for name, value in fields.items() if name != missing})
    with pytest.raises(rules.RuleError, match=f"{missing}: missing"):
        rules.check(plain("usage.identified", fields | {missing: None}))


def test_part_of_a_subscription_is_named_by_its_place():
    fields = SUBSCRIPTION | {"items": [ITEM, ITEM | {"currency": "dollar"}]}

    with pytest.raises(rules.RuleError, match=r"^items\[1\]\.currency: is no ISO 4217 code; write"):
        rules.check(plain("billing.subscription_changed", fields))


def test_rules_are_for_types_that_exist():
    assert set(rules.RULES) <= set(MODELS)
    assert set(MODELS) - set(rules.RULES) == {"growth.lead_changed"}


@pytest.mark.parametrize(("survey", "scale"), [("nps", (0, 10)), ("csat", (1, 5)), ("ces", (1, 7)), ("stars", (1, 5))])
def test_usual_scales(survey, scale):
    event = model("feedback.answered", ANSWER | {"survey": survey, "score": 3})

    assert (event.scale_min, event.scale_max) == scale == rules.scale(event)
    assert rules.scale(SimpleNamespace(survey=survey, scale_min=None, scale_max=None)) == scale


def test_corrected_time_may_be_the_first_and_the_last_instant():
    for at in (MIN_TIME, MAX_TIME):
        rules.clock(SimpleNamespace(time=0, sent_at=0, received_at=at))
    for at in (MIN_TIME - 1, MAX_TIME + 1):
        with pytest.raises(rules.RuleError):
            rules.clock(SimpleNamespace(time=0, sent_at=0, received_at=at))


def test_models_are_frozen_and_made_in_python_too():
    event = model("feedback.answered", ANSWER | {"survey": "csat", "score": 5})
    with pytest.raises(ValidationError, match="frozen"):
        event.score = 4

    assert isinstance(event, FeedbackAnswered)
    discount = Discount(percent_off=10, duration="forever")
    subscription = BillingSubscriptionChanged(**ENVELOPE | SUBSCRIPTION, discounts=[discount])
    assert subscription.discounts == (discount,)
