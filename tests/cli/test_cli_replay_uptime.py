"""A replay says the truth about outages, checks and incidents, of all and of every service, region and severity."""

import json
from datetime import UTC, datetime

from holding import differences, of_family

from stream.simulate import Business

ZONE = "America/New_York"
INSTANTS = [(2, 17, 10, 7, 3), (2, 20, 11, 30), (3, 2, 8, 15), (3, 9, 4), (3, 18, 23, 58, 31)]
OUTAGES = ("outages", "longest_outage", "mtbf", "maintenance_time")
INCIDENTS = ("incidents", "mttd", "mtta", "mttm", "mttr")


def test_all_values_of_all_segments_are_the_truth(tmp_path):
    """Over the end of February and the day on which clocks go forward; also while something is down, or just was."""
    (tmp_path / "vitals.yaml").write_text(f"business: {{zone: {ZONE}}}\n")
    start = datetime(2026, 2, 16, tzinfo=UTC)
    business = Business(2, 31, start, accounts=1, zone=ZONE, families=("uptime",))
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in business.events()))
    instants = [datetime(2026, *instant, tzinfo=UTC) for instant in INSTANTS]
    instants += [datetime(2026, 3, 18, 23, minute, tzinfo=UTC) for minute in (15, 18, 20, 24)]
    truths = [business.truth(instant, families=True) for instant in [*sorted(instants), None]]

    assert differences(tmp_path, truths, "uptime") == {}
    last = of_family(truths[-1], "uptime")
    assert all(last["all"][f"{name}.30d"] for name in (*OUTAGES, *INCIDENTS))
    assert {"service=api", "service=web", "service=worker", "region=us-1", "severity=3"} <= last.keys()
    assert [truth["families"]["uptime"]["values"]["services_down"] for truth in truths[-7:]] == [0, 1, 1, 1, 0, 1, 1]
    assert {truth["families"]["uptime"]["values"]["open_incidents"] for truth in truths} >= {0, 1}
