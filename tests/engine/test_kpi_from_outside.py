"""A KPI is one declaration, wherever it stands: nothing else knows of it, and everything shows it."""

import json

import pytest
from playing import replayed
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner
from worlds import NOW, text

from stream.cli import app
from stream.engine.catalogue import catalogue_of
from stream.engine.definitions import Definitions
from stream.engine.described import described
from stream.engine.kpis import CATALOGUE, Kpi
from stream.engine.kpis.kpi import ratio
from stream.serve.catalogue import declared
from stream.serve.metrics import exposition
from stream.settings.definitions_file import parse_definitions


@pytest.fixture
def kpi():
    """The declaration; other tests do not see it."""
    yield Kpi(
        "sessions_per_active_account",
        "sessions/account",
        ("24h", "today"),
        ratio("sessions", "active_accounts", "no active accounts"),
        "How often an account comes.",
        "`sessions` ÷ `active_accounts`. Null: no active accounts.",
        "this test",
    )
    del CATALOGUE["sessions_per_active_account"]


EVENTS = [
    {
        "id": f"e{number}",
        "source": "test",
        "type": "usage.clicked",
        "element": "a",
        "account_id": account,
        "user_id": f"u{number}",
        "time": text((NOW - 3_600) * 1_000_000),
    }
    for number, account in enumerate(["acme", "acme", "globex"])
]


@pytest.mark.usefixtures("kpi")
def test_it_has_values():
    found = replayed(EVENTS, [NOW], definitions=Definitions())[NOW]

    assert found.values["sessions_per_active_account.24h"] == 1.5


@pytest.mark.usefixtures("kpi")
def test_it_has_a_reason_where_it_is_null():
    found = replayed([], [NOW], definitions=Definitions())[NOW]

    assert found.values["sessions_per_active_account.today"] is None
    assert found.reasons["sessions_per_active_account.today"] == "no active accounts"


def test_it_is_in_what_readers_are_told_and_in_the_metrics(kpi):
    kpis = catalogue_of(Definitions())
    values = replayed(EVENTS, [NOW], definitions=Definitions())[NOW].values
    snapshot = {"as_of": text(NOW * 1_000_000), "complete": True, "revision": 1, "values": values}
    snapshot["counts"] = dict.fromkeys(("events", "duplicates", "excluded", "too_late", "dead_letters", "late"), 0)
    snapshot["counts"]["conflicts"] = 0
    told, _ = exposition(snapshot, None, kpis, "USD", NOW, "")
    metrics = {family.name: family for family in text_string_to_metric_families(told.decode())}

    assert described(kpis.values(), {})["sessions_per_active_account.24h"]["unit"] == "sessions/account"
    assert declared(kpis)["sessions_per_active_account.24h"]["definition"] == kpi.definition
    assert metrics["vitals_sessions_per_active_account"].samples[0].value == 1.5


@pytest.mark.usefixtures("kpi")
def test_rules_and_targets_may_name_it():
    value = "sessions_per_active_account.24h"
    rules, targets = [{"name": "r", "value": value, "below": 1}], [{"value": value, "at_least": 2, "by": "month"}]

    assert parse_definitions(json.dumps({"rules": rules, "targets": targets})).rules


@pytest.mark.usefixtures("kpi")
def test_a_replay_says_it(tmp_path):
    events, out = tmp_path / "events.jsonl", tmp_path / "out.jsonl"
    events.write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    done = CliRunner().invoke(app, ["replay", "--out", str(out), str(events)])

    assert done.exit_code == 0, done.stderr
    assert json.loads(out.read_bytes())["values"]["sessions_per_active_account.24h"] == 1.5
