"""What is wrong with targets and trends: all at once, each with its line and the fix."""

import pytest

from stream.settings.definitions_file import WrongDefinitions, parse_definitions

WRONG = """\
targets:
  - {value: mrr, by: month}
  - {name: b, value: mrr, at_least: 5, at_most: 6, by: month}
  - {name: c, value: mrrr, at_least: 5, by: month}
  - {name: d, value: features.30d, at_least: 5, by: month}
  - {name: e, value: events.30d, at_least: 5, by: month}
  - {name: f, value: events.month, at_least: 5, by: quarter}
  - {name: g, value: mrr, at_least: 5, by: 2026-12-31}
  - {name: h, value: mrr, at_least: 5, by: 2026-12-31, from: 2027-01-01}
  - {name: i, value: mrr, at_least: 5, by: fortnight}
  - {name: j, value: mrr, at_least: 5, by: month, from: 2026-01-01, segment: plam=pro}
  - {name: j, value: mrr, at_least: 5, by: month, segment: plam=pro}
trends:
  - {name: a, value: mrr, season: hour, samples: 25}
  - {name: b, value: mrr, season: week, samples: 6}
  - {name: c, value: churn_rate.5m}
rules:
  - {name: r, value: target_mrr_speed, below: 1}
"""
SAID = [
    "line 2: targets[0]: exactly one of at_least and at_most is needed; write one of them",
    "line 3: targets[1]: exactly one of at_least and at_most is needed; write one of them",
    "line 4: targets[2].value: there is no value mrrr; did you mean mrr?",
    "line 5: targets[3].value: features.30d is a table; a rule compares a number",
    "line 6: targets[4].value: events.30d does not begin with the month; write events.month",
    "line 7: targets[5].value: events adds up from the beginning of a day, week or month; write by: day, week or month",
    "line 8: targets[6]: from: missing; a target by a date needs the first day of its period",
    "line 9: targets[7]: from: is after by; swap them",
    "line 10: targets[8].by: must be day, week, month, quarter, year, or a date like 2026-12-31",
    "line 11: targets[9]: from: goes with a date, and month begins by itself; remove it",
    "line 12: targets[10].name: j stands there twice; names are unique",
    "line 12: targets[10].segment: plam is no dimension under `segments:`; write plan",
    "line 14: trends[0]: samples: at most 24 hours back; lower it, or take season: day",
    "line 15: trends[1]: samples: what a value was is kept for 35 days; lower it to 5",
    "line 16: trends[2].value: there is no value churn_rate.5m; write one of",
    "line 18: rules[0].value: there is no value target_mrr_speed; ",
]


def test_everything_is_said_at_once_with_its_line_and_the_fix():
    with pytest.raises(WrongDefinitions) as wrong:
        parse_definitions(WRONG)
    said = [str(problem) for problem in wrong.value.problems]

    assert len(said) == len(SAID)
    assert [one for one, begin in zip(said, SAID, strict=True) if not one.startswith(begin)] == []


def test_a_rule_may_compare_the_pace_of_a_target_and_the_score_of_a_trend():
    text = (
        "targets: [{value: mrr, at_least: 5, by: month}]\ntrends: [{name: mrr, value: mrr}]\n"
        "rules: [{name: a, value: target_mrr_pace, below: 0.9}, {name: b, value: trend_mrr_score, outside: [-3, 3]}]"
    )

    assert len(parse_definitions(text).rules) == 2
