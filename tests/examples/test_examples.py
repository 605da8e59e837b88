"""Worked examples, one by one, through the engine in any order, and through `vitals replay`; live: `tests/live`."""

import pytest

from examples import FAMILIES, RUNS, examples, wrong
from examples.loading import WrongExample, parse

EXAMPLES = [example for family in FAMILIES for example in examples(family)]
NAMES = [f"{example.family}: {example.name}" for example in EXAMPLES]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.__name__.replace("_", " "))
@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_values_are_those_computed_by_hand(example, run, tmp_path):
    found = run(example, tmp_path)

    assert found
    assert not wrong(example, found), "\n".join(wrong(example, found))


GOOD = """
- name: one
  from: somewhere
  events: [{type: usage.tracked, time: 2026-03-01T10:00:00Z, user_id: ann, name: use}]
  expect:
    - as_of: 2026-03-01T11:00:00Z
      values: {active_users.1h: 2, error_rate.1h: 1/3, features.2d: []}
      reasons: {mrr: none}
"""


def test_what_is_not_as_expected_is_said_with_the_example_the_value_and_both(tmp_path):
    (example,) = parse(GOOD, "some")

    assert wrong(example, RUNS[0](example, tmp_path)) == [
        "some.yaml: one: at 2026-03-01T11:00:00Z, all: active_users.1h: expected 2, found 1",
        "some.yaml: one: at 2026-03-01T11:00:00Z, all: error_rate.1h: expected 0.333333, found 0.0",
        "some.yaml: one: at 2026-03-01T11:00:00Z, all: features.2d: expected [], found 'missing'",
        "some.yaml: one: at 2026-03-01T11:00:00Z, all: reason of mrr: expected 'none', found None",
    ]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (
            "from: somewhere",
            "form: somewhere",
            r"some.yaml, line 2: \[0\]: needs events, expect, from, name; there may be",
        ),
        ("type: usage.tracked, ", "", r"line 4: \[0\].events\[0\]: is no event; give it a type and a time"),
        ("10:00:00Z", "10:00:00", r"line 4: \[0\].events\[0\].time: "),
        ("from:", "config: {mr: {}}\n  from:", r"line 3: \[0\].config: line 1: mr: is no key"),
        ("events: [", "events: [[", r"some.yaml, line \d"),
        (GOOD, GOOD + GOOD, r"some.yaml: one: stands there twice"),
        (GOOD, "name: one", r"is no list of examples"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(good, bad, said):
    with pytest.raises(WrongExample, match=said):
        parse(GOOD.replace(good, bad), "some")
