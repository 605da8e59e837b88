"""Alerts about Vitals itself: each begins once and ends once, whoever holds the merge."""

from stream.engine.alerting.built_in import ENGINE_ERROR_LASTS, BuiltInAlerts
from stream.engine.intake import Counts
from stream.engine.partition import Tick

NOW = 1_795_341_600


def tick(*, stopped=False, errors=0):
    return Tick(NOW, False, {}, Counts(), stopped, errors)


def judged(states, at=0, ticks=(), stalled=()):
    """Judge as one that was just started would; return what begins and ends."""
    found = BuiltInAlerts(states).judge(NOW + at, ticks, stalled)
    return [(one.alert.rule, one.alert.status, one.alert.fingerprint) for one in found]


def test_a_stopped_partition_fires_once_and_resolves_under_the_same_identity():
    states = {}

    assert judged(states, 0, [tick(), tick()]) == []
    ((rule, status, identity),) = judged(states, 5, [tick(stopped=True), tick()])
    assert (rule, status) == ("vitals_dead_letter_limit", "firing")
    assert judged(states, 6, [tick(stopped=True), tick(stopped=True)]) == []
    assert judged(states, 9, [tick(), tick()]) == [(rule, "resolved", identity)]
    assert judged(states, 10, [tick(), tick()]) == []
    assert judged(states, 11, [tick(stopped=True)])[0][2] != identity


def test_engine_errors_are_one_alert_until_there_was_none_for_a_while():
    states = {}

    assert judged(states, 0, [tick(errors=1), tick(errors=2)])[0][:2] == ("vitals_engine_error", "firing")
    assert judged(states, 100, [tick(errors=1), tick(errors=3)]) == []
    assert judged(states, 99 + ENGINE_ERROR_LASTS, [tick(errors=1), tick(errors=3)]) == []
    assert judged(states, 100 + ENGINE_ERROR_LASTS, [tick(errors=4)])[0][:2] == ("vitals_engine_error", "resolved")


def test_partitions_that_stand_still_are_named():
    (alert,) = BuiltInAlerts({}).judge(NOW, [], {3, 1})

    assert (alert.alert.rule, alert.alert.severity, alert.alert.value) == ("vitals_stalled", "page", 2)
    assert ": 1, 3;" in alert.alert.summary
