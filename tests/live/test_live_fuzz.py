"""Bad records of every kind among good ones: each leaves with its bytes and a reason, none counts."""

import json
import os
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from fuzzing import Fuzz, publish
from making import at, spoken

from schemas.errors import Reason

NOW = at("2026-03-02T12:00:00+00:00")
SEED = int(os.environ.get("FUZZ_SEED", "1"))
BAD = int(os.environ.get("FUZZ_RECORDS", "100000"))
GOOD = 20_000
LARGE = (900_001, 950_000, 1_000_000, 1_048_576, 2_000_000, 3_000_000)


@pytest.mark.timeout(900)  # a busy machine is slow
def test_bad_records_of_every_kind_leave_with_a_reason_and_the_good_ones_count(live):
    system = live(clock=spoken(NOW + timedelta(seconds=5)), dead_letter_limit="off", partitions="4")
    system.make_topics()
    fuzz = Fuzz(system, NOW, SEED)
    good = [fuzz.good() for _ in range(GOOD)]
    repeated = good[: GOOD // 20]
    records = [*good, *repeated, *(fuzz.bad() for _ in range(BAD - len(LARGE)))]
    Random(SEED).shuffle(records)
    places = publish(system, records)
    large = [fuzz.large(size) for size in LARGE]
    places += publish(system, large, compression="gzip")
    records += large
    worker = system.worker()

    snapshot = system.wait_for(len(records), spoken(NOW + timedelta(seconds=5)), patience=600)

    events = [json.loads(one.value) for one in good]
    used = [(event["account_id"], event["user_id"]) for event in events if event["type"] == "usage.tracked"]
    paid = [event["amount"] for event in events if event["type"] == "billing.payment_succeeded"]
    assert {name: number for name, number in snapshot["counts"].items() if name != "late"} == {
        "events": GOOD,
        "duplicates": len(repeated),
        "dead_letters": BAD,
        **dict.fromkeys(("conflicts", "excluded", "too_late"), 0),
    }
    values = snapshot["values"]
    assert (values["active_users.5m"], values["activity_events.5m"]) == (len(set(used)), len(used))
    assert (values["payments.24h"], values["gross_revenue.24h"]) == (len(paid), sum(paid) / 100)

    expected = {place: one for place, one in zip(places, records, strict=True) if one.reasons}
    letters = {}
    for letter in system.read("dead-letters"):
        headers = {name: text.decode() for name, text in letter.headers}
        assert len(headers) == len(letter.headers) == 5
        assert headers["detail"]
        place = headers["topic"], int(headers["partition"]), int(headers["offset"])
        assert place not in letters
        letters[place] = headers["reason"]
        assert (letter.key, letter.value) == (expected[place].key, expected[place].value)
    assert letters.keys() == expected.keys()
    wrong = Counter(
        (letters[place], *sorted(one.reasons)) for place, one in expected.items() if letters[place] not in one.reasons
    )
    assert wrong == {}
    assert {*letters.values()} == {*Reason} - {Reason.TOO_LATE, Reason.ENGINE_ERROR, Reason.EMPTY_KEY}
    assert worker.running
    assert not [line for line in worker.lines() if line["level"] == "error" or "exception" in line]
