"""How fast a worker reads its state back: rows of changelogs a second, on a real broker.

A first worker counts events and is killed; a second one takes its partitions over. All four are read at once, in one
process, so the time is that of the partition that took longest.
"""

from __future__ import annotations

import subprocess
import time
from urllib.error import URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from benchmarks.live import PARTITIONS, counted
from benchmarks.loading import fill
from benchmarks.measuring import VITALS, environment_of_worker, free_address
from benchmarks.workload import START, usage

_LOOK_EVERY = 0.2


def figures(events: int, users: int, bootstrap: str, redis_url: str) -> dict[str, float]:
    """Fill the topics, let a worker count all, start another one, and return the figures."""
    namespace = fill(bootstrap, usage(events, users, start=START), PARTITIONS)
    address = free_address()
    environment = environment_of_worker(redis_url)
    with subprocess.Popen([VITALS, "worker"], env=environment) as first:
        try:
            counted(Redis.from_url(redis_url), namespace, first, events)
        finally:
            first.kill()
    with subprocess.Popen([VITALS, "worker"], env=environment | {"VITALS_METRICS": address}) as second:
        try:
            rows, seconds, kept = _restored(address, namespace, second)
        finally:
            second.terminate()
    return {
        "changelog_rows": round(rows),
        "kept_rows": round(kept),
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
    }


def _restored(address: str, namespace: str, worker: subprocess.Popen[bytes]) -> tuple[float, float, float]:
    """Wait until all partitions are ready; return the rows read, the seconds it took, and the rows of state."""
    tasks = {f"{namespace}-{number}" for number in range(PARTITIONS)}
    while True:
        found = _metrics(address)
        if all(found.get(("vitals_task_ready", task)) for task in tasks):
            rows = sum(found["vitals_restored_rows_total", task] for task in tasks)
            seconds = max(found["vitals_restore_seconds_total", task] for task in tasks)
            kept = sum(value for (name, task), value in found.items() if name == "vitals_rows" and task in tasks)
            return rows, seconds, kept
        if worker.poll() is not None:
            raise RuntimeError(f"the worker has ended with code {worker.returncode}")
        time.sleep(_LOOK_EVERY)


def _metrics(address: str) -> dict[tuple[str, str], float]:
    """Return metrics by name and task; what has more labels is summed."""
    try:
        with urlopen(f"http://{address}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    except (URLError, OSError):
        return {}
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, sample.labels.get("task", "")
            found[key] = found.get(key, 0.0) + sample.value
    return found
