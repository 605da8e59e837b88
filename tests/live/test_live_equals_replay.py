"""Events in Kafka, workers, Redis: the same values as `vitals replay` of the same events, whatever happens to workers."""

import random

from living import wait_for, wait_for_values


def test_two_workers_end_in_the_values_of_replay(live, business):
    system = live(clock=business.as_of)
    system.make_topics()
    system.publish(business.lines)
    system.worker()
    system.worker()

    wait_for_values(system, business.expected)


def test_a_worker_killed_in_the_middle_changes_nothing(live, business):
    """Given half of the events counted, when a worker is killed -9, the other one takes its partitions over."""
    system = live(clock=business.as_of)
    system.make_topics()
    half = len(business.lines) // 2
    system.publish(business.lines[:half])
    first, second = system.worker(), system.worker()
    for worker in (first, second):
        worker.says("ready in")
    wait_for(lambda: system.taken() > half // 3, "a third of the first half")
    system.publish(business.lines[half:])

    random.choice((first, second)).kill()

    wait_for_values(system, business.expected)
