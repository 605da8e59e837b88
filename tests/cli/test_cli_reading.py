"""`vitals tail` and `vitals alerts`: what Redis holds, as a table, as lines, as JSON; now, and as it changes."""

import json
import os
import pty
import re
import signal
import subprocess
import threading
import uuid

import pytest
from calling import PROGRAM, line, vitals
from kafka import KafkaProducer
from redis import Redis
from waiting import wait_for
from working import ROOT

from schemas.examples import load_outputs
from schemas.times import format_time
from stream.clock import now

COUNTS = dict.fromkeys(("events", "duplicates", "conflicts", "excluded", "late", "too_late", "dead_letters"), 3)
SNAPSHOT = {
    "schema": "vitals.snapshot.v1",
    "segment": "all",
    "as_of": "2026-11-22T10:00:00Z",
    "revision": 42,
    "complete": True,
    "values": {"active_users.5m": 12, "active_users.1h": 30, "mrr": 12500.5, "error_rate.1h": None},
    "reasons": {"error_rate.1h": "no attempts"},
    "counts": COUNTS,
}
ALERTS = {(one.case): json.loads(one.data) for one in load_outputs() if one.type == "alert"}


class Written:
    """What a test writes into a name space of Redis."""

    def __init__(self, client, namespace):
        self.client = client
        self.namespace = namespace

    def key(self, name):
        return f"{self.namespace}:{name}"

    def snapshot(self, **changes):
        snapshot = SNAPSHOT | changes
        self.client.set(self.key(f"snapshot:{snapshot['segment']}:json"), json.dumps(snapshot))
        self.client.sadd(self.key("segments"), snapshot["segment"])
        self.client.publish(self.key("snapshots"), "{}")

    def alert(self, case, number):
        self.client.xadd(self.key("alerts:log"), {"alert": json.dumps(ALERTS[case])}, id=f"1-{number}")


@pytest.fixture
def written(redis_url, namespace, monkeypatch):
    monkeypatch.setenv("VITALS_REDIS_URL", redis_url)
    monkeypatch.setenv("VITALS_NAMESPACE", namespace)
    with Redis.from_url(redis_url) as client:
        yield Written(client, namespace)


