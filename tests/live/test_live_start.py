"""What a worker looks at before it starts: it refuses what would lose something, in a line that has the fix."""

import sys
from datetime import timedelta

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from making import at, spoken, tracked
from waiting import wait_for

from schemas.keys import TOPICS

NOW = at("2026-03-02T12:00:00+00:00")
AHEAD = "from stream import clock; now = clock.now; clock.now = lambda: now() + {}; "


def alter(kafka, topic, **settings):
    """Set settings of a topic, and return when they are in force."""
    resource = ("TOPIC", topic)
    wanted = {name.replace("_", "."): value for name, value in settings.items()}
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)

    def in_force():
        told = admin.describe_configs([ConfigResource(*resource)], config_filter="all")["topic"].get(topic, {})
        return all(told.get(name, {}).get("value") == value for name, value in wanted.items())

    try:
        wait_for(lambda: topic in admin.list_topics(), "the topic")
        admin.alter_configs([ConfigResource(*resource, wanted)])
        wait_for(in_force, f"{wanted} of {topic}")
    finally:
        admin.close()


def refusal(worker):
    """The one line with which a worker ends that does not start."""
    assert worker.process.wait(60) == 1
    assert "Traceback" not in worker.log
    (line,) = [line for line in worker.lines() if line["level"] == "error"]
    return line["event"]


def test_a_state_topic_that_forgets_is_refused(live, kafka, namespace):
    system = live()
    system.make_topics()
    alter(kafka, f"{namespace}.state", cleanup_policy="compact,delete")

    assert refusal(system.worker()) == (
        f"kafka: {namespace}.state: cleanup.policy is compact,delete: state would be lost; kafka-configs.sh --alter "
        f"--entity-type topics --entity-name {namespace}.state --add-config cleanup.policy=compact"
    )


def test_input_topics_that_keep_less_than_the_grace_are_refused_and_less_than_usual_is_told(live, kafka, namespace):
    system = live(clock=spoken(NOW))
    system.make_topics()
    alter(kafka, f"{namespace}.billing", retention_ms=str(36 * 86_400_000))
    system.worker().says("billing: retention.ms is 3110400000, less than 40 days: records may leave before they are")

    system.configure("lateness: {grace: {billing: 37d}}\n")

    assert f"{namespace}.billing: retention.ms is 3110400000, less than 40 days" in refusal(system.worker())


def test_more_copies_in_step_than_there_are_is_refused(live, kafka, namespace):
    system = live()
    system.make_topics()
    alter(kafka, f"{namespace}.totals", min_insync_replicas="2")

    said = refusal(system.worker())

    assert f"{namespace}.totals: min.insync.replicas is 2, more than the 1 that there are: nothing can be" in said
    assert said.endswith("min.insync.replicas=1")


def test_more_partitions_than_the_state_was_made_for_are_refused(live, kafka, namespace):
    system = live(clock=spoken(NOW), partitions="2")
    system.make_topics()
    worker = system.worker()
    system.publish([tracked(NOW - timedelta(minutes=1))])
    system.wait_for(1)
    assert worker.stop() == 0
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_partitions({f"{namespace}.{family}": 4 for family in TOPICS})
    wait_for(
        lambda: all(len(one["partitions"]) == 4 for one in admin.describe_topics([f"{namespace}.usage"])), "partitions"
    )
    admin.close()

    said = refusal(system.worker())

    assert f"{namespace}." in said
    assert " has 2 partitions, but 4 are needed, as many as the input topics have: what is counted cannot" in said
    assert said.endswith(
        "go back to the old number, or move to a new VITALS_NAMESPACE: docs/operations.md, More partitions, says how"
    )


@pytest.mark.parametrize(("seconds", "word"), [(-100, "ahead of"), (100, "behind")])
def test_a_clock_that_is_far_from_the_brokers_is_refused(live, seconds, word):
    system = live()
    command = (sys.executable, "-c", f"{AHEAD.format(seconds)}from stream.cli import main; main()", "worker")

    said = refusal(system.worker(command))

    assert said.startswith(("kafka: the brokers' clock is 100.", "kafka: the brokers' clock is 99."))
    assert f"s {word} ours; set both by NTP" in said


def test_a_clock_that_is_somewhat_off_is_told(live):
    command = (sys.executable, "-c", f"{AHEAD.format(10)}from stream.cli import main; main()", "worker")
    worker = live().worker(command)

    worker.says("merge: ready in")

    (warning,) = [line for line in worker.lines() if line["level"] == "warning" and "by NTP" in line["event"]]
    assert "behind ours; set both by NTP" in warning["event"]
    assert worker.stop() == 0
