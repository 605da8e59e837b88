"""Every name of the catalogue is published: with its unit, in its windows, and null only for its reasons.

`names.txt` lists them all; `pending.txt` those that are not built yet. What is built leaves the second list.
"""

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from stream.cli import app
from stream.engine.catalogue import catalogue_of
from stream.engine.kpis import CATALOGUE
from stream.settings.definitions_file import load_definitions

HERE = Path(__file__).parent
WINDOWS = {
    "R": ["5m", "1h", "24h", "7d", "30d"],
    "L": ["24h", "7d", "30d"],
    "C": ["today", "yesterday", "week", "last_week", "month", "last_month"],
    "E": ["yesterday", "last_week", "last_month"],
}
WORDS = {
    "$": "money",
    "rate": "fraction",
    "s": "seconds",
    "fraction": "fraction",
    "ratio": "ratio",
    "x": "ratio",
    "table": "table",
}
"""The catalogue's word for a unit → ours; all other units are words for what is counted."""


class Name(NamedTuple):
    """A line of `names.txt`."""

    name: str
    unit: str
    windows: list[str]
    reasons: list[str]

    def values(self):
        return [f"{self.name}.{window}" for window in self.windows] or [self.name]


def written(file):
    lines = (line.strip() for line in (HERE / file).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _read(line):
    name, unit, windows, *reasons = (part.strip() for part in line.split("|"))
    expanded = [window for word in windows.split() if word != "-" for window in WINDOWS.get(word, [word])]
    return Name(name, unit, expanded, [one.strip() for part in reasons for one in part.split(";")])


NAMES = [_read(line) for line in written("names.txt")]
PENDING = set(written("pending.txt"))
KPIS = catalogue_of(load_definitions(HERE / "vitals.yaml"))
BUILT = [name for name in NAMES if name.name not in PENDING]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    """The snapshot at the end of the simulator's business of 120 days."""
    folder = tmp_path_factory.mktemp("business")
    events, out = str(folder / "events.jsonl"), folder / "snapshot.jsonl"
    config = str(HERE / "vitals.yaml")
    for arguments in (
        ("simulate", "--days", "120", "--accounts", "20", "--out", events, "--truth", str(folder / "truth.json")),
        ("replay", "--config", config, "--out", str(out), events),
    ):
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == 0, done.stderr
    return json.loads(out.read_bytes())


def test_a_name_stands_in_the_list_once():
    names = [name.name for name in NAMES]

    assert len(names) == len(set(names)) > 250
    assert set(names) >= PENDING


@pytest.mark.parametrize("name", BUILT, ids=lambda name: name.name)
def test_it_is_declared_with_the_unit_and_the_windows_of_the_catalogue(name):
    kpi = KPIS[name.name]

    assert kpi.unit == WORDS[name.unit] if name.unit in WORDS else kpi.unit not in WORDS.values()
    assert set(kpi.windows) >= set(name.windows)
    assert bool(kpi.windows) == bool(name.windows)


def test_every_kpi_of_the_package_is_in_the_catalogue():
    ours = {name for name, kpi in CATALOGUE.items() if kpi.formula.__module__.startswith("stream.")}

    assert ours <= {name.name for name in NAMES}


@pytest.mark.timeout(900)
def test_a_business_of_120_days_has_every_value_and_null_only_for_reasons_of_the_catalogue(snapshot):
    values, reasons = snapshot["values"], snapshot["reasons"]
    wrong = {}
    for name in BUILT:
        for value in name.values():
            if value not in values:
                wrong[value] = "is missing"
            elif values[value] is None and reasons.get(value) not in name.reasons:
                wrong[value] = f"is null: {reasons.get(value)}"

    assert not wrong


@pytest.mark.timeout(900)
def test_what_is_built_does_not_stand_among_what_is_pending(snapshot):
    """Where this fails, remove these lines from `pending.txt`."""
    published = {value.partition(".")[0] for value in snapshot["values"]}

    assert not PENDING & (published | CATALOGUE.keys())