class Following:
    """A command that goes on, as a process; `lines` are what it wrote so far, in a pipe or on a terminal."""

    def __init__(self, *arguments, terminal=False):
        ours, theirs = pty.openpty() if terminal else os.pipe()
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "200", "LINES": "50"},
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
        )
        os.close(theirs)
        self.text = ""
        self._ours = ours
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        try:
            while data := os.read(self._ours, 65_536):
                self.text += data.decode()
        except OSError:
            pass  # how a terminal says that its other side is closed

    @property
    def lines(self):
        return self.text.splitlines()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self._reader.join()
        os.close(self._ours)

    def interrupt(self):
        """Press Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def test_values_of_now_are_lines_in_a_pipe(written):
    written.snapshot()

    result = vitals("tail", "--once")

    assert result.exit_code == 0, result.stderr
    head = "2026-11-22T10:00:00Z\t42\tcomplete\t"
    assert result.stdout.splitlines() == [
        f"{head}active_users.5m\t12",
        f"{head}active_users.1h\t30",
        f"{head}mrr\t12500.5",
        f"{head}error_rate.1h\tnull",
    ]


def test_values_are_chosen_by_name_or_kpi(written):
    written.snapshot(segment="plan=pro", complete=False)

    result = vitals("tail", "--once", "--segment", "plan=pro", "--value", "active_users", "--value", "mrr", "--json")

    shown = json.loads(result.stdout)
    assert shown["values"] == {"active_users.5m": 12, "active_users.1h": 30, "mrr": 12500.5}
    assert (shown["segment"], shown["complete"], shown["reasons"]) == ("plan=pro", False, {})


def test_what_is_not_there_is_said_with_what_is(written):
    nothing = vitals("tail", "--once")
    assert nothing.exit_code == 1
    assert "there is no snapshot yet; `vitals doctor` says whether a worker runs" in nothing.stderr

    written.snapshot()
    written.snapshot(segment="plan=pro")
    other = vitals("tail", "--once", "--segment", "plan=prp")
    assert other.exit_code == 1
    assert "there is no segment plan=prp; did you mean plan=pro?" in other.stderr

    value = vitals("tail", "--once", "--value", "mrrr")
    assert value.exit_code == 2
    assert "there is no value mrrr; did you mean mrr?" in value.stderr


def test_in_a_pipe_what_changed_follows_and_ctrl_c_ends_it_well(written):
    written.snapshot()
    with Following("tail") as tail:
        wait_for(lambda: len(tail.lines) == 4, "all values")
        written.snapshot(revision=43, values=SNAPSHOT["values"] | {"mrr": 13000})
        wait_for(lambda: len(tail.lines) == 5, "the one that changed", more=lambda: tail.text)
        assert tail.lines[-1] == "2026-11-22T10:00:00Z\t43\tcomplete\tmrr\t13000"
        assert tail.interrupt() == 0
        assert tail.process.stderr.read() == b""


def test_on_a_terminal_a_table_is_drawn_over_and_over(written):
    written.snapshot()
    with Following("tail", terminal=True) as tail:
        wait_for(lambda: "all as of 2026-11-22T10:00:00Z, revision 42, complete" in tail.text, "the title")
        written.snapshot(revision=43, complete=False, values=SNAPSHOT["values"] | {"mrr": 13000})
        wait_for(lambda: "13,000" in tail.text, "the new value", more=lambda: tail.text)
        assert tail.interrupt() == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", tail.text)
    assert "revision 43, INCOMPLETE" in shown
    assert "3 events, 3 late, 3 too late" in shown
    assert re.search(r"\s+now\s+5m\s+1h", shown)
    assert re.search(r"active_users\s+12\s+30", shown)


def test_alerts_that_fire_and_the_log_are_lines_in_a_pipe(written):
    written.client.hset(written.key("alerts:active"), "rule|all", json.dumps(ALERTS["firing"]))
    written.alert("firing", 1)
    written.alert("resolved", 2)

    active = vitals("alerts")
    log = vitals("alerts", "--log")

    firing, resolved = ALERTS["firing"], ALERTS["resolved"]
    assert active.stdout.splitlines() == log.stdout.splitlines()[:1]
    cells = active.stdout.rstrip("\n").split("\t")
    assert cells[:2] == ["firing", firing["severity"]]
    assert cells[-1] == firing["summary"]
    assert log.stdout.splitlines()[1].split("\t")[3] == resolved["ends_at"]
    assert [json.loads(one) for one in vitals("alerts", "--log", "--json").stdout.splitlines()] == [firing, resolved]


def test_without_alerts_it_is_said(written):
    assert written.namespace
    assert (vitals("alerts").stderr, vitals("alerts", "--log").stderr) == ("no alert fires\n", "no alerts\n")
    assert vitals("alerts", "--active", "--log").exit_code == 2


def test_alerts_are_followed(written):
    written.alert("firing", 1)
    with Following("alerts", "--log", "--follow", "--json") as following:
        wait_for(lambda: len(following.lines) == 1, "the log")
        written.alert("resolved", 2)
        wait_for(lambda: len(following.lines) == 2, "what came", more=lambda: following.text)
        assert json.loads(following.lines[1]) == ALERTS["resolved"]
        assert following.interrupt() == 0


@pytest.mark.parametrize("command", [("tail", "--once"), ("tail",), ("alerts",), ("alerts", "--follow")])
def test_no_redis_is_said(command, monkeypatch):
    monkeypatch.setenv("VITALS_REDIS_URL", "redis://127.0.0.1:1/0")

    result = vitals(*command)

    assert result.exit_code == 1
    assert "error: redis cannot be read: " in result.stderr
    assert result.stderr.endswith("; `vitals doctor` says what is wrong\n")


def test_what_a_worker_writes_is_shown(at_work):
    at_work.wait_until_ready()
    producer = KafkaProducer(bootstrap_servers=at_work.kafka.bootstrap)
    value = line(1, format_time(int(now()) * 1_000_000), source=uuid.uuid4().hex)
    producer.send(f"{at_work.namespace}.usage", value, b"acme").get(30)
    producer.close()

    def firing():
        alerts = [json.loads(one) for one in vitals("alerts", "--json").stdout.splitlines()]
        return [(alert["rule"], alert["status"]) for alert in alerts] == [("somebody", "firing")]

    at_work.wait_for(firing, "the alert")
    shown = json.loads(vitals("tail", "--once", "--value", "active_users.5m", "--json").stdout)
    assert shown["values"]["active_users.5m"] >= 1
