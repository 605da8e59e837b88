"""The life of an alert, drawn: one character an instant of the grid, a minute apart.

values    .  calm    m  under the threshold, over the recovery one    !  over the threshold    ?  null
          (a blank: the instant is skipped, as in a gap of more than `catch_up`)
states    -  inactive    p  pending    F  begins to fire    f  fires    R  resolved (and inactive again)
"""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.engine.alerting.judge import Judge
from stream.engine.alerting.lifecycle import AlertState
from stream.engine.definitions import Definitions

START = 1_795_341_600
MINUTE = 60
VALUES = {".": Fraction(1, 100), "m": Fraction(45, 1000), "!": Fraction(6, 100), "?": None}
RULE = {"name": "churn_spike", "value": "churn_rate.30d", "above": 0.05}


def judge_of(states, *, alerting=None, **options):
    rule = {
        name: Decimal(str(value)) if isinstance(value, float) else value for name, value in (RULE | options).items()
    }
    if "below" in options:
        del rule["above"]
    return Judge(Definitions.model_validate({"rules": [rule], "alerting": alerting or {}}), states)


def draw(values, *, restart=False, **options):
    """Return the states that a course of values leads through."""
    states, drawn = {}, ""
    judge = judge_of(states, **options)
    for number, value in enumerate(values):
        if value == " ":
            drawn += " "
            continue
        if restart:
            states = {key: written_and_read(state) for key, state in states.items()}
            judge = judge_of(states, **options)
        told = judge.instant(START + number * MINUTE, [], lambda _, __, now=VALUES[value]: now)
        (state,) = states.values() or [None]
        drawn += {"firing": "F", "resolved": "R"}[told[0].alert.status] if told else (state.state[0] if state else "-")
    return drawn


def written_and_read(state):
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=AlertState)


LIVES = [
    # fires at the first true instant, resolves at the first false one
    ({}, "..!!..", "--FfR-"),
    ({}, "!.!.", "FRFR"),
    # the threshold itself is calm
    ({"above": 0.06}, "!!", "--"),
    ({"above": 0.06, "recover_below": 0.06}, "!!", "--"),
    ({"below": 0.02}, "!.!", "-FR"),
    ({"below": 0.01}, "..", "--"),
    # for: event time since the first true instant
    ({"for": "1m"}, "!!.", "pFR"),
    ({"for": "2m"}, "!!!.", "ppFR"),
    ({"for": "2m"}, "!!.!!!", "pp-ppF"),
    ({"for": "90s"}, "!!!", "ppF"),
    # failure_count: true instants in a row
    ({"failure_count": 2}, "!!.", "pFR"),
    ({"failure_count": 2}, "!.!!", "p-pF"),
    ({"failure_count": 3, "for": "1m"}, "!!!", "ppF"),
    ({"failure_count": 2, "for": "2m"}, "!!!", "ppF"),
    # recover_below: keeps firing between the thresholds, begins only over the higher one
    ({"recover_below": 0.04}, "m!mm.", "-FffR"),
    ({"recover_below": 0.045}, "!m.", "FfR"),
    ({}, "!m", "FR"),
    ({"below": 0.02, "recover_above": 0.05}, ".m!", "FfR"),
    ({"below": 0.02, "recover_above": 0.045}, ".m!", "FfR"),
    # keep_firing_for: since the last true instant
    ({"keep_firing_for": "2m"}, "!...", "FfR-"),
    ({"keep_firing_for": "2m"}, "!.!..", "FfffR"),
    ({"keep_firing_for": "2m"}, "!!!..", "FfffR"),
    # success_count: false instants in a row
    ({"success_count": 2}, "!..", "FfR"),
    ({"success_count": 2}, "!.!..", "FfffR"),
    ({"success_count": 3, "keep_firing_for": "1m"}, "!...", "FffR"),
    # no data, kept: nothing changes, neither way
    ({}, "?!?.", "-FfR"),
    ({"for": "2m"}, "!?!", "ppF"),
    ({"failure_count": 2}, "!?!", "ppF"),
    ({"success_count": 2}, "!.?.", "FffR"),
    # no data as calm, and as trouble
    ({"no_data": "ok"}, "!?", "FR"),
    ({"no_data": "ok", "for": "1m"}, "!?!", "p-p"),
    ({"no_data": "alert"}, "?", "F"),
    ({"no_data": "alert"}, "!??.", "FffR"),
    ({"no_data": "alert", "for": "1m"}, "?!", "pF"),
    # firing without a value for too long
    ({"alerting": {"no_data_resolve": "2m"}}, "!??", "FfR"),
    ({"alerting": {"no_data_resolve": "2m"}}, "!?!??", "FfffR"),
    ({"alerting": {"no_data_resolve": "2m"}}, "!.??", "FR--"),
    ({"alerting": {"no_data_resolve": "2m"}, "keep_firing_for": "1h"}, "!.??", "FffR"),
    # a skipped instant is neither true nor false, but time passes
    ({"for": "3m"}, "!  !", "p  F"),
    ({"failure_count": 3}, "!  !!", "p  pF"),
    ({"keep_firing_for": "3m"}, "!  .", "F  R"),
    ({"success_count": 2}, "!.  .", "Ff  R"),
    ({"alerting": {"no_data_resolve": "3m"}}, "!  ?", "F  R"),
]


