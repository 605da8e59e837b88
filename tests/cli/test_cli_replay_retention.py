"""A replay says the truth about who comes back and how often, of all and of every plan and country."""

import json
from datetime import UTC, datetime

from holding import differences, of_family

from stream.simulate import Business

ZONE = "Pacific/Auckland"
# Soon after the beginning; when a cohort of February has had 1, 7 and 30 days, just at midnight; the night in which
# clocks go back; the end of a month, to the second.
INSTANTS = [(1, 30, 10, 7, 3), (2, 6, 13), (2, 12, 20), (3, 1, 12), (3, 7, 11), (4, 4, 15, 30), (4, 30, 12)]
RATES = ("d1", "d7", "d30", "w1", "w4", "m1", "m3")


def test_all_values_of_all_segments_are_the_truth(tmp_path):
    (tmp_path / "vitals.yaml").write_text(f"business: {{zone: {ZONE}}}\n")
    start = datetime(2026, 1, 28, tzinfo=UTC)
    business = Business(4, 95, start, accounts=2, zone=ZONE, families=("usage",))
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in business.events()))
    instants = [datetime(2026, *instant, tzinfo=UTC) for instant in INSTANTS]
    truths = [business.truth(instant, families=True) for instant in [*instants, None]]

    assert differences(tmp_path, truths, "usage") == {}
    last = of_family(truths[-1], "usage")
    everybody = [truth["families"]["usage"]["values"] for truth in truths]
    assert {rate for rate in RATES if any(values[f"retention_{rate}"] for values in everybody)} == {*RATES}
    assert all(last["all"][f"{kind}_users.last_month"] for kind in ("returning", "dormant"))
    assert len(last) > 4
