"""A replay says the truth, whatever the order of the lines, how often they come, and how many processes play them."""

import json
import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from calling import WEEK, line, vitals
from holding import whole

from stream.engine.definitions import Definitions
from stream.replay import sorting
from stream.replay.run import Plan, Replay
from stream.settings.definitions_file import parse_definitions

RULES = """
rules:
  - {name: busy, value: active_users.1h, above: 1, each: country, keep_firing_for: 1h}
  - {name: down, value: availability.1h, below: 0.9, segment: service=api}
"""


def differences(truth, found):
    """What the catalogue and the simulator say differently, of the values that both know."""
    by_segment = {one["segment"]: one for one in found}
    segments = whole(truth, "usage", "uptime")
    assert {one["as_of"] for one in found} == {truth["as_of"]}
    assert by_segment.keys() == segments.keys()
    return {
        (segment, name): (by_segment[segment]["values"].get(name, "missing"), value)
        for segment, values in segments.items()
        for name, value in values.items()
        if by_segment[segment]["values"].get(name, "missing") != value
    }


def of_every_segment(truth):
    return [option for segment in whole(truth, "usage", "uptime") for option in ("--segment", segment)]


def test_all_values_of_all_segments_are_the_truth(business):
    truth = business.truth
    result = vitals("replay", business.path, *of_every_segment(truth))

    assert len(truth["values"]) > 300
    assert len(truth["segments"]) > 8
    assert not differences(truth, [json.loads(one) for one in result.stdout_bytes.splitlines()])


def test_they_are_over_months_in_a_zone_and_in_currencies(long_business, long_config):
    truth = long_business.truth
    result = vitals("replay", long_business.path, "--config", long_config, *of_every_segment(truth))

    assert truth["values"]["gross_revenue.last_month"]
    assert not differences(truth, [json.loads(one) for one in result.stdout_bytes.splitlines()])


def values_of(path, *options, stdin=b""):
    """Everything but the counts, to the byte, and the counts."""
    result = vitals("replay", path, "--segment", "all", "--segment", "plan=pro", *options, stdin=stdin)
    assert result.exit_code == 0, result.output
    parts = [one.rpartition(b',"counts":') for one in result.stdout_bytes.splitlines()]
    return [part[0] for part in parts], json.loads(parts[0][2][:-1])


@pytest.fixture(scope="module")
def steps(business):
    """Options for a snapshot a day, and one at the end."""
    return ("--every", "1d", "--from", "2026-01-06T00:00:00Z", "--as-of", business.truth["as_of"])


@pytest.fixture(scope="module")
def once(business, steps):
    return values_of(business.path, *steps)


def test_every_line_twice_in_any_order_gives_the_same_values_and_counts_duplicates(business, steps, once, nowhere):
    twice = business.lines * 2
    random.Random(2).shuffle(twice)
    (nowhere / "twice.jsonl").write_bytes(b"".join(twice))
    values, counts = values_of("twice.jsonl", *steps)

    assert values == once[0]
    assert len(values) == 14
    assert counts == once[1] | {"duplicates": len(business.lines)}
    assert once[1]["events"] + once[1]["excluded"] == len(business.lines)


def test_late_and_repeated_delivery_gives_the_same_values(business, steps, once):
    """`--out -` has the events alone, so that they can be piped."""
    delivered = vitals("simulate", "--out", "-", *WEEK, "--late", "0.1", "--duplicates", "0.1").stdout_bytes
    values, counts = values_of("-", *steps, stdin=delivered)

    assert delivered.count(b"\n") == len(business.lines) + counts["duplicates"]
    assert (values, counts["events"]) == (once[0], once[1]["events"])
    assert counts["duplicates"] > len(business.lines) / 20


