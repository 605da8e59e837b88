"""The numbers of growth that a replay says are those that the simulated business knows of itself, in every segment."""

import json
from datetime import UTC, datetime

import pytest
from calling import vitals

from stream.engine.kpis import CATALOGUE
from stream.simulate import Business

ZONE = "Pacific/Auckland"
FX = {"EUR": "1.0837", "JPY": "0.00671"}
CONFIG = f"""
business: {{zone: {ZONE}}}
fx: {{EUR: 1.0837, JPY: 0.00671}}
segments: [plan, country, channel, campaign]
"""


@pytest.fixture(scope="module")
def business(tmp_path_factory):
    folder = tmp_path_factory.mktemp("growth")
    (folder / "vitals.yaml").write_text(CONFIG)
    found = Business(seed=12, days=75, accounts=30, fx=FX, zone=ZONE, families=("billing", "growth"))
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in found.events()))
    return folder, found


@pytest.mark.parametrize("as_of", [(2026, 1, 20, 10, 7, 3), (2026, 2, 28, 11), (2026, 3, 10, 8, 15), (2026, 4, 2)])
def test_all_values_of_all_segments_are_the_truth(business, as_of):
    folder, told = business
    truth = told.truth(datetime(*as_of, tzinfo=UTC), families=True)
    growth = truth["families"]["growth"]
    expected = {"all": growth["values"], **growth["segments"]}
    options = ("--config", folder / "vitals.yaml", "--as-of", truth["as_of"])
    segments = [option for segment in expected for option in ("--segment", segment)]
    result = vitals("replay", folder / "events.jsonl", *options, *segments)
    found = {one["segment"]: one["values"] for one in map(json.loads, result.stdout.splitlines())}

    assert len(expected) > 10
    assert {
        (segment, name): (found[segment].get(name), value)
        for segment, values in expected.items()
        for name, value in values.items()
        if name.partition(".")[0] in CATALOGUE and found[segment].get(name) != value
    } == {}
    built = {name.partition(".")[0] for name in growth["values"]} & CATALOGUE.keys()
    assert {"funnel", "trial_cohorts", "sales_cycle_median", "spend", "open_pipeline_age"} <= built
