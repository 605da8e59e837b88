"""How fast a worker gets its state back, on a real broker.

A first worker counts events and is killed; a second one takes its one partition over: it reads the rows of the
changelog into its tables, then makes the engine out of them, which says all totals anew. There is one partition, since
several share a processor, and the time of each would have the work of the others in it.
"""

from __future__ import annotations

import subprocess
import time
from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from benchmarks.live import counted
from benchmarks.loading import fill
from benchmarks.measuring import VITALS, environment_of_worker, free_address
from benchmarks.workload import START, usage

_LOOK_EVERY = 0.2


def figures(events: int, users: int, bootstrap: str, redis_url: str) -> dict[str, float]:
    """Fill the topics, let a worker count all, start another one, and return the figures."""
    namespace = fill(bootstrap, usage(events, users, start=START), partitions=1)
    address = free_address()
    environment = environment_of_worker(redis_url)
    with subprocess.Popen([VITALS, "worker"], env=environment) as first:
        try:
            counted(Redis.from_url(redis_url), namespace, first, events)
        finally:
            first.kill()
    with subprocess.Popen([VITALS, "worker"], env=environment | {"VITALS_METRICS": address}) as second:
        try:
            found = _started(address, f"{namespace}-0", second)
        finally:
            second.terminate()
    rows, reading, start = (
        found[f"vitals_{name}_total"] for name in ("restored_rows", "restore_seconds", "start_seconds")
    )
    return {
        "changelog_rows": round(rows),
        "state_rows": round(found["vitals_rows"]),
        "read_seconds": round(reading, 2),
        "rows_read_per_second": round(rows / reading),
        "start_seconds": round(start, 2),
        "rows_per_second_of_start": round(rows / start),
    }


def _started(address: str, task: str, worker: subprocess.Popen[bytes]) -> dict[str, float]:
    """Wait until a task works, and return what it says of itself."""
    while True:
        found = _metrics(address, task)
        if found.get("vitals_task_ready"):
            return found
        if worker.poll() is not None:
            raise RuntimeError(f"the worker has ended with code {worker.returncode}")
        time.sleep(_LOOK_EVERY)


def _metrics(address: str, task: str) -> dict[str, float]:
    """Return the metrics of a task by name; what has more labels is summed."""
    try:
        with urlopen(f"http://{address}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    except (URLError, OSError):
        return {}
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.labels.get("task") == task:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found
