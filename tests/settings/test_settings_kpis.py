"""What is wrong with KPIs of one's own: all at once, each with its line and the fix."""

import pytest

from stream.settings.definitions_file import WrongDefinitions, parse_definitions

WRONG = """\
kpis:
  - {name: mrr, event: usage.tracked, aggregate: count}
  - {name: a, event: usage.trackd, aggregate: count}
  - name: b
    event: usage.tracked
    filter:
      outcom: failure
      outcome: failed
      value: "10"
      name: {above: 5}
      attributes.x: {foo: 1}
      any: [{feature: [1]}, {plan: []}]
      channel: {exists: 1, not: {a: b}}
      country: {prefix: 5}
      platform: {}
    aggregate: sum
  - {name: c, event: feedback.answered, aggregate: distinct, of: respondent_id}
  - {name: d, event: [usage.tracked, growth.lead_changed], aggregate: distinct, of: user_id}
  - {name: e, event: billing.payment_succeeded, aggregate: sum, of: amount, currency: true, unit: euros, q: 0.5}
  - {name: f, event: usage.tracked, aggregate: quantile, of: name, q: [0.5, 1.5], group: attributes.a-b}
  - {name: g, event: usage.tracked, aggregate: latest, of: [value, active], window: 24h, by: user_id}
  - {name: b, event: usage.tracked, aggregate: ratio}
  - {name: h, event: usage.tracked, aggregate: sum, of: value, currency: true}
  - {name: i, event: usage.tracked, aggregate: latest, of: value, combine: min, group: feature}
  - {name: j, event: usage.tracked, aggregate: quantile, of: value, q: [0.5]}
  - {name: refunds, event: usage.tracked, aggregate: count, filter: [a], window: [5m, 2h]}
  - {name: renewals_due_by, event: usage.tracked, aggregate: count, any: 1}
"""
SAID = [
    "line 2: kpis[0].name: mrr is a value of the catalogue; give this one another name",
    "line 3: kpis[1].event: there are no events of type usage.trackd; write usage.tracked",
    "line 4: kpis[2]: of: missing; sum needs it",
    "line 7: kpis[2].filter.outcom: outcom is no field of these events; write outcome",
    "line 8: kpis[2].filter.outcome: is none of failure, success: nothing would ever match",
    "line 9: kpis[2].filter.value: is text, and this field is a number: nothing would ever match",
    "line 10: kpis[2].filter.name.above: goes with numbers, and this field is text",
    (
        "line 11: kpis[2].filter.attributes.x.foo: is no comparison; there are not, above, below, at_least, at_most, "
        "prefix, exists"
    ),
    "line 12: kpis[2].filter.any[0].feature[0]: is a number, and this field is text: nothing would ever match",
    "line 12: kpis[2].filter.any[1].plan: is an empty list, which nothing matches; give values, or remove it",
    "line 13: kpis[2].filter.channel.exists: must be true or false",
    "line 13: kpis[2].filter.channel.not: must be a value or a list of values",
    "line 14: kpis[2].filter.country.prefix: goes with text; compare numbers by at_least and the like",
    (
        "line 15: kpis[2].filter.platform: says nothing; write a value, or one of not, above, below, at_least, "
        "at_most, prefix, exists"
    ),
    (
        "line 17: kpis[3].of: the same value of feedback events could be in several partitions; "
        "add account_id: [account_id, respondent_id]"
    ),
    (
        "line 18: kpis[4].of: the same value of growth events could be in several partitions; "
        "add lead_id: [lead_id, user_id]"
    ),
    "line 19: kpis[5].q: goes with quantile, not with sum; remove it",
    "line 19: kpis[5].unit: currency: true makes it money in the reporting currency; remove the unit",
    "line 20: kpis[6].group: its last word names the table; give the attribute a name of letters, digits and _",
    "line 20: kpis[6].of: name is no number; name a field that is",
    "line 20: kpis[6].q[1]: must be above 0 and below 1, like 0.95",
    (
        "line 21: kpis[7].by: the same value of usage events could be in several partitions; "
        "add account_id: [account_id, user_id]"
    ),
    "line 21: kpis[7].of: active is no number; name a field that is",
    "line 21: kpis[7].of: latest takes one field; a list goes with distinct",
    "line 21: kpis[7].window: latest is what holds now and has no window; remove it",
    "line 22: kpis[8]: good: missing; ratio needs it",
    "line 22: kpis[8].name: b stands there twice; names are unique",
    "line 23: kpis[9].of: value of usage.tracked is no amount with a currency; name one, or leave currency out",
    "line 24: kpis[10].group: goes with combine sum, mean and count, not with min; remove it",
    "line 25: kpis[11].q: is a list of one; write the number alone",
    "line 26: kpis[12].filter: is a list, must be a mapping; write key: value",
    (
        "line 26: kpis[12].window[1]: must be one of 5m, 1h, 24h, 7d, 30d, today, yesterday, week, last_week, month, "
        "last_month; write 24h"
    ),
    (
        "line 27: kpis[13].any: is no key of this file; the keys are name, version, event, filter, aggregate, of, "
        "good, q, currency, by, combine, expire, window, group, unit"
    ),
]


def test_everything_is_said_at_once_with_its_line_and_the_fix():
    with pytest.raises(WrongDefinitions) as wrong:
        parse_definitions(WRONG)

    assert [str(problem) for problem in wrong.value.problems] == SAID


def test_a_rule_may_compare_a_kpi_of_one_s_own():
    kpi = "kpis: [{name: used, event: usage.tracked, aggregate: count, window: 24h, group: feature}]\n"
    rule = "rules: [{name: r, value: VALUE, above: 1}]"

    assert parse_definitions(kpi + rule.replace("VALUE", "used.24h")).rules
    for value, said in {
        "used.1h": "there is no value used.1h; write one of used.24h",
        "used_by_feature.24h": "used_by_feature.24h is a table; a rule compares a number",
        "usd.24h": "there is no value usd.24h; did you mean used.24h?",
    }.items():
        with pytest.raises(WrongDefinitions) as wrong:
            parse_definitions(kpi + rule.replace("VALUE", value))
        assert str(wrong.value.problems[0]) == f"line 2: rules[0].value: {said}"


def test_two_kpis_may_not_share_the_name_of_a_value():
    kpis = "kpis:\n- {name: a, event: usage.tracked, aggregate: quantile, of: value, q: [0.5, 0.9]}\n"
    with pytest.raises(WrongDefinitions) as wrong:
        parse_definitions(kpis + "- {name: a_p50, event: usage.tracked, aggregate: count}")

    assert str(wrong.value.problems[0]) == "line 3: kpis[1].name: a_p50 is a value of a; give this one another name"
