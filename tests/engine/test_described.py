"""What readers are told of values: versions, hashes and since when they are counted."""

from dataclasses import replace

from playing import Worker
from worlds import NOW

from stream.engine.alerting.judge import Judge
from stream.engine.catalogue import catalogue_of
from stream.engine.definitions import Definitions
from stream.engine.described import described, hash_of, hash_of_all
from stream.engine.kpis import CATALOGUE

KPI = {"name": "used", "event": "usage.tracked", "aggregate": "count", "window": ["24h", "month"], "unit": "uses"}
RULE = {"name": "much", "value": "used.24h", "above": 1}


def definitions(rules=(), **fields):
    return Definitions.model_validate({"kpis": [KPI | fields], "rules": list(rules)})


def test_every_value_has_a_unit_a_kind_a_version_and_a_hash():
    kpis = catalogue_of(definitions())
    told = described(kpis.values(), {"used": NOW})

    assert told.keys() >= {"used.24h", "used.month", "mrr", "active_users.5m"}
    assert told["used.24h"] == {
        "unit": "uses",
        "kind": "rolling",
        "version": 1,
        "hash": hash_of(kpis["used"]),
        "since": "2026-03-30T12:00:00Z",
        "description": "A KPI of this business: count of usage.tracked.",
    }
    assert (told["used.month"]["kind"], told["mrr"]["kind"], told["mrr"]["since"]) == ("calendar", "gauge", None)


def test_the_hash_of_a_definition_is_of_what_it_measures():
    error_rate = CATALOGUE["error_rate"]
    CATALOGUE.pop("error_rate")
    try:
        changed = replace(error_rate, definition="something else")
        CATALOGUE.pop("error_rate")
        reworded = replace(error_rate, description="the same, in other words")
    finally:
        CATALOGUE["error_rate"] = error_rate

    assert hash_of(changed) != hash_of(error_rate) == hash_of(reworded)


def test_the_hash_of_all_changes_with_any_of_them():
    hashes = {
        hash_of_all(catalogue_of(one).values())
        for one in (Definitions(), definitions(), definitions(version=2), definitions(event="usage.clicked"))
    }

    assert len(hashes) == 4
    assert hash_of_all(catalogue_of(definitions(unit="things")).values()) in hashes


def test_an_alert_on_a_value_whose_definition_changes_is_resolved():
    states = {}
    (fired,) = Judge(definitions([RULE]), states).instant(60, ["all"], lambda *_: 5)
    (ended,) = Judge(definitions([RULE], version=2), states).instant(120, ["all"], lambda *_: None)

    assert (fired.alert.status, ended.alert.status, ended.alert.reason) == ("firing", "resolved", "definition changed")
    assert not states


def test_an_alert_on_a_value_of_the_same_definition_goes_on():
    states = {}
    Judge(definitions([RULE]), states).instant(60, ["all"], lambda *_: 5)

    assert Judge(definitions([RULE], unit="things"), states).instant(120, ["all"], lambda *_: 5) == []
    assert states["much", "all"].state == "firing"


def test_a_replay_counts_everything_under_the_new_definition():
    worker = Worker(definitions(version=7), 2)
    worker.advance(NOW)

    assert worker.values("all").values["used.24h"] == 0
