"""Rules as they are written: what is refused and why, what a condition says, and what goes into an alert."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stream.engine.alerting.conditions import judge
from stream.engine.alerting.judge import Judge
from stream.engine.alerting.lifecycle import definition_of, fingerprint
from stream.engine.alerting.rules import Rule
from stream.engine.definitions import Definitions

RULE = {"name": "r", "value": "mrr"}
AT = 1_795_341_600


def rule(**options):
    return Rule.model_validate(RULE | options)


def messages(**options):
    with pytest.raises(ValidationError) as caught:
        rule(**options)
    return [error["msg"].removeprefix("Value error, ") for error in caught.value.errors()]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "exactly one of above, below, outside, and, or is needed; there is none"),
        (
            {"above": 1, "below": 2},
            "exactly one of above, below, outside, and, or is needed; there is above and below",
        ),
        (
            {"above": 1, "or": [{"below": 1}]},
            "exactly one of above, below, outside, and, or is needed; there is above and or",
        ),
        ({"outside": [2, 1]}, "outside: the first number is the lower one; swap them"),
        (
            {"above": 1, "recover_below": 2},
            "recover_below: goes with above or outside, and is not above the threshold; lower it",
        ),
        (
            {"below": 1, "recover_below": 0},
            "recover_below: goes with above or outside, and is not above the threshold; lower it",
        ),
        (
            {"below": 1, "recover_above": 0},
            "recover_above: goes with below or outside, and is not below the threshold; raise it",
        ),
        (
            {"and": [{"above": 1}], "recover_below": 0},
            "recover_below: goes with above or outside, and is not above the threshold; lower it",
        ),
        (
            {"value": None, "above": 1},
            "value: missing; name the published value that is compared, like churn_rate.30d",
        ),
        (
            {"value": None, "and": [{"value": "mrr", "above": 1}, {"above": 1}]},
            "value: missing; name the published value that is compared, like churn_rate.30d",
        ),
        ({"above": 1, "each": "plan", "segment": "plan=pro"}, "each: together with segment; leave one of them out"),
        (
            {"and": [{"and": [{"and": [{"and": [{"above": 1}]}]}]}]},
            "conditions are nested deeper than 3; flatten them",
        ),
        ({"levels": [1]}, "levels: this kind of condition is not built yet; use above, below or outside"),
        (
            {"change": {"over": "7d", "above": 1}},
            "change: this kind of condition is not built yet; use above, below or outside",
        ),
        ({"above": "1"}, "must be a number"),
        ({"above": True}, "must be a number"),
        ({"above": 1, "for": 5}, "must be a duration such as 30s, 15m, 6h, 1d or 1w"),
    ],
)
def test_a_mistake_is_told_with_the_fix(options, says):
    assert messages(**options) == [says]


@pytest.mark.parametrize(
    "options",
    [
        {"above": 1, "name": "Not snake"},
        {"above": 1, "segment": "pro"},
        {"above": 1, "segment": "plan="},
        {"above": 1, "severity": "critical"},
        {"above": 1, "no_data": "maybe"},
        {"above": 1, "failure_count": 0},
        {"above": 1, "success_count": 0},
        {"above": 1, "colour": "red"},
        {"and": []},
        {"outside": [1]},
        {"outside": [1, 2, 3]},
    ],
    ids=str,
)
def test_what_the_contract_does_not_know_is_refused(options):
    assert messages(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"above": 1, "recover_below": 1},
        {"below": 1, "recover_above": 1},
        {"outside": [1, 1]},
        {"outside": [1, 5], "recover_below": 4, "recover_above": 2},
        {"value": None, "or": [{"value": "mrr", "above": 1}, {"value": "arr", "below": 1}]},
        {"and": [{"and": [{"and": [{"above": 1}]}]}]},
        {"above": 1, "repeat_interval": 0},
        {"above": 1, "segment": "all"},
        {"above": 1, "segment": "plan=a=b"},
    ],
    ids=str,
)
def test_what_the_contract_knows_is_valid(options):
    assert rule(**options)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("for_", 0),
        ("keep_firing_for", 0),
        ("failure_count", 1),
        ("success_count", 1),
        ("no_data", "keep"),
        ("severity", "ticket"),
        ("labels", {}),
        ("group_by", ["rule"]),
        ("group_wait", 30),
        ("group_interval", 300),
        ("repeat_interval", 14_400),
        ("max_per_hour", 12),
        ("send_resolved", True),
    ],
)
def test_a_default_is_the_catalogues(name, value):
    assert getattr(rule(above=1), name) == value


def holds(value, *, firing=False, **options):
    return judge(rule(**options), "all", lambda *_: value, firing=firing).holds


@pytest.mark.parametrize(
    ("options", "value", "true"),
    [
        ({"above": 5}, 5, False),
        ({"above": 5}, Fraction(5_000_001, 1_000_000), True),
        ({"below": 5}, 5, False),
        ({"below": 5}, Fraction(4_999_999, 1_000_000), True),
        ({"outside": [2, 5]}, 2, False),
        ({"outside": [2, 5]}, 5, False),
        ({"outside": [2, 5]}, 6, True),
        ({"outside": [2, 5]}, 1, True),
        ({"above": 5}, None, None),
        ({"outside": [2, 5]}, None, None),
    ],
)
def test_a_comparison(options, value, true):
    assert holds(value, **options) is true


def test_a_comparison_is_exact_where_a_published_number_would_be_rounded():
    assert holds(Fraction(1, 3), above=Decimal("0.333333")) is True


@pytest.mark.parametrize(
    ("options", "value", "true"),
    [
        ({"above": 5, "recover_below": 4}, 4, True),
        ({"above": 5, "recover_below": 4}, Fraction(39, 10), False),
        ({"below": 5, "recover_above": 6}, 6, True),
        ({"below": 5, "recover_above": 6}, Fraction(61, 10), False),
        ({"outside": [2, 5], "recover_below": 4}, 4, True),
        ({"outside": [2, 5], "recover_above": 3}, 3, True),
        ({"outside": [2, 5], "recover_below": 4}, 2, False),
        ({"outside": [2, 5], "recover_below": 4, "recover_above": 3}, Fraction(7, 2), False),
        ({"above": 5}, 5, False),
    ],
)
def test_while_it_fires_the_recovery_threshold_stands_for_the_threshold(options, value, true):
    assert holds(value, firing=True, **options) is true


TRUTHS = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=4)


def joined(how, truths):
    parts = [{"value": f"v{number}", "above": 0} for number in range(len(truths))]
    values = {f"v{number}": None if truth is None else int(truth) for number, truth in enumerate(truths)}
    return judge(rule(**{how: parts}), "all", lambda _, name: values[name], firing=False)


@given(TRUTHS)
def test_and_is_false_if_one_is_false_else_null_if_one_is_null(truths):
    assert joined("and", truths).holds is (False if False in truths else None if None in truths else True)


@given(TRUTHS)
def test_or_is_true_if_one_is_true_else_null_if_one_is_null(truths):
    assert joined("or", truths).holds is (True if True in truths else None if None in truths else False)


def test_value_and_threshold_are_those_of_the_first_true_condition():
    found = judge(
        rule(**{"or": [{"value": "a", "above": 10}, {"value": "b", "above": 1}, {"value": "c", "above": 2}]}),
        "all",
        lambda _, name: {"a": 5, "b": 6, "c": 7}[name],
        firing=False,
    )

    assert (found.value, found.threshold) == (6, 1)


@pytest.mark.parametrize(("value", "threshold"), [(6, 5), (1, 2)])
def test_the_threshold_of_outside_is_the_one_that_is_passed(value, threshold):
    assert judge(rule(outside=[2, 5]), "all", lambda *_: value, firing=False).threshold == threshold


def test_a_condition_has_its_own_value_and_segment_or_else_the_rules():
    asked = []
    conditions = [{"above": 1}, {"value": "arr", "above": 1}, {"segment": "plan=pro", "above": 1}]
    judge(rule(**{"or": conditions}), "country=DE", lambda *named: asked.append(named), firing=False)

    assert asked == [("country=DE", "mrr"), ("country=DE", "arr"), ("plan=pro", "mrr")]


@pytest.mark.parametrize("change", [{"above": 2}, {"for": "1m"}, {"each": "plan"}, {"value": "arr"}], ids=str)
def test_what_a_rule_judges_by_is_its_definition(change):
    assert definition_of(rule(above=1)) != definition_of(rule(**{"above": 1} | change))


@given(st.integers(0, 4 * 10**9), st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3))
def test_a_fingerprint_has_16_bytes_in_hex(starts_at, labels):
    found = fingerprint("r", "all", labels, starts_at)

    assert (len(found), int(found, 16) >= 0) == (32, True)


def test_the_order_of_labels_does_not_change_a_fingerprint():
    assert fingerprint("r", "all", {"a": "1", "b": "2"}, AT) == fingerprint("r", "all", {"b": "2", "a": "1"}, AT)


def test_a_fingerprint_is_the_one_that_consumers_compute():
    assert fingerprint("churn_spike", "all", {}, AT) == "b2e202b896b2b80693b74b1d9c8a8607"


def told(*rules, segments=(), value=2, at=AT, states=None):
    definitions = Definitions.model_validate({"rules": [RULE | one for one in rules]})
    judged = Judge(definitions, {} if states is None else states)
    lookup = value if callable(value) else lambda *_: value
    return [one.alert for one in judged.instant(at, segments, lookup)]


def test_each_is_one_alert_for_every_value_of_the_dimension():
    found = told({"above": 1, "each": "plan"}, segments=["all", "plan=b", "plan=a", "planet=x"])

    assert [alert.segment for alert in found] == ["plan=a", "plan=b"]


def test_a_segment_that_is_gone_is_as_null():
    """It keeps firing: whether the value has recovered is not known."""
    states = {}
    told({"above": 1, "each": "plan"}, segments=["plan=a"], states=states)

    assert told({"above": 1, "each": "plan"}, value=None, at=AT + 60, states=states) == []


def test_alerts_of_one_instant_come_by_rule_then_segment():
    found = told(
        {"name": "b", "above": 1},
        {"name": "a", "above": 1, "each": "plan"},
        segments=["plan=y", "plan=x"],
    )

    assert [(alert.rule, alert.segment) for alert in found] == [("a", "plan=x"), ("a", "plan=y"), ("b", "all")]


@pytest.mark.parametrize(
    ("summary", "says"),
    [
        ("{rule}: {value} in {segment}", "r: 0.0625 in all"),
        ("MRR {value:.1%} over {threshold:.1%}", "MRR 6.2% over 1.0%"),
        ("{severity}, {team}, since {starts_at}", "page, growth, since 2026-11-22T10:00:00Z"),
        ("{value!s} {value!r}", "0.0625 0.0625"),
        ("", ""),
    ],
)
def test_a_summary_says_what_it_knows(summary, says):
    options = {"above": Decimal("0.01"), "summary": summary, "severity": "page", "labels": {"team": "growth"}}

    assert [alert.summary for alert in told(options, value=Fraction(1, 16))] == [says]


def test_a_null_in_a_summary_is_no_data_whatever_its_format():
    (alert,) = told({"above": 1, "no_data": "alert", "summary": "{value:.1%}"}, value=None)

    assert (alert.summary, alert.value) == ("no data", None)


def test_the_name_of_the_value_is_that_of_the_first_comparison():
    (alert,) = told({"value": None, "or": [{"value": "arr", "above": 1}, {"value": "mrr", "above": 1}]})

    assert alert.value_name == "arr"


def test_without_rules_there_is_nothing_to_judge():
    assert not Judge(Definitions(), {})