@pytest.mark.parametrize(("options", "values", "states"), LIVES)
def test_a_life(options, values, states):
    assert draw(values, **options) == states


@pytest.mark.parametrize(("options", "values", "states"), LIVES)
def test_a_life_with_a_restart_before_every_instant(options, values, states):
    assert draw(values, restart=True, **options) == states


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "for": st.sampled_from(["0s", "1m", "2m"]),
        "keep_firing_for": st.sampled_from(["0s", "1m", "2m"]),
        "failure_count": st.integers(1, 3),
        "success_count": st.integers(1, 3),
        "no_data": st.sampled_from(["keep", "ok", "alert"]),
        "recover_below": st.just(0.04),
    },
)
COURSES = st.text(".m!? ", max_size=12)


@given(COURSES, OPTIONS)
def test_firing_and_resolved_take_turns(values, options):
    told = [state for state in draw(values, **options) if state in "FR"]

    assert "".join(told) == ("FR" * len(told))[: len(told)]


@given(COURSES, OPTIONS)
def test_a_restart_anywhere_changes_nothing(values, options):
    assert draw(values, restart=True, **options) == draw(values, **options)


def alerts(values, *, now=None, **options):
    """Return what readers are told of a course of values; `now` is how many minutes the clock is ahead of each."""
    states, found = {}, []
    judge = judge_of(states, **options)
    for number, value in enumerate(values):
        at = START + number * MINUTE
        clock = None if now is None else at + now[number] * MINUTE
        found += judge.instant(at, [], lambda _, __, value=value: VALUES[value], clock)
    return found


def test_the_firing_alert_says_since_when_it_was_pending():
    (firing,) = alerts("!!!", **{"for": "2m"})

    assert (firing.alert.starts_at - firing.alert.pending_since).total_seconds() == 120


def test_firing_and_resolved_share_their_fingerprint():
    firing, resolved = alerts("!.")

    assert firing.alert.fingerprint == resolved.alert.fingerprint


def test_a_new_alert_has_a_new_fingerprint():
    first, _, second = alerts("!.!")

    assert first.alert.fingerprint != second.alert.fingerprint


def test_resolved_says_when_it_ended():
    _, resolved = alerts("!.")

    assert (resolved.alert.ends_at - resolved.alert.starts_at).total_seconds() == MINUTE


def test_resolved_says_the_threshold_that_had_been_crossed():
    _, resolved = alerts("!.")

    assert (resolved.alert.value, resolved.alert.threshold) == (0.01, 0.05)


def test_an_alert_that_ends_for_want_of_data_says_so():
    _, resolved = alerts("!??", alerting={"no_data_resolve": "2m"})

    assert (resolved.alert.reason, resolved.alert.value) == ("no data", None)


