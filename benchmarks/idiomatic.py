"""An idiomatic Faust agent with one table, to compare with: it counts the events of each account, one after another.

Run as a program it reads its topic to the end and prints what it took.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

import faust

from benchmarks.loading import fill
from benchmarks.workload import START, usage

PARTITIONS = 4


class Used(faust.Record, serializer="json"):
    """A usage event."""

    id: str
    type: str
    time: str
    account_id: str
    user_id: str


def application(bootstrap: str, namespace: str, events: int) -> faust.App:
    """Return the application: one topic, one agent, one table, Faust's defaults."""
    app = faust.App(
        f"{namespace}-idiomatic", broker=f"kafka://{bootstrap}", topic_partitions=PARTITIONS, web_enabled=False
    )
    used = app.topic(f"{namespace}.usage", value_type=Used)
    counts = app.Table("counts", default=int)
    began = 0.0

    @app.agent(used)
    async def count(stream: faust.Stream[Used]) -> None:
        nonlocal began
        number = 0
        async for event in stream:
            if not began:
                began = time.perf_counter()
            counts[event.account_id] += 1
            number += 1
            if number == events:
                print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)

    return app


def figures(events: int, bootstrap: str) -> dict[str, float]:
    """Fill a topic, let the agent count it in a process of its own, and return the figures."""
    namespace = fill(bootstrap, usage(events, start=START), PARTITIONS)
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.idiomatic", bootstrap, namespace, str(events), folder],
            stdout=subprocess.PIPE,
            text=True,
        ) as agent,
    ):
        if agent.stdout is None:
            raise RuntimeError("the agent has no output")
        try:
            taken = next(json.loads(line[line.index("{") :]) for line in agent.stdout if "{" in line)
        finally:
            agent.kill()  # it has nothing to keep
    return {
        "events": events,
        "seconds": round(taken["seconds"], 1),
        "events_per_second": round(events / taken["seconds"]),
    }


def main() -> None:
    """Run the agent in a folder, where Faust keeps its files."""
    bootstrap, namespace, events, folder = sys.argv[1:]
    os.chdir(folder)
    app = application(bootstrap, namespace, int(events))
    app.finalize()
    app.Worker(loglevel="warning", quiet=True, redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main()
