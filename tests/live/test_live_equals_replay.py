"""Events in Kafka, workers, Redis: the values of `vitals replay` of the same events, whatever happens to workers."""

import json
import random
import signal

from fragile import STEPS
from living import FRAGILE, wait_for_values
from waiting import wait_for


def test_two_workers_end_in_the_values_of_replay(live, business):
    system = live(clock=business.as_of)
    system.make_topics()
    system.publish(business.in_order)
    system.worker()
    system.worker()

    wait_for_values(system, business.expected)

    def in_kafka():
        return {record.key.decode(): json.loads(record.value) for record in system.read("snapshots")}

    in_redis = {segment: system.snapshot(segment) for segment in business.expected}
    wait_for(lambda: in_kafka() == in_redis, "the same snapshots in Kafka")


def test_a_worker_killed_in_the_middle_changes_nothing(live, business):
    """Given half of the events counted, when a worker is killed -9, the other one takes its partitions over.

    The clock follows the events, so that every partition has a time of its own until all is read.
    """
    system = live(clock="event")
    system.make_topics()
    half = len(business.delivered) // 2
    system.publish(business.delivered[:half])
    first, second = system.worker(), system.worker()
    for worker in (first, second):
        worker.says("ready in")
    wait_for(lambda: system.taken() > half // 3, "a third of the first half")
    system.publish(business.delivered[half:])

    random.choice((first, second)).kill()

    wait_for_values(system, business.expected)


def test_a_worker_killed_at_every_step_of_a_checkpoint_changes_nothing(live, business):
    """A worker dies at each step in turn, of a partition's checkpoint and of the merge's; the next one goes on."""
    system = live(clock=business.as_of)
    system.make_topics()
    share = len(business.delivered) // len(STEPS) + 1
    workers = system.worker((*FRAGILE, *STEPS))
    for number, step in enumerate(STEPS):
        system.publish(business.delivered[number * share : (number + 1) * share])
        workers.says(f"{step}: {-signal.SIGKILL}")

    system.worker()

    wait_for_values(system, business.expected)
