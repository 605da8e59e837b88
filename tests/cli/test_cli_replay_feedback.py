"""A replay says the truth about what customers say, in every segment that they carry."""

import json

from calling import vitals
from conftest import Simulated

SEGMENTS = "segments: [plan, country, channel]\n"


def test_the_values_of_feedback_and_support_are_the_truth(tmp_path):
    """Over 40 days: edits move answers over the end of a month, tickets are reopened, and accounts leave."""
    simulated = Simulated(tmp_path, "--days", "40", "--accounts", "25", "--seed", "11", "--full-truth")
    (tmp_path / "vitals.yaml").write_text(SEGMENTS)
    truth = simulated.truth["families"]["feedback"]
    expected = {"all": truth["values"], **truth["segments"]}
    options = [option for segment in expected for option in ("--segment", segment)]
    result = vitals("replay", simulated.path, "--config", tmp_path / "vitals.yaml", *options)
    found = {one["segment"]: one["values"] for one in map(json.loads, result.stdout_bytes.splitlines())}

    assert found.keys() == expected.keys()
    assert len(expected) > 8
    assert expected["all"]["nps_answers.30d"]
    assert not {
        (segment, name): (found[segment].get(name, "missing"), value)
        for segment, values in expected.items()
        for name, value in values.items()
        if found[segment].get(name, "missing") != value
    }
