"""Worked examples live: real Kafka, real workers, real Redis; in the engine and through a replay: `tests/examples`.

Each example has a name space and a worker of its own, so that no example is in another's values. To be affordable a
worker is forked where all is imported already, has two partitions, and a clock that the test sets: all events are there
from the start, those ahead of the clock wait, and one worker shows one `as_of` after the other. Every fifth example of
a family takes part, since each costs seconds; with `LIVE_EXAMPLES=all` all of them do.
"""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from examples import FAMILIES, Example, examples, wrong
from examples.loading import spoken
from examples.running import Engines
from living import Live, Worker
from redis import Redis
from waiting import wait_for

EACH = 1 if os.environ.get("LIVE_EXAMPLES") == "all" else 5
AT_ONCE = 8
"""Examples: a worker mostly waits for the others' servers."""
SETTLED_WITHIN = 10.0
"""Seconds: `all` is published first, the segments right after it."""


def run(example: Example, live: Live) -> list[str]:
    """Return which values of an example are wrong."""
    live.make_topics()
    live.publish(example.lines)
    live.configure(example.patient().vitals_yaml)
    pipe = live.directory / "clock"
    os.mkfifo(pipe)
    stops = sorted({*Engines(example, 1).asked(example.as_ofs), *example.as_ofs})
    worker = live.worker(clock=pipe, VITALS_CLOCK=spoken(stops[0]))
    found: list[str] = []
    with pipe.open("w", buffering=1) as clock:
        for as_of in stops:
            clock.write(f"{as_of}\n")
            found += _shown(example, live, as_of, worker)
    return found


def _shown(example: Example, live: Live, as_of: int, worker: Worker) -> list[str]:
    """Return what is wrong at an `as_of` once all events are taken in."""

    def published() -> bool:
        found = live.snapshot()
        there = found and found["complete"] and found["as_of"] == spoken(as_of)
        return bool(there) and live.taken() >= len(example.lines)

    wait_for(published, f"{example.name}: a snapshot at {spoken(as_of)}", more=lambda: worker.log)
    # nobody publishes a segment that no event has told of; a replay shows whatever it is asked for
    told = b"all" + b"".join(example.lines)
    segments = {
        one.segment
        for one in example.expected
        if one.as_of == as_of and one.segment.rpartition("=")[2].encode() in told
    }
    last: list[str] = []

    def right() -> bool:
        said = {segment: live.snapshot(segment) for segment in segments}
        current = {segment: one for segment, one in said.items() if one.get("as_of") == spoken(as_of)}
        last[:] = wrong(example, {(as_of, segment): one for segment, one in current.items()})
        last.extend(f"{example.name}: no snapshot of {name}" for name in sorted(segments - current.keys()))
        return not last

    try:
        wait_for(right, "the values", SETTLED_WITHIN)
    except AssertionError:
        return last
    return []


@pytest.mark.parametrize("family", FAMILIES)
def test_values_are_those_computed_by_hand(family, kafka, redis_url, tmp_path):
    prefix = f"examples-{uuid.uuid4().hex[:8]}"

    def played(numbered: tuple[int, Example]) -> list[str]:
        number, example = numbered
        directory = tmp_path / str(number)
        directory.mkdir()
        with Live(kafka.bootstrap, redis_url, f"{prefix}-{number}", directory, partitions="2") as live:
            return run(example, live)

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(played, enumerate(examples(family)[::EACH])))
    finally:
        kafka.delete_topics(prefix)
        with Redis.from_url(redis_url) as client:
            for key in client.scan_iter(f"{prefix}*", count=1000):
                client.delete(key)

    problems = [text for texts in found for text in texts]
    assert not problems, "\n".join(problems)
