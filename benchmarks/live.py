"""How many usage events a second one worker takes, on a real broker, with all values, checkpoints and Redis on.

The topics are filled first. The clock runs from the first event that is counted until the last one is committed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
import uuid

from redis import Redis

from benchmarks.loading import load
from benchmarks.workload import DUPLICATES, START, usage
from stream.runtime import topics
from stream.settings.deployment import load_deployment

PARTITIONS = 4


def run(events: int, users: int, bootstrap: str, redis_url: str, *, span: int = 3_600) -> dict[str, float]:
    """Fill the topics, run a worker until all is counted, and return the figures."""
    namespace = f"bench-{uuid.uuid4().hex[:8]}"
    environment = os.environ | {
        "VITALS_KAFKA_BOOTSTRAP": bootstrap,
        "VITALS_REDIS_URL": redis_url,
        "VITALS_NAMESPACE": namespace,
        "VITALS_PARTITIONS": str(PARTITIONS),
        "VITALS_LOG": "warning",
    }
    os.environ.update(environment)
    asyncio.run(topics.prepare(load_deployment()))
    asyncio.run(load(bootstrap, namespace, usage(events, users, span=span, start=START), PARTITIONS))
    redis = Redis.from_url(redis_url)
    command = [sys.executable, "-c", "from stream.cli import main; main()", "worker"]
    worker = subprocess.Popen(command, env=environment)
    began = counted = 0.0
    first = 0
    try:
        while counted < events:
            time.sleep(0.05)
            data = redis.get(f"{namespace}:snapshot:all:json")
            if data is None:
                continue
            counts = json.loads(data)["counts"]
            counted = counts["events"] + counts["duplicates"]
            if counted and not began:
                began, first = time.perf_counter(), int(counted)
        took = time.perf_counter() - began
        with open(f"/proc/{worker.pid}/status") as status:
            memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        ticks = open(f"/proc/{worker.pid}/stat").read().rsplit(")")[1].split()
        cpu = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
    finally:
        worker.terminate()
        worker.wait(30)
    return {
        "events": events,
        "users": users,
        "events_per_second": round((events - first) / took),
        "cpu_us_per_event": round(cpu * 1e6 / events, 1),
        "peak_memory_mib": round(memory / 1024),
        "duplicates": DUPLICATES,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--span", type=int, default=3_600, help="seconds of event time")
    asked = parser.parse_args()
    bootstrap, redis_url = os.environ.get("VITALS_KAFKA_BOOTSTRAP"), os.environ.get("VITALS_REDIS_URL")
    if bootstrap and redis_url:
        print(json.dumps(run(asked.events, asked.users, bootstrap, redis_url, span=asked.span)))
        return
    from tests.servers import servers  # noqa: PLC0415 - only where nothing else is named

    with servers() as (bootstrap, redis_url):
        print(json.dumps(run(asked.events, asked.users, bootstrap, redis_url, span=asked.span)))


if __name__ == "__main__":
    main()
