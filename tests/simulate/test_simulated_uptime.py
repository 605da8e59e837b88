"""The uptime truth, on records small enough to lay out by hand."""

from stream.simulate.incidents import Incident, Step, incidents
from stream.simulate.instants import DAY, HOUR, MINUTE
from stream.simulate.probes import Check, Failure, Probe
from stream.simulate.services import Service, Status, Work
from stream.simulate.truth.availability import Availability
from stream.simulate.truth.reliability import Reliability
from stream.simulate.truth.spans import layout
from stream.simulate.truth.votes import voices
from stream.simulate.truth.windows import windows


def minutes(spans):
    return [(span.start // MINUTE, span.end // MINUTE, span.state) for span in spans]


def told(*statuses):
    return [Status(at * MINUTE, status, None if until is None else until * MINUTE) for at, status, until in statuses]


def test_the_example_of_the_catalogue():
    """Up at 10:00, down 10:20 to 10:30, maintenance 10:25 to 10:40 told at 11:30: 100 min up, 5 min down."""
    ten = 50 * DAY + 10 * HOUR
    statuses = [Status(ten, "up"), Status(ten + 20 * MINUTE, "down"), Status(ten + 30 * MINUTE, "up")]
    work = Work(ten + 90 * MINUTE, "m1", ten + 25 * MINUTE, ten + 40 * MINUTE)
    service = Service("web", statuses, [work])

    def at(as_of):
        return Availability([service], as_of, windows(as_of, "UTC"), range(50, 51)).values("service=web")

    noon = at(ten + 2 * HOUR)
    assert noon["availability.24h"] == 0.952380
    assert noon["downtime.24h"] == 300
    assert noon["observed_time.24h"] == 105 * 60
    assert at(ten + 90 * MINUTE)["downtime.24h"] == 600
    assert at(ten)["availability.24h"] is None


def test_bounded_lies_over_open():
    """A status with an end holds until then, whatever open one is told meanwhile; then that one holds."""
    statuses = told((0, "up", None), (10, "degraded", 30), (20, "down", None), (40, "up", None))

    assert minutes(layout(statuses, [], [], 50 * MINUTE)) == [
        (0, 10, "up"),
        (10, 30, "degraded"),
        (30, 40, "down"),
        (40, 50, "up"),
    ]


def test_the_newer_bounded_one_wins():
    """Among those with an end the one begun last; of equal beginnings the worse."""
    statuses = told((0, "down", 30), (10, "degraded", 20), (40, "degraded", 50), (40, "down", 50))

    assert minutes(layout(statuses, [], [], HOUR)) == [
        (0, 10, "down"),
        (10, 20, "degraded"),
        (20, 30, "down"),
        (40, 50, "down"),
    ]


def test_checks_speak_for_five_minutes():
    """Until the next check, at most five minutes; then nobody knows."""
    checks = [Check(0, True, 9), Check(2 * MINUTE, False, 0), Check(3 * MINUTE, True, 9), Check(20 * MINUTE, True, 9)]

    assert minutes(layout([], [voices(checks, HOUR)], [], 22 * MINUTE)) == [
        (0, 2, "up"),
        (2, 3, "down"),
        (3, 8, "up"),
        (20, 22, "up"),
    ]


def test_regions_vote():
    """More than half failing is down, fewer degraded."""
    east = voices([Check(0, True, 9), Check(4 * MINUTE, True, 9)], HOUR)
    west = voices([Check(MINUTE, False, 0), Check(3 * MINUTE, True, 9)], HOUR)
    south = voices([Check(2 * MINUTE, False, 0)], 3 * MINUTE)

    assert minutes(layout([], [east, west], [], 5 * MINUTE)) == [(0, 1, "up"), (1, 3, "degraded"), (3, 5, "up")]
    assert minutes(layout([], [east, west, south], [], 4 * MINUTE))[2] == (2, 3, "down")


def test_declared_and_probed():
    """Declared worse than up overrides the probes; an open up gives way to them, and holds where they are silent."""
    probed = voices([Check(at * MINUTE, at != 12, 9) for at in range(0, 16, 2)], HOUR)
    statuses = told((4, "down", None), (8, "up", None))

    assert minutes(layout(statuses, [probed], [], 30 * MINUTE)) == [
        (0, 4, "up"),
        (4, 8, "down"),
        (8, 12, "up"),
        (12, 14, "down"),
        (14, 30, "up"),
    ]


def test_maintenance_by_what_was_known():
    """The latest version told before `as_of` counts; overlapping ones are cut out once."""
    up = told((0, "up", None))
    works = [
        Work(0, "a", 10 * MINUTE, 20 * MINUTE),
        Work(0, "b", 15 * MINUTE, 25 * MINUTE),
        Work(50 * MINUTE, "b", 15 * MINUTE, 25 * MINUTE, canceled=True),
    ]

    assert minutes(layout(up, [], works, 50 * MINUTE)) == [(0, 10, "up"), (25, 50, "up")]
    assert minutes(layout(up, [], works, 51 * MINUTE)) == [(0, 10, "up"), (20, 51, "up")]


def test_a_probe_sees_its_failures():
    """About a check a minute, none in a silence; failures of another region are not seen."""
    failures = (Failure(HOUR, 2 * HOUR), Failure(3 * HOUR, 4 * HOUR, region="us-1"))
    probe = Probe(7, "eu-1", 0, DAY, failures, ((5 * HOUR, 6 * HOUR),))
    checks = list(probe.day(0))

    assert 1375 <= len(checks) <= 1382
    assert not any(check.ok for check in checks if HOUR <= check.at < 2 * HOUR)
    assert sum(not check.ok for check in checks) < 65
    assert not any(5 * HOUR <= check.at < 6 * HOUR for check in checks)
    assert checks == sorted(checks)
    assert list(probe.day(1)) == []


def reliability(service, as_of):
    return Reliability([service], as_of, windows(as_of, "UTC"), range(50, 52))


def test_outages_are_joined_over_moments_and_maintenance():
    """Less than a minute apart, or with only maintenance between, it is one; and the longest is that in the window."""
    noon = 50 * DAY + 12 * HOUR
    downs = [(-90, -60), (-30, -20), (-19.1, -10), (-9, -8)]
    statuses = [Status(noon - 2 * HOUR, "up")]
    for start, end in downs:
        statuses += [Status(noon + int(start * MINUTE), "down"), Status(noon + end * MINUTE, "up")]
    works = [
        Work(noon - 3 * HOUR, "m1", noon - 70 * MINUTE, noon - 40 * MINUTE),
        Work(noon - 3 * HOUR, "m2", noon - 45 * MINUTE, noon - 30 * MINUTE),
    ]
    said = reliability(Service("web", statuses, works), noon).values("service=web")

    assert said["outages.24h"] == 2
    assert said["outages.1h"] == 1
    assert said["longest_outage.24h"] == (20 + 10 + 9.1) * 60
    assert said["maintenance_time.24h"] == 40 * 60
    assert said["mtbf.24h"] == (30 + 0.9 + 1 + 8) * 60 / 2
    assert said["services_down"] == 0
    assert reliability(Service("web", statuses, works), noon - 25 * MINUTE).values("all")["services_down"] == 1


def test_incidents_by_what_was_known():
    """Noticed after a minute; of the worst the beginning is told with the mitigation; short ones have none."""
    start = 50 * DAY
    failures = [
        (start, start + 20 * MINUTE),
        (start + HOUR, start + HOUR + 2 * MINUTE),
        (start + 2 * HOUR, start + 3 * HOUR),
    ]
    service = Service("web", [Status(start, "up")], (), (), incidents("web", failures, MINUTE, start + 3 * HOUR))

    def at(minutes, segment="all"):
        return reliability(service, start + minutes * MINUTE).values(segment)

    assert at(20)["mttd.24h"] is None
    assert at(21)["mttd.24h"] == 60
    assert (at(20)["open_incidents"], at(26)["open_incidents"]) == (1, 0)
    assert (at(26)["mtta.24h"], at(26)["mttm.24h"], at(26)["mttr.24h"]) == (180, 19 * 60, 24 * 60)
    assert at(240)["incidents.24h"] == 3
    assert at(240)["open_incidents"] == at(240, "severity=3")["open_incidents"] == 1
    assert at(240, "severity=2")["mttr.24h"] == 6 * 60
    assert at(240, "severity=2")["mttm.24h"] is None


def test_an_incident_belongs_to_the_outage_it_is_in_or_to_one_just_before():
    start = 50 * DAY
    statuses = [Status(start, "up"), Status(start + HOUR, "down"), Status(start + 2 * HOUR, "up")]

    def detected(minutes):
        told = Incident("i", 2, (Step(start + minutes * MINUTE, "opened"),))
        return reliability(Service("web", statuses, (), (), [told]), start + 12 * HOUR).values("all")["mttd.24h"]

    assert [detected(minutes) for minutes in (59, 60, 119, 135, 136)] == [None, 0, 59 * 60, 75 * 60, None]


def test_checks_outside_maintenance():
    """A minute that maintenance touches has none."""
    start = 50 * DAY
    probe = Probe(7, "eu-1", start, start + HOUR, (Failure(start + 30 * MINUTE, start + 40 * MINUTE),))
    works = [Work(start, "m", start + 10 * MINUTE + 30_000, start + 12 * MINUTE)]
    reliable = reliability(Service("api", (), works, [probe]), start + HOUR)
    said = reliable.values("all")

    assert reliable.segments == {"all", "service=api", "region=eu-1"}
    assert said["checks.24h"] == 58
    assert said["checks_ok_rate.24h"] == 0.827586
    assert "apdex.24h" in said
    assert "apdex.24h" not in reliable.values("region=eu-1")
