"""The oracle of the end: all values and all alerts are those of `vitals replay` of what counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .business import vitals
from .findings import Findings
from .following import Record
from .recount import COUNTS, Outcome

Snapshots = Mapping[str, dict[str, Any]]
"""By segment."""
_DIMENSIONS = {
    "plan": "",
    "country": "",
    "service": "",
    "region": "uptime.checked",
    "severity": "uptime.incident_changed",
}
"""What segments are of, and the type of event that they are read from, if it is one only."""


class Expected(NamedTuple):
    """What `vitals replay` makes of the records that count, by segment, and the alerts in order."""

    snapshots: dict[str, dict[str, Any]]
    alerts: list[dict[str, Any]]


def expected(outcomes: Iterable[Outcome], as_of: str, config: Path, directory: Path) -> Expected:
    """Replay the events that count, for every value of the segments that they name."""
    counting = [outcome for outcome in outcomes if outcome.count == "events"]
    path, alerts = directory / "counting.jsonl", directory / "alerts.jsonl"
    path.write_bytes(b"".join(outcome.value + b"\n" for outcome in counting))
    named = {
        f"{name}={outcome.event[name]}"
        for outcome in counting
        for name, kind in _DIMENSIONS.items()
        if outcome.event.get(name) and kind in ("", outcome.event["type"])
    }
    segments = [text for name in sorted({"all"} | named) for text in ("--segment", name)]
    options = ("--config", str(config), "--as-of", as_of, "--alerts", str(alerts), "--step", "10m", *segments)
    out = vitals("replay", *options, str(path), directory=directory)
    found = {snapshot["segment"]: snapshot for snapshot in map(json.loads, out.splitlines())}
    return Expected(found, [json.loads(line) for line in alerts.read_text().splitlines()])


def totals(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return the counts that the records make."""
    counts = Counter(outcome.count for outcome in outcomes)
    counts["late"] = sum(outcome.late for outcome in outcomes)
    counts["conflicts"] = sum(outcome.conflict for outcome in outcomes)
    return {name: counts[name] for name in COUNTS}


def differences(where: str, found: Snapshots, wanted: Snapshots, counts: dict[str, int]) -> list[str]:
    """Say how snapshots differ from those of replay: every value, reason and count, but the revision."""
    wrong = [f"{where}: {segment} is there on one side only" for segment in sorted(found.keys() ^ wanted.keys())]
    for segment in found.keys() & wanted.keys():
        here, there = found[segment], {**wanted[segment], "counts": counts}
        for part in here.keys() | there.keys():
            ours, theirs = here.get(part), there.get(part)
            if part == "revision" or ours == theirs:
                continue
            if not isinstance(ours, dict) or not isinstance(theirs, dict):
                wrong.insert(0, f"{where}: {segment} {part} is {ours!r}, replay says {theirs!r}")  # it explains others
                continue
            wrong += [
                f"{where}: {segment} {part} {name} is {ours.get(name)!r}, replay says {theirs.get(name)!r}"
                for name in sorted(ours.keys() | theirs.keys())
                if ours.get(name) != theirs.get(name)
            ]
    return wrong


def check_values(wrong: Sequence[str], findings: Findings) -> None:
    """Note how snapshots differ."""
    findings.values += len(wrong)
    for text in wrong:
        findings.note(text)


def check_alerts(records: Iterable[Record], wanted: Sequence[dict[str, Any]], findings: Findings) -> None:
    """Compare the committed alerts with those of replay: each (fingerprint, status) once, all fields the same."""
    found = [json.loads(record.value or b"{}") for record in records]
    times = Counter((alert["fingerprint"], alert["status"]) for alert in found)
    for name, number in times.items():
        if number > 1:
            findings.alerts += number - 1
            findings.note(f"alert {name} is there {number} times")
    by_name = {(alert["fingerprint"], alert["status"]): alert for alert in found}
    expected_by_name = {(alert["fingerprint"], alert["status"]): alert for alert in wanted}
    for name in by_name.keys() | expected_by_name.keys():
        if by_name.get(name) != expected_by_name.get(name):
            findings.alerts += 1
            findings.note(f"alert {by_name.get(name)}, replay says {expected_by_name.get(name)}")
