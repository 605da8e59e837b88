"""How many usage events a second a replay takes, from a file to the snapshot, and how much memory it needs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks.measuring import VITALS, run
from benchmarks.workload import usage


def figures(events: int) -> dict[str, float]:
    """Replay a file of so many events and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "events.ndjson", Path(folder) / "snapshot.json"
        with file.open("wb") as writing:
            writing.writelines(line + b"\n" for line in usage(events))
        size = file.stat().st_size
        taken = run([VITALS, "replay", str(file), "--out", str(out)])
        counts = json.loads(out.read_text())["counts"]
    if counts["events"] + counts["duplicates"] != events:
        raise RuntimeError(f"counted {counts}, of {events} events")
    return {
        "events": events,
        "bytes_per_event": round(size / events),
        "seconds": round(taken.seconds, 1),
        "events_per_second": round(events / taken.seconds),
        "peak_memory_mib": round(taken.peak_mib),
    }
