"""How many usage events a second one worker takes, on a real broker, with all values, checkpoints and Redis on.

The topics are filled first. The time runs from the first event that is counted until the last one is committed.
"""

from __future__ import annotations

import json
import subprocess
import time

import psutil
from redis import Redis

from benchmarks.loading import fill
from benchmarks.measuring import VITALS, environment_of_worker, memory_of
from benchmarks.workload import START, usage

PARTITIONS = 4
_LOOK_EVERY = 0.05


def figures(events: int, users: int, bootstrap: str, redis_url: str) -> dict[str, float]:
    """Fill the topics, run a worker until all is counted, and return the figures."""
    namespace = fill(bootstrap, usage(events, users, start=START), PARTITIONS)
    environment = environment_of_worker(redis_url)
    redis = Redis.from_url(redis_url)
    with subprocess.Popen([VITALS, "worker"], env=environment) as worker:
        process = psutil.Process(worker.pid)
        try:
            first = counted(redis, namespace, worker, 1)
            began = time.perf_counter()
            last = counted(redis, namespace, worker, events)
            seconds = time.perf_counter() - began
            memory, cpu = memory_of(process), process.cpu_times()
        finally:
            worker.terminate()
    return {
        "events": events,
        "users": users,
        "events_per_second": round((last - first) / seconds),
        "cpu_us_per_event": round((cpu.user + cpu.system) * 1e6 / events, 1),
        "memory_mib": round(memory),
    }


def counted(redis: Redis, namespace: str, worker: subprocess.Popen[bytes], least: int) -> int:
    """Wait until at least so many events are in the snapshot; return how many there are."""
    while True:
        data = redis.get(f"{namespace}:snapshot:all:json")
        counts = json.loads(data)["counts"] if isinstance(data, bytes) else {"events": 0, "duplicates": 0}
        counted = int(counts["events"] + counts["duplicates"])
        if counted >= least:
            return counted
        if worker.poll() is not None:
            raise RuntimeError(f"the worker has ended with code {worker.returncode}")
        time.sleep(_LOOK_EVERY)
