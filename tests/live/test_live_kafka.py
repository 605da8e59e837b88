"""Kafka may be away at the start, or die: a worker says so now and then, waits, and goes on by itself."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

from making import at, spoken, tracked

NOBODY = "127.0.0.1:9"
NOW = at("2026-03-02T12:00:00+00:00")


def _events(number, first=0):
    return [
        tracked(NOW - timedelta(minutes=2) + timedelta(seconds=one), f"account-{one % 7}", f"user-{one}")
        for one in range(first, first + number)
    ]


def _seconds_between_repeats(worker):
    """Return the shortest time between two lines that say the same, but for numbers that change."""
    times = defaultdict(list)
    for line in worker.lines():
        if line["logger"].split(".")[0] != "stream":
            times[line["logger"], line["event"]].append(datetime.fromisoformat(line["timestamp"]).timestamp())
    return min((later - one for found in times.values() for one, later in pairwise(found)), default=60.0)


def test_kafka_is_away_at_the_start_and_dies_later(live, own_kafka):
    kafka = own_kafka()
    kafka.stop()
    system = live(on_kafka=kafka.bootstrap, clock=spoken(NOW))
    worker = system.worker()
    worker.says(f"kafka: no broker answers at {kafka.bootstrap}")

    kafka.start()
    worker.says("merge: ready in")
    system.publish(_events(30))
    system.wait_for(30)

    kafka.kill()
    worker.says("(?i)connect")
    kafka.start()
    system.publish(_events(30, 30))

    snapshot = system.wait_for(60)
    assert snapshot["counts"]["events"] == 60
    assert snapshot["values"]["active_users.5m"] == 60
    assert worker.running
    assert worker.stop() == 0
    assert _seconds_between_repeats(worker) >= 4.9


def test_a_worker_that_waits_for_kafka_can_be_stopped(live):
    worker = live(on_kafka=NOBODY).worker()
    worker.says("kafka: no broker answers")

    assert worker.stop() == 0


def test_input_topics_with_different_partitions_are_refused(live, kafka, namespace):
    kafka.create_topics(f"{namespace}.usage", partitions=2)
    kafka.create_topics(f"{namespace}.billing", partitions=3)
    worker = live().worker()

    assert worker.process.wait(60) == 1
    said = f"{namespace}.billing has 3, {namespace}.usage has 2; give all input topics the same number of partitions"
    assert said in worker.log
    assert "Traceback" not in worker.log
    assert [line["level"] for line in worker.lines()] == ["error"]


def test_state_of_other_partitions_is_refused(live, kafka, namespace):
    kafka.create_topics(
        *(f"{namespace}.{name}" for name in ("usage", "billing", "uptime", "feedback", "growth")), partitions=3
    )
    kafka.create_topics(f"{namespace}.totals", partitions=2)
    worker = live().worker()

    assert worker.process.wait(60) == 1
    assert f"{namespace}.totals has 2 partitions, but 3 are needed" in worker.log
    assert "Traceback" not in worker.log
