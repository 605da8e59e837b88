"""`vitals config show`: what is in force, in words that can be used again, and no secret."""

import json
from datetime import date

import pytest
import yaml
from calling import vitals

from stream.engine.definitions import Definitions
from stream.settings.definitions_file import parse_definitions

FILE = """\
business: {zone: Europe/Berlin}
fx: [{from: 2026-01-01, EUR: 1.08}, {from: 2026-07-01, EUR: 1.123456}]
sessions: {gap: 90m}
signals: {usage_drop_below: 0.4}
segments: [plan]
rules:
  - {name: errors, value: error_rate.5m, above: 0.05, for: 5m, severity: page, labels: {team: core}}
"""


def definitions(text):
    return yaml.safe_load(text[text.index("\n# ") :])


@pytest.mark.parametrize("text", ["", FILE])
def test_the_definitions_that_are_shown_mean_the_same_again(tmp_path, text):
    (tmp_path / "vitals.yaml").write_text(text)

    result = vitals("config", "show")

    assert result.exit_code == 0, result.stderr
    shown = yaml.safe_dump(definitions(result.stdout))
    assert parse_definitions(shown) == parse_definitions(text)


def test_defaults_are_shown_too():
    shown = definitions(vitals("config", "show").stdout)

    assert shown.keys() == Definitions.model_fields.keys()
    assert (shown["sessions"]["gap"], shown["lateness"]["grace"]["billing"]) == ("30m", "5w")


def test_secrets_are_masked_and_json_says_the_same(tmp_path, monkeypatch):
    (tmp_path / "other.yaml").write_text(FILE)
    secrets = {
        "VITALS_KAFKA_SECURITY": "sasl_ssl",
        "VITALS_KAFKA_USERNAME": "ann",
        "VITALS_KAFKA_PASSWORD": "hush-kafka",
        "VITALS_REDIS_URL": "rediss://bob:hush-redis@redis.example:6380/2",
        "VITALS_TOKEN": "hush-token",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)

    plain = vitals("config", "show", "--config", "other.yaml").stdout
    shown = json.loads(vitals("config", "show", "--config", "other.yaml", "--json").stdout)

    assert "hush" not in plain + json.dumps(shown)
    assert "VITALS_KAFKA_USERNAME=ann\n" in plain
    assert "VITALS_REDIS_URL=rediss://bob:********@redis.example:6380/2\n" in plain
    assert "# other.yaml\n" in plain
    assert shown["environment"]["VITALS_TOKEN"] == "********"  # noqa: S105 - that it is not the token is the point
    assert shown["environment"]["VITALS_PARTITIONS"] == 8
    assert shown["file"] == "other.yaml"
    assert shown["definitions"]["rules"][0]["for"] == "5m"
    assert date.fromisoformat(shown["definitions"]["fx"][0]["from"]) == date(2026, 1, 1)


def test_what_is_wrong_is_said_instead(tmp_path):
    (tmp_path / "vitals.yaml").write_text("sessions: {gap: 30}\n")

    result = vitals("config", "show")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "sessions.gap: must be a duration" in result.stderr
