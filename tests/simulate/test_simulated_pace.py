"""A business played at a speed, ended in the middle, and told in parts."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from itertools import islice

import pytest
from kafka import KafkaConsumer, TopicPartition
from typer.testing import CliRunner

from schemas.keys import TOPICS
from stream.cli import app
from stream.simulate import Business, to_lines
from stream.simulate.pacing import Pace

WORLD = ("--days", "2", "--accounts", "3", "--seed", "5")


def simulate(*arguments):
    return CliRunner().invoke(app, ["simulate", *WORLD, *map(str, arguments)])


class Time:
    """A clock that pauses move."""

    def __init__(self, ends=None):
        self.now, self.pauses, self.ends = 100.0, [], ends

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds
        return self.ends is not None and len(self.pauses) > self.ends


def seconds(line):
    return int(line) * 1_000_000


def test_lines_are_due_by_their_time_and_the_speed():
    clock = Time()
    pace = Pace(10, seconds, lambda: clock.now, clock.pause)
    told = [(line, clock.now) for line in pace.play([b"7", b"7", b"27", b"17", b"107"])]

    assert told == [(b"7", 100), (b"7", 100), (b"27", 102), (b"17", 102), (b"107", 110)]
    assert (pace.reached, pace.stopped) == (107_000_000, False)


def test_time_that_others_took_is_made_up_for():
    clock = Time()
    told = []
    for line in Pace(1, seconds, lambda: clock.now, clock.pause).play([b"0", b"5", b"9"]):
        told.append((line, clock.now))
        clock.now += 6

    assert told == [(b"0", 100), (b"5", 106), (b"9", 112)]


def test_without_a_speed_nobody_waits():
    clock = Time()

    assert list(Pace(None, seconds, lambda: clock.now, clock.pause).play([b"0", b"999"])) == [b"0", b"999"]
    assert clock.pauses == [0, 0]


def test_it_ends_before_the_next_line():
    clock = Time(ends=2)
    pace = Pace(1, seconds, lambda: clock.now, clock.pause)

    assert list(pace.play([b"0", b"3", b"9", b"10"])) == [b"0", b"3"]
    assert (pace.reached, pace.stopped) == (3_000_000, True)


# --- the command


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_families_are_chosen_by_name(nowhere):
    assert simulate("--out", "some", "--families", "growth, uptime").exit_code == 0
    kinds = {json.loads(line)["type"].partition(".")[0] for line in (nowhere / "some").read_bytes().splitlines()}

    assert kinds == {"growth", "uptime"}


def test_the_full_truth_is_the_truth_and_more():
    truth, full = (json.loads(simulate("--out", "x", *options).stdout) for options in ([], ["--full-truth"]))
    families = full.pop("families")

    assert truth == full
    assert families.keys() == {"usage", "uptime", "feedback", "growth"}
    assert "retention_w1" in families["usage"]["values"]
    assert "mttd.30d" in families["uptime"]["values"]
    assert "nps.30d" in families["feedback"]["values"]
    assert "spend.30d" in families["growth"]["values"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--families", "usage,weather"], "no family 'weather'"),
        (["--families", ""], "no family ''"),
        (["--speed", "60"], "leave --out or --speed out"),
        (["--speed", "0"], "--speed"),
    ],
)
def test_wrong_use_is_exit_code_2(options, said):
    result = simulate("--out", "-", *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def arrived(kafka, namespace, most=None):
    """What is in the topics: all, once nothing more comes, or the first few."""
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=2_000)
    consumer.assign([TopicPartition(f"{namespace}.{family}", number) for family in TOPICS for number in range(2)])
    found = [record.value for record in islice(consumer, most)]
    consumer.close()
    return found


def test_it_plays_at_its_speed_and_ctrl_c_ends_it_with_the_truth_of_what_was_sent(kafka, namespace):
    kafka.create_topics(*(f"{namespace}.{family}" for family in TOPICS), partitions=2)
    environment = os.environ | {"VITALS_KAFKA_BOOTSTRAP": kafka.bootstrap, "VITALS_NAMESPACE": namespace}
    command = [sys.executable, "-m", "stream.cli", "simulate", *WORLD, "--speed", "3600"]
    begun = time.monotonic()
    playing = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    try:
        while not arrived(kafka, namespace, most=1):
            assert playing.poll() is None, playing.stderr.read()
        playing.send_signal(signal.SIGINT)
        out, err = playing.communicate(timeout=60)
        took = time.monotonic() - begun
    finally:
        playing.kill()
    truth = json.loads(out)
    found = arrived(kafka, namespace)
    business = Business(seed=5, days=2, accounts=3)
    lines = [line.rstrip() for line in to_lines(business)]

    assert playing.returncode == 0
    assert f"stopped: {len(found)} events are in Kafka, up to 2026-01-0".encode() in err
    assert sorted(found) == sorted(lines[: len(found)])
    assert truth == business.truth(datetime.fromisoformat(truth["as_of"]))
    # An hour a second: it is not further than time allows, whatever the machine.
    played = json.loads(lines[len(found) - 1])["time"]
    assert (
        datetime.fromisoformat(played) - datetime.fromisoformat("2026-01-05T00:00:00Z")
    ).total_seconds() < took * 3600
