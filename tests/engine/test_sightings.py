"""Sightings: what was told once is known again, by whom and when; rows leave with their hour; a restart knows them."""

import random

import pytest

from stream.engine.trackers import sightings
from stream.engine.trackers.sightings import HOUR, Sighting, Sightings, hash_of_name, hash_of_teller

KEPT = 26 * HOUR
ANA, BEN = (hash_of_teller(("user", "acme", name)) for name in ("ana", "ben"))


def restarted(rows):
    return Sightings(dict(rows), KEPT)


def test_a_name_is_kept_once_and_known_again():
    once = Sightings({}, KEPT)

    assert once.put(7, 5 * HOUR + 1, 3, ANA)
    assert not once.put(7, 6 * HOUR, 4, BEN)
    assert once.get(7) == Sighting(5 * HOUR + 1, 3, ANA)
    assert once.get(8) is None


def test_a_restart_knows_what_was_written_and_writes_on():
    rows = {}
    once = Sightings(rows, KEPT)
    for checkpoint in range(3):
        once.put(checkpoint, HOUR + checkpoint, checkpoint, BEN)
        once.settle()
        once = restarted(rows)
        rows = once._rows
    once.put(3, HOUR + 3, 3, ANA)

    assert [once.get(hashed) for hashed in range(4)] == [
        Sighting(HOUR + n, n, ANA if n == 3 else BEN) for n in range(4)
    ]
    assert sorted(rows) == [(1, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize("written", [False, True])
def test_any_number_of_sightings_is_found_again(monkeypatch, written):
    monkeypatch.setattr(sightings, "_FULL", 3 * 100)
    choose, rows = random.Random(1), {}
    once = Sightings(rows, KEPT)
    told = {choose.getrandbits(64): (choose.randrange(4 * HOUR), choose.getrandbits(32)) for _ in range(2_000)}
    for hashed, (at, combination) in told.items():
        assert once.put(hashed, at, combination, hashed ^ 1)
    if written:
        once.settle()
        once = restarted(rows)

    assert all(once.get(hashed) == Sighting(at, kind, hashed ^ 1) for hashed, (at, kind) in told.items())
    assert max(map(len, rows.values())) == 24 * 100


def test_rows_leave_with_their_hour_and_what_comes_then_is_new():
    rows = {}
    once = Sightings(rows, KEPT)
    for number in range(1_000):
        once.put(number << 54, HOUR, 0, ANA)
    once.put(7, 2 * HOUR, 0, ANA)
    once.settle()

    once.expire(2 * HOUR + KEPT - 1)
    assert sorted(hour for hour, _ in rows) == [1, 2]
    once.expire(2 * HOUR + KEPT)
    assert sorted(hour for hour, _ in rows) == [2]
    assert once.get(0) is None
    assert once.put(0, 29 * HOUR, 5, BEN)
    once.settle()
    for _ in range(40):
        once.expire(2 * HOUR + KEPT)
    assert once.get(0) == Sighting(29 * HOUR, 5, BEN)
    assert once.get(7) == Sighting(2 * HOUR, 0, ANA)
    assert len(once) < 1_000


def test_the_parts_of_a_name_are_kept_apart():
    assert hash_of_name("a", "bc") != hash_of_name("ab", "c")
    assert hash_of_teller(("user", "acme", "ana")) != hash_of_teller(("anonymous", "acme", "ana"))
