"""`vitals demo` as a whole: what it shows, and that nothing of it stays."""

import json
import os
import shlex
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from redis import Redis
from showing import VITALS, Demo, wait_for

DAY = 86_400_000


def snapshot(redis: Redis, segment: str = "all") -> dict:
    found = redis.get(f"vitals:snapshot:{segment}:json")
    return json.loads(found) if found else {}


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"  # until init looks
    except OSError:
        return True


@pytest.mark.timeout(400)
def test_the_demo_shows_all_of_vitals_and_leaves_nothing(demo: Demo) -> None:
    page = demo.find(r"Vitals is at (http://127\.0\.0\.1:\d+/)\n")
    redis = Redis.from_url("redis://127.0.0.1:" + demo.find(r"redis-cli -p (\d+) HGET"))

    # the page is there, and knows what Redis does
    with urllib.request.urlopen(page) as answer:  # noqa: S310 - the demo's own
        assert "<html" in answer.read().decode()
    with urllib.request.urlopen(f"{page}api/v1/snapshot") as answer:  # noqa: S310 - likewise
        assert json.load(answer)["complete"]

    # the past: each window is full, and charts have a week
    values = snapshot(redis)["values"]
    for name in ("mrr", "active_users.5m", "active_users.30d", "net_revenue.last_month", "sessions.24h"):
        assert values[name] > 0, name
    assert values["churn_rate.30d"] is not None
    history = [
        (int(name.partition(b"-")[0]), json.loads(one[b"snapshot"])) for name, one in redis.xrange("vitals:history")
    ]
    times = [at for at, _ in history]
    assert times == sorted(times)
    assert times[-1] - times[0] > 6 * DAY
    assert sum(1 for at in times if at > times[-1] - DAY) > 20
    assert all(one["values"]["mrr"] > 0 and one["complete"] for _, one in history)
    assert redis.zcard("vitals:accounts:at_risk") + len(redis.keys("vitals:account:*")) > 0

    # the present: it moves
    before = snapshot(redis)
    wait_for(lambda: snapshot(redis)["counts"]["events"] > before["counts"]["events"], "more events")
    assert snapshot(redis)["as_of"] > before["as_of"]

    # an event of one's own counts
    said = demo.find(r"  (echo .*) vitals publish -\n").replace('"DE"', '"ZZ"')
    command = f"{said} {shlex.join(VITALS)} publish -"
    done = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: snapshot(redis, "country=ZZ").get("values", {}).get("events.5m") == 1, "the event in Redis")

    # the outage, and its alert
    demo.find(r"alert checkout_down is (firing)")
    demo.find(r"alert checkout_down is (resolved)")
    alerts = [json.loads(fields[b"alert"]) for _, fields in redis.xrange("vitals:alerts:log")]
    outage = [alert for alert in alerts if alert["rule"] == "checkout_down"]
    assert [alert["status"] for alert in outage] == ["firing", "resolved"]
    assert outage[0]["fingerprint"] == outage[1]["fingerprint"]
    assert wait_for(lambda: snapshot(redis)["values"]["downtime.5m"] > 0, "downtime")

    # Ctrl-C
    children = demo.children()
    assert set(children) == {"broker", "redis", "feed", "worker", "page"}
    redis.close()
    assert demo.interrupt() == 0
    assert "Traceback" not in demo.output
    assert all(is_gone(child) for child in children.values())
    assert list(demo.left.iterdir()) == []


def test_a_process_that_ends_ends_the_demo_with_a_reason(demo: Demo) -> None:
    wait_for(lambda: "feed" in demo.children(), "the feed", more=lambda: demo.output)
    children = demo.children()
    os.kill(children["redis"], signal.SIGKILL)
    assert demo.process.wait(60) == 1
    assert "error: the redis of the demo has ended" in demo.output
    assert "Traceback" not in demo.output
    assert all(is_gone(child) for child in children.values())
    assert list(demo.left.iterdir()) == []


def test_the_processes_of_a_demo_that_was_killed_end(demo: Demo) -> None:
    wait_for(lambda: "feed" in demo.children(), "the feed", more=lambda: demo.output)
    children = demo.children()
    demo.process.kill()
    demo.process.wait()
    wait_for(lambda: all(is_gone(child) for child in children.values()), "the end of all processes")


def test_a_port_that_is_taken_is_said(tmp_path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        began = time.monotonic()
        done = subprocess.run(
            [*VITALS, "demo", "--port", str(port)], cwd=tmp_path, check=False, capture_output=True, text=True
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: port {port} cannot be had: ")
    assert "--port" in done.stderr
    assert time.monotonic() - began < 60
