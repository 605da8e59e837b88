"""How much memory a worker needs that reads a backlog, on a real broker, the longer the backlog the more or not.

The events come at the same rate, so a backlog of five times as many is five times as long: the users and what is
remembered of an hour are the same.
"""

from __future__ import annotations

import subprocess
import threading

import psutil
from redis import Redis

from benchmarks.live import PARTITIONS, counted
from benchmarks.loading import fill
from benchmarks.measuring import VITALS, environment_of_worker, peak_of
from benchmarks.workload import START, usage

EVENTS_AN_HOUR = 300_000


def figures(events: int, users: int, bootstrap: str, redis_url: str) -> dict[str, float]:
    """Fill the topics, run a worker until all is counted, and return the figures."""
    span = max(events * 3_600 // EVENTS_AN_HOUR, 1)
    namespace = fill(bootstrap, usage(events, users, span=span, start=START), PARTITIONS)
    environment = environment_of_worker(redis_url)
    ended = threading.Event()
    with subprocess.Popen([VITALS, "worker"], env=environment) as worker:
        peaks: list[float] = []
        watch = threading.Thread(target=lambda: peaks.append(peak_of(psutil.Process(worker.pid), ended)))
        watch.start()
        try:
            counted(Redis.from_url(redis_url), namespace, worker, events)
        finally:
            ended.set()
            watch.join()
            worker.terminate()
    return {"events": events, "users": users, "peak_memory_mib": round(peaks[0])}