def test_an_alert_that_ends_by_its_value_has_no_reason():
    _, resolved = alerts("!.")

    assert resolved.alert.reason is None


OLD, YOUNG = 16, 15  # minutes; `page_within` is 15 m


def seen(found):
    return [(one.alert.status, bool(one.alert.historic), one.announced, one.recorded) for one in found]


def test_an_alert_about_old_time_is_recorded_and_pages_nobody():
    assert seen(alerts("!", now=[OLD])) == [("firing", True, False, True)]


def test_an_alert_within_the_limit_is_announced():
    assert seen(alerts("!", now=[YOUNG])) == [("firing", False, True, True)]


def test_in_a_replay_nothing_is_historic():
    assert seen(alerts("!.")) == [("firing", False, True, True), ("resolved", False, True, True)]


def test_an_old_alert_that_still_fires_is_announced_once_when_time_has_caught_up():
    assert seen(alerts("!!!!", now=[OLD, OLD, YOUNG, 0])) == [
        ("firing", True, False, True),
        ("firing", False, True, False),
    ]


def test_an_alert_announced_late_says_its_true_start():
    old, late = alerts("!!!", now=[OLD, OLD, YOUNG])

    assert (late.alert.starts_at, late.alert.fingerprint) == (old.alert.starts_at, old.alert.fingerprint)


def test_an_old_alert_that_resolves_in_old_time_is_historic_too():
    assert seen(alerts("!.", now=[OLD, OLD]))[1] == ("resolved", True, False, True)


def test_nobody_hears_of_the_end_of_an_alert_that_nobody_heard_of():
    assert seen(alerts("!.", now=[OLD, YOUNG]))[1] == ("resolved", False, False, True)


def changed(before, after, value="!"):
    """Return what is told where a rule is one thing at one instant and another at the next."""
    states = {}
    judge_of(states, **before).instant(START, [], lambda _, __: VALUES["!"])
    judge = Judge(Definitions(), states) if after is None else judge_of(states, **after)
    told = judge.instant(START + MINUTE, [], lambda _, __: VALUES[value])
    return [(one.alert.status, one.alert.reason) for one in told]


def test_a_rule_that_is_gone_ends_its_alert():
    assert changed({}, None) == [("resolved", "rule changed")]


@pytest.mark.parametrize(
    "change",
    [{"above": 0.055}, {"recover_below": 0.01}, {"for": "1s"}, {"segment": "plan=pro"}, {"no_data": "ok"}],
    ids=str,
)
def test_a_changed_condition_ends_the_alert(change):
    assert changed({}, change)[0] == ("resolved", "rule changed")


def test_what_a_changed_rule_finds_true_is_a_new_alert_after_the_old_one():
    assert changed({}, {"above": 0.055}) == [("resolved", "rule changed"), ("firing", None)]


@pytest.mark.parametrize(
    "change",
    [{"summary": "other"}, {"labels": {"team": "growth"}}, {"severity": "page"}, {"group_by": ["segment"]}],
    ids=str,
)
def test_a_change_of_words_and_ways_leaves_the_alert_alone(change):
    assert changed({}, change) == []


def test_an_alert_resolves_under_the_identity_with_which_it_fired():
    states = {}
    (firing,) = judge_of(states, labels={"team": "old"}).instant(START, [], lambda _, __: VALUES["!"])
    (resolved,) = judge_of(states, labels={"team": "new"}).instant(START + MINUTE, [], lambda _, __: VALUES["."])

    assert (resolved.alert.fingerprint, resolved.alert.labels) == (firing.alert.fingerprint, {"team": "old"})


def test_a_pending_rule_that_is_gone_is_forgotten_without_a_word():
    assert changed({"for": "1h"}, None) == []


@given(COURSES, OPTIONS)
def test_nothing_is_remembered_of_what_is_inactive(values, options):
    states = {}
    judge = judge_of(states, **options)
    for number, value in enumerate(values.replace(" ", "")):
        judge.instant(START + number * MINUTE, [], lambda _, __, value=value: VALUES[value])

    assert "inactive" not in [state.state for state in states.values()]
