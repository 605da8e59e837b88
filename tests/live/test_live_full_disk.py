"""The broker's disk is full: it gives up, the workers say so and wait, and with space all goes on, exactly."""

import subprocess
import warnings
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from making import tracked
from servers import Kafka
from waiting import wait_for

from stream.clock import now

SIZE = "96m"


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a disk of its own."""
    place = tmp_path / "kafka" / "data"
    place.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = f"a full disk is NOT TESTED: no tmpfs may be mounted here ({done.stderr.strip()}); run as root"
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def _events(number, first=0):
    begin = datetime.fromtimestamp(now(), UTC)
    return [tracked(begin, f"account-{one % 7}", f"user-{one}") for one in range(first, first + number)]


def _fill(place):
    """Leave no byte free."""
    with (place / "filler").open("wb", buffering=0) as filler:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    filler.write(bytes(size))


@pytest.mark.timeout(400)
def test_a_full_disk_is_said_and_nothing_is_lost(live, small_disk):
    """Time goes on by the wall's clock, so it is a checkpoint that first meets the full disk."""
    with Kafka(directory=small_disk.parent) as kafka:
        system = live(on_kafka=kafka.bootstrap)
        worker = system.worker()
        worker.says("merge: ready in", 150)
        system.publish(_events(30))
        system.wait_for(30, patience=120)

        _fill(small_disk)
        wait_for(lambda: not kafka.running, "the broker gives up its only log directory", 120, kafka.log_tail)
        assert "No space left on device" in kafka.log.read_text(errors="replace")
        worker.says("Unable connect to node")  # before, it may be told a KafkaStorageError: who is first differs
        assert worker.running

        (small_disk / "filler").unlink()
        kafka.start()
        system.publish(_events(30, 30))

        snapshot = system.wait_for(60, patience=120)
        assert snapshot["counts"]["events"] == 60
        assert snapshot["counts"]["duplicates"] == 0
        assert worker.running
