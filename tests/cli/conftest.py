"""A simulated business as a file, once for all tests, and a directory with no settings."""

import json
from pathlib import Path

import pytest
from calling import WEEK, vitals
from working import Working


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No `vitals.yaml`, no `.env` and no variables of the machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("VITALS_CONFIG", "VITALS_KAFKA_BOOTSTRAP", "VITALS_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


class Simulated:
    """What `vitals simulate` wrote: `path` of the events, `lines`, and the `truth` that it printed."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.path = directory / "events.jsonl"
        result = vitals("simulate", "--out", self.path, *options)
        assert result.exit_code == 0, result.output
        self.truth = json.loads(result.stdout)
        self.lines = self.path.read_bytes().splitlines(keepends=True)


@pytest.fixture(scope="session")
def business(tmp_path_factory):
    """A week: enough for what is not about months."""
    return Simulated(tmp_path_factory.mktemp("business"), *WEEK, "--full-truth")


@pytest.fixture(scope="session")
def long_config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "vitals.yaml"
    path.write_text("business: {zone: America/New_York}\nfx: {EUR: 1.08, JPY: 0.0067, GBP: 1.27}\n")
    return path


@pytest.fixture(scope="session")
def long_business(tmp_path_factory, long_config):
    """Seven weeks, over the end of a month, in a zone and in several currencies."""
    options = ("--days", "40", "--accounts", "6", "--seed", "5", "--config", long_config, "--full-truth")
    return Simulated(tmp_path_factory.mktemp("business"), *options)


@pytest.fixture(scope="session")
def working(kafka, redis_url, tmp_path_factory):
    """A deployment with a worker: see `Working`. One for all tests, since it takes seconds to start."""
    with Working(kafka, redis_url, tmp_path_factory.mktemp("working")) as started:
        yield started


@pytest.fixture
def at_work(working, monkeypatch):
    """The same, and the environment is that of this deployment."""
    for name, value in working.settings.items():
        monkeypatch.setenv(name, value)
    return working
