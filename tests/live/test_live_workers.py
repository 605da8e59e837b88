"""Workers come and go, started either way, and end as they are asked to."""

import sys
from datetime import timedelta

from living import COMMAND
from making import at, spoken, tracked
from waiting import wait_for

NOW = at("2026-03-02T12:00:00+00:00")
FAUST = (sys.executable, "-m", "faust", "-A", "stream.app", "worker", "--without-web", "-l", "info")


def _events(number, first=0):
    return [
        tracked(NOW - timedelta(minutes=3) + timedelta(milliseconds=100 * one), f"account-{one % 17}", f"user-{one}")
        for one in range(first, first + number)
    ]


def test_a_worker_joins_and_leaves_while_events_come(live):
    system = live(clock=spoken(NOW))
    system.make_topics()
    first = system.worker()
    system.publish(_events(300))
    system.wait_for(300)

    second = system.worker()
    system.publish(_events(300, 300))
    second.says("ready in")
    system.publish(_events(300, 600))
    system.wait_for(900)
    kept = first.log.count("ready in")

    assert second.stop() == 0
    system.publish(_events(300, 900))

    snapshot = system.wait_for(1_200)
    assert snapshot["counts"]["events"] == 1_200
    assert snapshot["values"]["active_users.5m"] == 1_200
    wait_for(lambda: first.log.count("ready in") > kept, "the first worker has taken over what the second had")
    assert first.stop() == 0
    for worker in (first, second):
        assert not [line for line in worker.lines() if line["level"] in ("error", "critical") or "exception" in line]


def test_faust_starts_a_worker_as_well(live):
    system = live(clock=spoken(NOW))
    system.make_topics()
    worker = system.worker(FAUST)
    system.publish(_events(100))

    system.wait_for(100)

    assert worker.stop() == 0
    assert "\x1b" not in worker.log
    assert "ready in" in worker.log


def test_a_stopped_worker_leaves_a_last_checkpoint_and_no_control_sequences(live):
    """Given checkpoints a minute apart, there is one all the same when it ends: the next one has less to do again."""
    system = live(clock=spoken(NOW), checkpoint="60s")
    system.make_topics()
    worker = system.worker(COMMAND)
    worker.says("merge: ready in")
    system.publish(_events(100))
    wait_for(lambda: worker.log.count("ready in") >= 5, "all partitions")

    assert worker.stop() == 0

    assert system.read("state")
    assert "\x1b" not in worker.log
    assert worker.lines()
    assert not [line for line in worker.lines() if line["level"] in ("error", "critical") or "exception" in line]


def test_a_worker_that_is_killed_leaves_no_files_behind(live):
    system = live(clock=spoken(NOW))
    system.make_topics()
    before = set(system.directory.iterdir())
    worker = system.worker(COMMAND, TMPDIR=str(system.directory))
    worker.says("merge: ready in")

    worker.kill()

    assert set(system.directory.iterdir()) == {*before, worker.log_path}
