"""What a program took: seconds of the clock, seconds of the processors, and memory, with its child processes."""

from __future__ import annotations

import os
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import psutil

VITALS = str(Path(sys.executable).with_name("vitals"))
_LOOK_EVERY = 0.05


class Taken(NamedTuple):
    """Seconds of the clock, and the highest memory (MiB) of all its processes together."""

    seconds: float
    peak_mib: float


def environment_of_worker(redis_url: str) -> dict[str, str]:
    """Return the environment of a worker that is measured.

    Its clock is that of the events: the wall's is months ahead of them, and all would expire as soon as they are read.
    """
    return os.environ | {"VITALS_REDIS_URL": redis_url, "VITALS_LOG": "warning", "VITALS_CLOCK": "event"}


def memory_of(process: psutil.Process) -> float:
    """Return the memory (MiB, proportional where it is shared) of a process and its children."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 2**20


def peak_of(process: psutil.Process, ended: threading.Event) -> float:
    """Return the highest memory (MiB) of a process until something has ended."""
    peak = 0.0
    while not ended.wait(_LOOK_EVERY):
        peak = max(peak, process.memory_info().rss / 2**20)
    return peak


def free_address() -> str:
    """Return an address of this machine at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{unused.getsockname()[1]}"


def run(command: list[str]) -> Taken:
    """Run a program to its end.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    began = time.perf_counter()
    peak = 0.0
    with subprocess.Popen(command) as started:
        process = psutil.Process(started.pid)
        while started.poll() is None:
            peak = max(peak, memory_of(process))
            time.sleep(_LOOK_EVERY)
    if started.returncode:
        raise subprocess.CalledProcessError(started.returncode, command)
    return Taken(time.perf_counter() - began, peak)


def speed_of_python() -> float:
    """Return nanoseconds for a turn of a loop that updates a dict: how fast this machine runs Python at the moment."""
    turns = 1_000_000
    found = []
    for _ in range(3):
        counts: dict[int, int] = {}
        began = time.process_time()
        for number in range(turns):
            counts[number & 1023] = counts.get(number & 1023, 0) + 1
        found.append((time.process_time() - began) / turns * 1e9)
    return statistics.median(found)


def machine() -> str:
    """Return a line on this machine."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{psutil.cpu_count()} × {model}, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"{speed_of_python():.0f} ns for a turn of the loop that says how fast Python runs here"
    )
