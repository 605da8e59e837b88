"""An event that makes the engine raise is set aside, whoever finds it; all the others count."""

import sys
from datetime import timedelta
from pathlib import Path

from making import at, spoken, tracked
from poisoned import AFTER, APPLY, CLOCK, IN
from waiting import wait_for

NOW = at("2026-03-02T12:00:00+00:00")
POISONED = (sys.executable, str(Path(__file__).with_name("poisoned.py")))


def _good(number):
    return [
        tracked(NOW - timedelta(minutes=4) + timedelta(milliseconds=50 * one), f"account-{one % 7}", f"user-{one}")
        for one in range(number)
    ]


def _bad(source, number, **ago):
    moment = NOW - timedelta(**ago)
    return [tracked(moment, f"account-{one}", f"bad-{one}", source=source) for one in range(number)]


def test_poison_is_set_aside_and_everything_else_counts(live):
    system = live(clock=spoken(NOW), partitions="2")
    system.make_topics()
    good = _good(3_000)
    early = [*_bad(IN, 2, minutes=4), *_bad(APPLY, 2, minutes=3), *_bad(AFTER, 1, minutes=3)]
    waited = _bad(APPLY, 2, seconds=-60)  # their time comes with a later clock
    lines = good[:1_000] + early[:3] + good[1_000:2_000] + early[3:] + waited + good[2_000:]
    system.publish(lines)
    worker = system.worker(POISONED)

    snapshot = system.wait_for(len(lines))
    assert snapshot["counts"]["events"] == len(good) + len(waited)
    assert snapshot["values"]["active_users.5m"] == len(good)
    assert worker.stop() == 0

    # the same events make the next worker raise, and those that waited, too: by now it is their time
    more = _good(50)
    worker = system.worker(POISONED, VITALS_CLOCK=spoken(NOW + timedelta(seconds=120)))
    system.publish(more)
    system.wait_for(len(lines) + len(more), spoken(NOW + timedelta(seconds=120)))
    wait_for(lambda: len(system.read("dead-letters")) == len(early) + len(waited), "the dead letters")

    letters = system.read("dead-letters")
    assert sorted(letter.value for letter in letters) == sorted([*early, *waited])
    details = {letter.value: dict(letter.headers) for letter in letters}
    assert {headers["reason"] for headers in details.values()} == {b"engine_error"}
    for value, headers in details.items():
        what = b"taken in" if IN.encode() in value else b"applied" if APPLY.encode() in value else b"as time passed"
        assert headers["detail"].endswith(b"Fault: " + what)
    sources = {(record.topic, record.partition, record.offset): record for record in system.read("usage")}
    for letter in letters:
        headers = {name: text.decode() for name, text in letter.headers}
        source = sources[headers["topic"], int(headers["partition"]), int(headers["offset"])]
        assert (letter.key, letter.value) == (source.key, source.value)
    wait_for(lambda: system.snapshot()["counts"]["events"] == len(good) + len(more), "those that waited, taken back")
    assert system.snapshot()["counts"]["dead_letters"] == len(letters)


def test_poison_that_was_mended_counts_when_it_is_sent_again(live):
    system = live(clock=spoken(NOW), partitions="2")
    system.make_topics()
    (bad,) = _bad(APPLY, 1, minutes=1)
    system.publish([*_good(10), bad])
    worker = system.worker(POISONED)
    system.wait_for(11)
    assert worker.stop() == 0

    system.publish([bad])  # Vitals is mended: the same event again
    system.worker()

    snapshot = system.wait_for(12)
    assert (snapshot["counts"]["events"], snapshot["counts"]["dead_letters"]) == (11, 1)


def test_a_fault_of_time_itself_is_nobodys_poison(live):
    system = live(clock=spoken(NOW), partitions="1")
    system.make_topics()
    system.publish(_good(10))
    worker = system.worker(POISONED, **{CLOCK: "1"})

    worker.says("fails without any event, as time passes.*Fault: of time itself")
    worker.kill()
    assert system.read("dead-letters") == []

    system.worker()
    assert system.wait_for(10)["counts"]["events"] == 10
