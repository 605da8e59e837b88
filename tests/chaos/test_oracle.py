"""The oracle finds what is wrong: a changelog that an engine wrote is exact, and any tampering with it is noticed."""

import json
from datetime import UTC, datetime
from random import Random

import pytest

from stream.engine.partition import PartitionEngine
from stream.engine.tables import TABLES
from stream.runtime.tables import Codec, Rows, changes
from stream.settings.definitions_file import load_definitions

from .business import CONFIG, business
from .checkpoints import PartitionOracle
from .findings import Findings
from .following import MARKER, Record
from .outputs import check_refused
from .recount import FAMILIES, recount

A_CHECKPOINT = 150


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What must become of each record by topic, and the checkpoints of an engine that read them, as lists of rows."""
    directory = tmp_path_factory.mktemp("world")
    (directory / "vitals.yaml").write_text(CONFIG)
    world = business(Random(5), 5, 1, 1, directory)
    records = {family: [] for family in FAMILIES}
    tables = {name: Rows() for name in TABLES}
    codecs = {name: Codec(table) for name, table in TABLES.items()}
    engine = PartitionEngine(tables, load_definitions(directory / "vitals.yaml"), right_partition=lambda _: True)
    now = int(datetime.fromisoformat(world.as_of).astimezone(UTC).timestamp()) * 1_000_000
    checkpoints = []
    for start in range(0, len(world.items), A_CHECKPOINT):
        items = world.items[start : start + A_CHECKPOINT]
        for family in FAMILIES:
            batch = [(item.key, item.value) for item in items if item.family == family]
            first = len(records[family])
            records[family] += [Record(first + place, *record, ()) for place, record in enumerate(batch)]
            engine.accept(family, batch, now)
        if start:  # the first checkpoint is one before any instant
            engine.advance(items[0].at // 1_000)
        engine.save()
        rows = list(changes(tables, codecs))
        for table in tables.values():
            table.dirty.clear()
        offsets = {f"ns.{family}:0": len(found) for family, found in records.items()}
        checkpoints.append([*rows, (MARKER, json.dumps(offsets).encode())])
    outcomes = {f"ns.{family}:0": list(recount(family, found, world.end)) for family, found in records.items()}
    return outcomes, checkpoints


def judged(outcomes, checkpoints):
    findings = Findings()
    rows = [row for checkpoint in checkpoints for row in checkpoint]
    PartitionOracle(0, outcomes, findings).check([Record(at, key, value, ()) for at, (key, value) in enumerate(rows)])
    return findings


def test_what_the_engine_writes_is_exact(written):
    outcomes, checkpoints = written
    findings = judged(outcomes, checkpoints)

    assert findings.exact, findings.notes
    assert findings.checkpoints == len(checkpoints)
    kinds = {outcome.reason or outcome.count for found in outcomes.values() for outcome in found}
    assert kinds >= {"events", "duplicates", "excluded", "too_late", "not_utf8", "not_json", "wrong_key", "in_future"}


@pytest.mark.parametrize("place", [0, 3, 20])
def test_a_checkpoint_that_is_missing_is_noticed(written, place):
    """Its rows are lost, and the next marker covers what they counted."""
    outcomes, checkpoints = written

    assert judged(outcomes, [*checkpoints[:place], *checkpoints[place + 1 :]]).wrong_rows


def test_a_last_checkpoint_that_is_missing_is_records_lost(written):
    outcomes, checkpoints = written

    assert judged(outcomes, checkpoints[:-1]).lost > 0


def test_a_checkpoint_that_is_there_twice_is_noticed(written):
    outcomes, checkpoints = written
    twice = [*checkpoints[:6], checkpoints[5], *checkpoints[6:]]

    assert judged(outcomes, twice).wrong_rows


def test_a_marker_that_goes_back_is_noticed(written):
    outcomes, checkpoints = written
    back = [*checkpoints[:6], [checkpoints[4][-1]], *checkpoints[6:]]

    assert judged(outcomes, back).backwards


def test_offsets_without_their_rows_are_noticed(written):
    """The marker of a checkpoint, before its rows: what a crash between the two would leave."""
    outcomes, checkpoints = written
    early = [*checkpoints[:6], [checkpoints[6][-1]], checkpoints[6][:-1], *checkpoints[7:]]

    assert judged(outcomes, early).wrong_rows


def test_records_that_were_counted_twice_are_double(written):
    outcomes, checkpoints = written
    *rows, marker = checkpoints[-1]
    progress = next(place for place, (key, _) in enumerate(rows) if key.startswith(b"progress\0"))
    version, _, said = rows[progress][1].partition(b" ")
    more = json.loads(said)
    more["counts"]["duplicates"] += 3
    rows[progress] = rows[progress][0], version + b" " + json.dumps(more).encode()

    findings = judged(outcomes, [*checkpoints[:-1], [*rows, marker]])

    assert (findings.double, findings.lost) == (3, 0)


def test_refused_records_are_there_once(written):
    outcomes = {("ns.usage", 0): written[0]["ns.usage:0"]}
    refused = [
        Record(0, None, b"", _headers("ns.usage", outcome.offset, outcome.reason))
        for outcome in outcomes["ns.usage", 0]
        if outcome.reason
    ]
    good = next(outcome.offset for outcome in outcomes["ns.usage", 0] if not outcome.reason)
    findings = Findings()
    check_refused(refused, outcomes, findings)
    assert (findings.holes, findings.repeats, findings.wrong_rows) == (0, 0, 0)

    check_refused(
        [*refused[2:], refused[3], Record(0, None, b"", _headers("ns.usage", good, "not_json"))], outcomes, findings
    )

    assert (findings.holes, findings.repeats, findings.wrong_rows) == (2, 2, 0)


def _headers(topic, offset, reason):
    return [("topic", topic.encode()), ("partition", b"0"), ("offset", b"%d" % offset), ("reason", reason.encode())]
