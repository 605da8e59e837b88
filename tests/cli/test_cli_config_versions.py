"""`vitals config check` knows from Redis what the definitions were."""

import json

import pytest
from calling import vitals
from redis import Redis

from stream.engine.catalogue import catalogue_of
from stream.engine.described import described
from stream.settings.definitions_file import parse_definitions

FILE = """\
kpis:
  - name: used
    version: 1
    event: usage.tracked
    aggregate: count
    window: 24h
"""


@pytest.fixture
def check(tmp_path, redis_url, namespace, monkeypatch):
    """Publish what a file says, then check another one."""
    monkeypatch.setenv("VITALS_REDIS_URL", redis_url)
    monkeypatch.setenv("VITALS_NAMESPACE", namespace)

    def run(published, checked):
        told = described(catalogue_of(parse_definitions(published)).values(), {})
        with Redis.from_url(redis_url) as client:
            client.hset(f"{namespace}:definitions", mapping={name: json.dumps(one) for name, one in told.items()})
        file = tmp_path / "vitals.yaml"
        file.write_text(checked)
        return vitals("config", "check", file)

    return run


@pytest.mark.parametrize(
    "checked",
    [
        FILE,
        FILE + "    unit: things\n",
        FILE.replace("used", "others"),
        FILE.replace("version: 1", "version: 2").replace("tracked", "clicked"),
        "{}",
    ],
)
def test_an_unchanged_definition_and_a_new_version_are_good(check, checked):
    assert check(FILE, checked).exit_code == 0


def test_a_changed_definition_of_the_same_version_is_refused_with_its_line(check):
    result = check(FILE, FILE.replace("tracked", "clicked"))

    assert result.exit_code == 2
    assert "line 3: kpis[0].version: the definition of used has changed; raise version to 2\n" in result.stderr


def test_an_objective_that_is_changed_needs_a_new_version_and_its_pairs_need_none(check):
    published = "slos:\n  - name: api\n    value: availability\n    objective: 0.999\n"
    tighter = published.replace("0.999", "0.9995")

    assert check(published, published + "    pairs: []\n").exit_code == 0
    assert check(published, published.replace("0.999", "0.9990")).exit_code == 0
    assert "slos[0].version: the definition of api has changed; raise version to 2" in check(published, tighter).stderr
    assert check(published, tighter + "    version: 2\n").exit_code == 0


def test_an_older_version_does_not_come_back_as_something_else(check):
    newer = FILE.replace("version: 1", "version: 3")

    assert "raise version to 4" in check(newer, FILE.replace("tracked", "clicked")).stderr


def test_where_redis_does_not_answer_the_check_says_what_it_could_not_see(tmp_path, monkeypatch):
    monkeypatch.setenv("VITALS_REDIS_URL", "redis://127.0.0.1:1/0")
    file = tmp_path / "vitals.yaml"
    file.write_text(FILE)
    result = vitals("config", "check", file)

    assert result.exit_code == 0
    assert "note: redis cannot be read" in result.stderr
