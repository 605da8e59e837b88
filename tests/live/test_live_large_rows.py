"""Rows of state that are larger than any record may be are committed and read back, and events of any size may wait."""

from collections import Counter
from datetime import timedelta

from making import at, event, spoken, tracked

NOW = at("2026-03-02T12:00:00+00:00")
RECORD = 1_000_000


def _replied(second, change="replied"):
    return event(
        "feedback.ticket_changed",
        NOW - timedelta(seconds=second),
        account_id="acme",
        ticket_id="endless",
        change=change,
        actor="customer",
        priority="high",
        topic="t" * 250,
        assignee="a" * 250,
    )


def _large(second, number):
    return tracked(NOW + timedelta(seconds=second), "acme", f"user-{number}", attributes={"text": "x" * 850_000})


def _parts(system):
    newest = {record.key: record.value for record in system.read("state")}
    parts = Counter(key.split(b"\0")[2] for key, value in newest.items() if key.startswith(b"parts\0") and value)
    sizes = [len(value) for key, value in newest.items() if key.startswith(b"parts\0") and value]
    return parts, sum(sizes), max(sizes)


def test_a_row_of_megabytes_is_committed_and_read_back(live):
    system = live(clock=spoken(NOW), partitions="1")
    system.make_topics()
    replies = [_replied(one + 2) for one in range(8_000)]
    ahead = [_large(10, number) for number in range(4)]
    first = system.worker()
    system.publish([_replied(9_000, "opened"), *replies, *ahead])
    snapshot = system.wait_for(8_005)
    assert snapshot["values"]["tickets_waiting"] == 1
    assert first.stop() == 0
    parts, size, largest = _parts(system)
    assert parts.keys() == {b"tickets", b"waiting"}
    assert size > 3_000_000
    assert largest < RECORD

    second = system.worker(VITALS_CLOCK=spoken(NOW + timedelta(seconds=60)))
    system.publish([_replied(-20, "solved")])

    snapshot = system.wait_for(8_006, spoken(NOW + timedelta(seconds=60)))
    assert snapshot["values"]["tickets_waiting"] == 0
    assert snapshot["values"]["active_users.5m"] == 4
    assert second.stop() == 0
    assert _parts(system)[0].keys() == {b"tickets"}  # nothing waits any more
    for worker in (first, second):
        assert not [line for line in worker.lines() if line["logger"].startswith("stream") and line["level"] != "info"]
