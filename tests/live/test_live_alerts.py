"""Alerts live: those of `vitals replay --alerts`, in every place that the contract names, and none of them twice."""

import json
from datetime import timedelta
from itertools import product

import pytest
from fragile import MERGE
from living import FRAGILE, vitals
from making import at, every, spoken, tracked
from waiting import wait_for

RULES = """
alerting: {interval: 1m, catch_up: 1d}
rules:
  - {name: crowd, value: active_users.5m, above: 3, recover_below: 2, for: 3m, keep_firing_for: 4m, severity: page}
  - {name: failing, value: error_rate.5m, above: 0.5}
  - {name: pro_crowd, value: active_users.5m, above: 2, segment: plan=pro}
  - {name: quiet, value: active_users.5m, below: 1, for: 5m}
"""
NAMES = ("crowd", "failing", "pro_crowd", "quiet")
BEGIN = at("2026-03-02T10:00:00+00:00")


def _events():
    """Two hours: few people, a crowd, a short one that recovers only half, failures, nobody, and a crowd at the end."""
    crowds = [(10, 25, 6), (40, 42, 6), (42, 47, 3), (60, 70, 5), (112, 120, 6)]
    lines = []
    for moment in every(timedelta(seconds=30), BEGIN, BEGIN + timedelta(hours=2)):
        minute = (moment - BEGIN).total_seconds() / 60
        if 80 <= minute < 95:
            continue
        people = next((number for first, last, number in crowds if first <= minute < last), 1)
        outcome = "failure" if 30 <= minute < 34 or 60 <= minute < 63 else "success"
        lines += [
            tracked(moment, f"account-{number}", f"user-{number}", plan="pro", outcome=outcome)
            for number in range(people)
        ]
    return lines


def _log(system):
    return [json.loads(fields[b"alert"]) for _, fields in system.redis.xrange(system.key("alerts:log"))]


def _messages(heard):
    """Return what was published; the answer to the subscription is nothing, too."""
    found = []
    while (message := heard.get_message(timeout=1) or heard.get_message(timeout=1)) is not None:
        found.append(json.loads(message["data"]))
    return found


def _ordered(alerts):
    return sorted(
        alerts, key=lambda alert: (alert["as_of"], alert["rule"], alert["segment"], alert["status"] == "firing")
    )


@pytest.fixture
def judged(live):
    """A system with rules and all its events in Kafka, its end, and the alerts that replay finds."""
    lines, as_of = _events(), spoken(BEGIN + timedelta(hours=2))
    system = live(clock=as_of)
    config = system.configure(RULES)
    path, out = system.directory / "events.jsonl", system.directory / "alerts.jsonl"
    path.write_bytes(b"\n".join(lines))
    vitals("replay", "--config", str(config), "--as-of", as_of, "--alerts", str(out), str(path), directory=path.parent)
    expected = [json.loads(line) for line in out.read_text().splitlines()]
    both = ("firing", "resolved")
    assert {(alert["rule"], alert["status"]) for alert in expected} == {*product(NAMES, both)}
    system.make_topics()
    system.publish(lines)
    return system, lambda: system.wait_for(len(lines), as_of), expected


def _check(system, expected):
    """Check all places that keep alerts: each of them once, and those that fire."""
    wait_for(lambda: len(_log(system)) >= len(expected), "the log of alerts")
    assert _ordered(_log(system)) == expected
    assert _ordered(json.loads(record.value) for record in system.read("alerts")) == expected
    last = {(alert["rule"], alert["segment"]): alert for alert in expected}
    active = {alert["fingerprint"]: alert for alert in last.values() if alert["status"] == "firing"}
    kept = system.redis.hgetall(system.key("alerts:active")).values()
    assert {alert["fingerprint"]: alert for alert in map(json.loads, kept)} == active
    assert active


def test_alerts_are_those_of_replay_everywhere_and_a_restart_repeats_none(judged):
    system, wait, expected = judged
    heard = system.redis.pubsub(ignore_subscribe_messages=True)
    heard.subscribe(system.key("alerts"))

    worker = system.worker()
    wait()

    _check(system, expected)
    assert _ordered(_messages(heard)) == expected

    assert worker.stop() == 0
    revision = system.snapshot()["revision"]
    system.worker()
    wait_for(lambda: system.snapshot()["revision"] > revision, "what the next worker publishes")

    _check(system, expected)
    assert _messages(heard) == []
    heard.close()


def test_a_merge_that_dies_at_its_checkpoints_repeats_and_loses_no_alert(judged):
    system, wait, expected = judged
    steps = [f"{MERGE}{when} commit" for when in ("before", "within", "after")]
    workers = system.worker((*FRAGILE, *steps))
    assert workers.process.wait(120) == 0

    system.worker()
    wait()

    _check(system, expected)
