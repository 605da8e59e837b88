"""What a rebalance leaves alone: the state of partitions that stay is not read again."""

import re
from datetime import timedelta

from making import at, spoken, tracked
from waiting import wait_for

NOW = at("2026-03-02T12:00:00+00:00")
READY = re.compile(r"-(\d+): ready in")


def _events(number, first=0):
    return [
        tracked(NOW - timedelta(minutes=3) + timedelta(milliseconds=100 * one), f"account-{one % 17}", f"user-{one}")
        for one in range(first, first + number)
    ]


def _taken(worker):
    """The partitions that a worker read the state of, in their order."""
    return [number for line in worker.lines() for number in READY.findall(line["event"])]


def test_partitions_that_stay_are_not_read_again(live):
    system = live(clock=spoken(NOW))
    system.make_topics()
    first = system.worker()
    system.publish(_events(100))
    system.wait_for(100)
    assert sorted(_taken(first)) == ["0", "1", "2", "3"]

    second = system.worker()
    wait_for(lambda: len(_taken(second)) == 2, "the second worker has its part")
    system.publish(_events(100, 100))
    system.wait_for(200)

    assert sorted(_taken(first)) == ["0", "1", "2", "3"]
    moved = sorted(_taken(second))
    assert second.stop() == 0
    system.publish(_events(100, 200))
    system.wait_for(300)
    assert sorted(_taken(first)) == sorted(["0", "1", "2", "3", *moved])
