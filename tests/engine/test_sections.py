"""Sections of `vitals.yaml`: what is valid, and what a mistake is told."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from pydantic import ValidationError

from stream.engine.definitions import Definitions


def read(**sections):
    return Definitions.model_validate(sections)


def messages(**sections):
    with pytest.raises(ValidationError) as caught:
        read(**sections)
    return [
        (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))
        for error in caught.value.errors()
    ]


DURATION = "must be a duration such as 30s, 15m, 6h, 1d or 1w"
RULE = {"name": "r", "value": "mrr", "above": 1}


def test_an_empty_file_is_valid():
    assert read() == Definitions()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("business.zone", "UTC"),
        ("business.week_start", "monday"),
        ("business.currency", "USD"),
        ("sessions.gap", 1_800),
        ("sessions.heartbeat", 10),
        ("sessions.min_visit", 5),
        ("lateness.allowed", 5),
        ("lateness.grace.usage", 3_600),
        ("lateness.grace.uptime", 3_600),
        ("lateness.grace.billing", 35 * 86_400),
        ("lateness.grace.feedback", 35 * 86_400),
        ("lateness.grace.growth", 35 * 86_400),
        ("lateness.future", 300),
        ("mrr.discounts", "recurring"),
        ("mrr.past_due", "counts"),
        ("mrr.paused", "excluded"),
        ("mrr.churn_at", "period_end"),
        ("mrr.netting", 3_600),
        ("mrr.renewal_grace", 14 * 86_400),
        ("growth.trial_length", 14 * 86_400),
        ("growth.trial_grace", 7 * 86_400),
        ("alerting.interval", 60),
        ("alerting.catch_up", 7_200),
        ("alerting.stalled", 300),
        ("alerting.page_within", 900),
        ("alerting.early", False),
        ("alerting.max_per_hour", 60),
        ("quality.check_stale", 300),
        ("quality.outage_merge", 60),
        ("segments", ["plan", "country", "service"]),
    ],
)
def test_a_default_is_the_contracts(path, value):
    found = read()
    for name in path.split("."):
        found = getattr(found, name)

    assert found == value


@pytest.mark.parametrize(
    ("sections", "where", "says"),
    [
        (
            {"business": {"zone": "Berlin"}},
            "business.zone",
            "'Berlin' is no IANA time zone; write one like Europe/Berlin",
        ),
        ({"sessions": {"gap": 30}}, "sessions.gap", DURATION),
        ({"sessions": {"gap": True}}, "sessions.gap", DURATION),
        (
            {"sessions": {"gap": "half an hour"}},
            "sessions.gap",
            "'half an hour' is no duration; write a whole number and a unit, like 30s, 15m, 6h, 1d or 1w",
        ),
        ({"feedback": {"complaint_sentiment": "0"}}, "feedback.complaint_sentiment", "must be a number"),
        ({"segments": ["plan", "plan"]}, "", "segments: plan stands there twice; names are unique"),
        ({"rules": [RULE, RULE]}, "", "rules: r stands there twice; names are unique"),
        ({"features": [{"name": "a"}, {"name": "a"}]}, "", "features: a stands there twice; names are unique"),
    ],
)
def test_a_mistake_is_told_with_the_fix(sections, where, says):
    assert messages(**sections) == [(where, says)]


@pytest.mark.parametrize(
    "sections",
    [
        {"company": {}},
        {"business": {"zone": "UTC", "colour": "red"}},
        {"lateness": {"grace": {"usages": "1h"}}},
        {"features": [{"name": "a", "plan": "pro"}]},
    ],
)
def test_an_unknown_key_is_a_mistake(sections):
    assert [said for _, said in messages(**sections)] == ["Extra inputs are not permitted"]


@pytest.mark.parametrize("rate", [0, -1, "1.08", True, None, 1.08])
def test_what_is_no_exact_number_above_0_is_no_rate(rate):
    says = "must be a rate above 0: units of the reporting currency for one unit of this one, like 1.08"

    assert says in [said for _, said in messages(fx={"EUR": rate})]


@pytest.mark.parametrize("fx", [{"EURO": 1}, {"eur": 1}, [{"from": date(2026, 1, 1), "XYZ": 1}], [{"EUR": 1}]])
def test_rates_are_of_known_currencies_and_dated_in_a_list(fx):
    assert messages(fx=fx)


def test_a_dated_rate_is_a_fraction():
    (entry,) = read(fx=[{"from": date(2026, 1, 1), "EUR": Decimal("1.08")}]).fx

    assert (entry.from_date, entry.rates) == (date(2026, 1, 1), {"EUR": Fraction(27, 25)})


def test_sections_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        read().business.zone = "Europe/Berlin"


@pytest.mark.parametrize("name", ["Plan", "1plan", "plan-b", "", "_plan"])
def test_a_dimension_is_snake_case(name):
    assert messages(segments=[name])


@pytest.mark.parametrize("apdex", ["500", "0.5s", "ms", "-1ms", "500 ms"])
def test_apdex_is_in_whole_milliseconds(apdex):
    assert messages(quality={"apdex": apdex})


def test_an_interval_of_judging_is_at_least_a_second():
    assert messages(alerting={"interval": "0s"})
