"""What segments cost: processor and memory of a partition, bytes of their totals, a snapshot. No server is needed.

The load has 11 segment values (5 plans, 6 countries) in 30 combinations; the same load is counted without any of them.
Each engine works in a process of its own, so that memory can be compared.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from typing import Final, NamedTuple

import psutil

from benchmarks.workload import COUNTRIES, PLANS, usage
from stream.engine.decoding import redecode
from stream.engine.definitions import Definitions
from stream.engine.intake import Record, record_key
from stream.engine.merge import Calculator, MergedTotals
from stream.engine.partition import PartitionEngine, new_tables
from stream.engine.segments import ALL_NAME
from stream.engine.units import MICRO
from stream.replay.playing import BATCH
from stream.runtime.wire import TotalsWriter

SEGMENTS: Final = len(PLANS) + len(COUNTRIES)
_TIMES: Final = 10


class Cost(NamedTuple):
    """Processor seconds for the events, MiB at the end; bytes of the totals, and one snapshot: seconds and bytes."""

    seconds: float
    mib: float
    totals: int
    snapshot_seconds: float
    snapshot: int


def figures(events: int, users: int) -> dict[str, float]:
    """Count so many events with and without segments, and return the figures."""
    with_them, without = (_alone(events, users, segments) for segments in (["plan", "country"], []))
    return {
        "events": events,
        "users": users,
        "segments": SEGMENTS,
        "cpu_us_per_event": round(with_them.seconds / events * 1e6, 1),
        "cpu_us_per_event_without": round(without.seconds / events * 1e6, 1),
        "memory_kib_per_segment": round((with_them.mib - without.mib) * 1024 / SEGMENTS),
        "totals_kib_per_segment": round((with_them.totals - without.totals) / 1024 / SEGMENTS, 1),
        "snapshot_ms": round(with_them.snapshot_seconds * 1e3, 1),
        "snapshot_kib": round(with_them.snapshot / 1024, 1),
    }


def _alone(events: int, users: int, segments: list[str]) -> Cost:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(cost, (events, users, segments))


def cost(events: int, users: int, segments: list[str]) -> Cost:
    """Count events with segments by these fields."""
    definitions = Definitions(segments=segments)
    engine, writer = PartitionEngine(new_tables(), definitions), TotalsWriter()
    seconds = 0.0
    for batch in _batches(events, users):
        began = time.process_time()
        engine.accept("usage", batch)
        engine.advance((engine.highest("usage") or 0) // MICRO)
        engine.save()
        for _ in engine.take_totals(every_segment=False):
            pass
        seconds += time.process_time() - began
    engine.panes.totals.change_all()
    rows = [*engine.take_totals(every_segment=True)]
    totals = sum(len(key) + len(value) for key, value in writer.rows(rows))
    merged, calculator = MergedTotals(), Calculator(definitions)
    merged.put(0, (((row.segment, row.window, 0), dict(row.total)) for row in rows))
    segment = next((row.segment for row in rows if row.segment != ALL_NAME), ALL_NAME)
    began = time.process_time()
    for _ in range(_TIMES):
        values = calculator.values(segment, merged.of(segment), engine.as_of).values
    took = (time.process_time() - began) / _TIMES
    return Cost(seconds, psutil.Process().memory_info().rss / 2**20, totals, took, len(json.dumps(values)))


def _batches(events: int, users: int) -> Iterator[list[Record]]:
    records = ((record_key(redecode(line)).encode(), line) for line in usage(events, users))
    return iter(lambda: [*islice(records, BATCH)], [])
