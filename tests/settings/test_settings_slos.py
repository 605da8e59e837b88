"""`slos:` of `vitals.yaml`: names that there are, and what is said of those that there are not."""

import pytest

from stream.settings.definitions_file import WrongDefinitions, parse_definitions
from stream.settings.slo_names import slow_pairs


def problems(text):
    with pytest.raises(WrongDefinitions) as caught:
        parse_definitions(text)
    return [str(problem) for problem in caught.value.problems]


def test_an_objective_of_the_contract_is_read():
    text = "slos: [{name: api, value: availability, service: api, objective: 0.999, period: 30d}]"

    assert parse_definitions(text).slos[0].of == "service=api"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("slos: [{name: a, value: availability_rate, objective: 0.9, pairs: []}]", "did you mean availability?"),
        (
            "slos: [{name: a, value: mrr, objective: 0.9, pairs: []}]",
            "mrr is no ratio of what is good and what is valid",
        ),
        (
            "slos: [{name: a, value: availability, segment: plan=pro, objective: 0.9, pairs: []}]",
            "availability has no values for plan=pro; it has them for `service`, whether or not it is configured",
        ),
        (
            "slos: [{name: a, value: csat, objective: 0.9, pairs: []}, {name: a, value: csat, objective: 0.999}]",
            "a stands there twice; names are unique",
        ),
        ("slos: [{name: a, value: csat, objective: 0.9, pairs: [], perod: 7d}]", "write period"),
        ("rules: [{name: r, value: slo_a_met, below: 1}]", "there is no value slo_a_met"),
    ],
)
def test_what_is_wrong_is_said_with_its_fix(text, says):
    assert says in "\n".join(problems(text))


def test_a_rule_may_compare_a_value_of_an_objective():
    text = """
slos: [{name: a, value: csat, objective: 0.9, pairs: []}]
rules: [{name: r, value: slo_a_budget_left, below: 0.2}]
"""
    assert parse_definitions(text).rules[0].value == "slo_a_budget_left"


def test_a_ratio_of_ones_own_can_be_an_objective():
    text = """
kpis: [{name: fine, event: usage.tracked, aggregate: ratio, good: {outcome: success}}]
slos: [{name: a, value: fine, objective: 0.9, pairs: []}]
"""
    assert parse_definitions(text).slos[0].value == "fine"


def test_a_written_pair_that_fires_while_the_budget_lasts_is_told():
    text = "slos: [{name: a, value: csat, objective: 0.9, pairs: [{budget: 0.001, long: 1h, short: 5m}]}]"

    assert "fires while the budget would last" in slow_pairs(parse_definitions(text))[0]