def test_of_a_conflict_the_earliest_and_smallest_line_counts_in_any_order(nowhere):
    """The same identity five times; under another key it is another event."""
    small, large = line(1, "2026-01-05T00:00:01Z", feature="a"), line(1, "2026-01-05T00:00:01Z", feature="b")
    later = line(1, "2026-01-05T00:00:09Z", feature="0")
    other_key = line(1, "2026-01-05T00:00:09Z", account_id="globex", feature="c")
    lines = [large, later, small, other_key, small, later]
    expected = None
    for _ in range(4):
        random.Random(5).shuffle(lines)
        (nowhere / "a.jsonl").write_bytes(b"".join(lines))
        values, counts = values_of("a.jsonl", "--as-of", "2026-01-05T00:00:10Z")
        assert (counts["events"], counts["duplicates"], counts["conflicts"]) == (2, 4, 3)
        names = {one["feature"] for one in json.loads(values[0] + b"}")["values"]["features.24h"]}
        assert names == {"a", "c"}
        assert expected in {None, tuple(values)}
        expected = tuple(values)


# --- in parts, and with little memory


def played(definitions, path, processes):
    alerts = []
    with Replay(definitions, [str(path)], processes) as replay:
        replay.read(print, lambda _: None)
        end = replay.latest // 10**6 + 1
        plan = Plan([end - 86_400, end], ["all", "plan=pro", "service=api"], 43_200)
        found = list(replay.play(plan, alerts.append, lambda _: None))
    return found, alerts


@pytest.fixture(scope="module")
def definitions():
    return parse_definitions(RULES)


@pytest.fixture(scope="module")
def expected(business, definitions):
    """By one process, in order: snapshots and alerts."""
    found = played(definitions, business.path, 1)
    assert found[1]
    return found


def test_two_processes_say_the_same_to_the_byte_alerts_too(business, definitions, expected):
    assert played(definitions, business.path, 2) == expected


def test_lines_in_any_order_are_sorted_on_disk(business, definitions, expected, nowhere, monkeypatch):
    """With little memory, and with more runs than a process may have open files."""
    shuffled = business.lines.copy()
    random.Random(3).shuffle(shuffled)
    (nowhere / "shuffled.jsonl").write_bytes(b"".join(shuffled))
    monkeypatch.setattr(sorting, "RUN_BYTES", 10_000)
    monkeypatch.setattr(sorting, "CHUNK_BYTES", 1_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    try:
        assert played(definitions, "shuffled.jsonl", 1) == expected
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_spool_is_less_than_twice_the_input(business, nowhere):
    """Also where the input is compressed."""
    import zstandard

    (nowhere / "packed.zst").write_bytes(zstandard.compress(business.path.read_bytes()))
    for path in (business.path, nowhere / "packed.zst"):
        with Replay(Definitions(), [str(path)], 1) as replay:
            replay.read(print, lambda _: None)
            spooled = sum(file.stat().st_size for file in replay._folder.iterdir())
        assert 0 < spooled < 2 * Path(path).stat().st_size


MEASURE = """
import sys
from stream.engine.definitions import Definitions
from stream.replay import sorting
from stream.replay.run import Plan, Replay

sorting.RUN_BYTES = 2**20
for path in sys.argv[1:]:
    with Replay(Definitions(), [path], 1) as replay:
        replay.read(print, lambda _: None)
        list(replay.play(Plan([replay.latest // 10**6 + 1], ["all"]), print, lambda _: None))
    with open("/proc/self/status") as file:
        print(next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")))
"""


def test_memory_grows_with_entities_not_with_events(nowhere):
    """At most 32 bytes an event; the rest is the noise of an allocator."""
    small, large = 20_000, 90_000
    for number in (small, large):
        times = (one * 5_000 // number for one in range(number))
        events = (
            line(one, f"2026-01-05T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}Z") for one, at in enumerate(times)
        )
        (nowhere / f"{number}").write_bytes(b"".join(events))
    command = [sys.executable, "-c", MEASURE, f"{small}", f"{large}"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    found = subprocess.run(command, check=True, capture_output=True, env=environment, timeout=100)
    before, after = map(int, found.stdout.split())

    assert (after - before) * 1024 < (large - small) * 32 + 4 * 2**20
