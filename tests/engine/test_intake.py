"""The door of a partition: what counts, what does not and why, and that everything is counted somewhere."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import lines, text, usage, worlds

from schemas.errors import Reason
from schemas.keys import TOPICS, message_key
from stream.engine.decoding import decode
from stream.engine.definitions import LatenessSection
from stream.engine.duplicates import Duplicates
from stream.engine.intake import Counts, Intake, Progress

SECOND = 1_000_000
NOW = 1_795_341_600 * SECOND
HOUR = 3_600 * SECOND
LATENESS = LatenessSection()
GRACE = {topic: getattr(LATENESS.grace, topic) * SECOND for topic in TOPICS}
ALLOWED, FUTURE = LATENESS.allowed * SECOND, LATENESS.future * SECOND

NAMES = {
    "usage": {"type": "usage.tracked", "account_id": "acme", "user_id": "ann", "name": "n"},
    "billing": {
        "type": "billing.payment_succeeded",
        "account_id": "acme",
        "payment_id": "p",
        "amount": 1,
        "currency": "USD",
    },
    "uptime": {"type": "uptime.checked", "service": "api", "ok": True},
    "feedback": {
        "type": "feedback.answered",
        "account_id": "acme",
        "survey": "nps",
        "score": 9,
        "respondent_id": "r",
    },
    "growth": {"type": "growth.lead_changed", "lead_id": "l", "stage": "created"},
}


def event(number=1, at=NOW, topic="usage", **fields):
    return NAMES[topic] | {"id": f"e{number}", "source": "web", "time": text(at)} | fields


def keyed(*events, key=None):
    return [(message_key(decode(line)[1]).encode() if key is None else key, line) for line in lines(events)]


class Door:
    """An intake, with what it counts."""

    def __init__(self, *, right_partition=None, topics=None, horizons=GRACE):
        self.progress = Progress(0, dict(topics or {}), Counts())
        self.duplicates = Duplicates({}, [horizons[topic] for topic in TOPICS])
        self.intake = Intake(self.progress, self.duplicates, LATENESS, right_partition)

    @property
    def counts(self):
        counts = self.progress.counts
        return {name: number for name in counts.__struct_fields__ if (number := getattr(counts, name))}

    def take(self, *records, topic="usage", now=None):
        fresh, refused = self.intake.accept(topic, records, now)
        self.duplicates.settle(self.intake.watermarks())
        return fresh, refused

    def reasons(self, *records, **options):
        return [one.reason for one in self.take(*records, **options)[1]]


def valid(**fields):
    return json.dumps(event(**fields)).encode()


@pytest.mark.parametrize(
    ("reason", "key", "value"),
    [
        (Reason.NOT_JSON, b"acme", b"{"),
        (Reason.NOT_JSON, b"acme", b""),
        (Reason.NOT_JSON, b"acme", None),
        (Reason.NOT_JSON, b"acme", b'{"a": NaN}'),
        (Reason.NOT_UTF8, b"acme", b"\xff"),
        (Reason.NOT_AN_OBJECT, b"acme", b"[]"),
        (Reason.TOO_DEEP, b"acme", b'{"a":' * 101 + b"1" + b"}" * 101),
        (Reason.TOO_LARGE, b"acme", b" " * 900_001),
        (Reason.UNKNOWN_TYPE, b"acme", b'{"type": "usage.trackt"}'),
        (Reason.UNKNOWN_TYPE, b"acme", json.dumps(event(topic="billing")).encode()),
        (Reason.INVALID_FIELD, b"acme", valid(value="1")),
        (Reason.INVALID_FIELD, b"acme", valid(time="2026-11-22T10:00:00")),
        (Reason.EMPTY_KEY, b"", valid(account_id="")),
        (Reason.WRONG_KEY, b"globex", valid()),
        (Reason.WRONG_KEY, b"", valid()),
        (Reason.WRONG_KEY, None, valid()),
        (Reason.WRONG_KEY, b"\xff", valid()),
        (Reason.IN_FUTURE, b"acme", valid(at=NOW + FUTURE + 1)),
        (Reason.TOO_LATE, b"acme", valid(at=NOW - ALLOWED - GRACE["usage"] - 1)),
    ],
)
def test_a_record_that_does_not_count_is_refused_for_its_reason(reason, key, value):
    assert Door(topics={"usage": NOW}).reasons((key, value), now=NOW) == [reason]


def test_a_record_on_the_wrong_partition_is_refused():
    assert Door(right_partition=lambda key: key != b"acme").reasons(*keyed(event())) == [Reason.WRONG_PARTITION]


def test_a_record_on_the_right_partition_counts():
    assert Door(right_partition=lambda key: key == b"acme").reasons(*keyed(event(), event(2))) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_an_event_counts_on_the_topic_of_its_family(topic):
    (fresh, refused) = Door().take(*keyed(event(topic=topic)), topic=topic)

    assert ([one.id for _, _, one, _ in fresh], refused) == (["e1"], [])


@pytest.mark.parametrize("topic", TOPICS)
def test_an_event_is_refused_on_the_topic_of_another_family(topic):
    other = TOPICS[TOPICS.index(topic) - 1]

    assert Door().reasons(*keyed(event(topic=topic)), topic=other) == [Reason.UNKNOWN_TYPE]


@pytest.mark.parametrize(
    ("fields", "topic", "key"),
    [
        ({}, "usage", "acme"),
        ({"account_id": None, "anonymous_id": "anon"}, "usage", "anon"),
        ({"account_id": None}, "usage", "ann"),
        ({"account_id": None}, "feedback", "r"),
        ({"account_id": "acme"}, "uptime", "api"),
        ({"account_id": "acme"}, "growth", "l"),
    ],
)
def test_the_key_is_the_one_that_the_contract_derives(fields, topic, key):
    given_event = {name: value for name, value in event(topic=topic, **fields).items() if value is not None}

    assert Door().reasons(*keyed(given_event, key=key.encode()), topic=topic) == []


def test_a_refused_record_is_named_by_its_place_in_the_batch():
    _, refused = Door().take(*keyed(event(1)), (b"acme", b"{"), *keyed(event(2)), (b"acme", b"["))

    assert [one.place for one in refused] == [1, 3]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        (b"globex", valid(), "the record key is 'globex'; send 'acme'"),
        (None, valid(), "the record key is missing; send 'acme'"),
        (b"acme", valid(at=NOW + FUTURE + 7 * SECOND), "time: 307 s ahead of the clock; correct the producer's clock"),
        (
            b"acme",
            valid(at=NOW - 2 * HOUR),
            "time: 7195 s behind the watermark, which is more than the grace of its topic",
        ),
        (
            b"acme",
            json.dumps(event(topic="billing")).encode(),
            "type: billing.payment_succeeded does not belong on the topic usage; send it to billing",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(key, value, says):
    _, refused = Door(topics={"usage": NOW}).take((key, value), now=NOW)

    assert [one.detail for one in refused] == [says]


@pytest.mark.parametrize("topic", TOPICS)
def test_the_grace_of_a_topic_ends_to_the_microsecond(topic):
    oldest = NOW - ALLOWED - GRACE[topic]
    records = keyed(event(1, oldest, topic), event(2, oldest - 1, topic))

    assert [one.place for one in Door(topics={topic: NOW}).take(*records, topic=topic)[1]] == [1]


def test_an_event_behind_the_watermark_counts_and_is_counted_as_late():
    door = Door(topics={"usage": NOW})
    door.take(*keyed(event(1, NOW - ALLOWED - 1)))

    assert door.counts == {"events": 1, "late": 1}


def test_an_event_at_the_watermark_is_in_time():
    door = Door(topics={"usage": NOW})
    door.take(*keyed(event(1, NOW - ALLOWED)))

    assert door.counts == {"events": 1}


def test_the_watermark_rises_within_a_batch():
    door = Door()
    door.take(*keyed(event(1, NOW), event(2, NOW - ALLOWED - 1)))

    assert door.counts == {"events": 2, "late": 1}


def test_the_watermark_of_a_topic_leaves_the_others_alone():
    door = Door()
    door.take(*keyed(event(1, NOW)))

    assert door.reasons(*keyed(event(2, NOW - 400 * 24 * HOUR, "billing")), topic="billing") == []


def test_the_first_event_of_a_topic_is_never_late():
    door = Door()
    door.take(*keyed(event(1, 0)))

    assert door.counts == {"events": 1}


def test_an_event_from_before_1970_is_as_good_as_any():
    door = Door()
    door.take(*keyed(event(1, time="1955-11-05T06:15:00Z")))

    assert door.counts == {"events": 1}


def test_an_event_as_far_ahead_as_is_allowed_counts():
    assert Door().reasons(*keyed(event(1, NOW + FUTURE)), now=NOW) == []


def test_without_a_clock_nothing_is_in_the_future():
    assert Door().reasons(*keyed(event(1, NOW + 10_000 * HOUR)), now=None) == []


@pytest.mark.parametrize(
    "record",
    [(b"globex", valid(at=NOW + HOUR)), (b"acme", valid(at=NOW + HOUR)), (b"acme", b"{")],
    ids=["wrong key", "future", "no JSON"],
)
def test_what_is_refused_moves_no_watermark(record):
    door = Door(topics={"usage": NOW})
    door.take(record, now=NOW)

    assert door.progress.highest == {"usage": NOW}


def test_what_is_refused_is_no_duplicate_when_it_comes_right():
    door = Door()
    door.take((b"globex", valid()))

    assert (door.reasons((b"acme", valid())), door.counts) == ([], {"events": 1, "dead_letters": 1})


@pytest.mark.parametrize(
    ("records", "counts"),
    [
        (keyed(event(), event()), {"events": 1, "duplicates": 1}),
        (keyed(event(), event(value=2)), {"events": 1, "duplicates": 1, "conflicts": 1}),
        (keyed(event(), event(account_id="globex")), {"events": 2}),
        (keyed(event(), event(source="ios")), {"events": 2}),
        (keyed(event(test=True)), {"excluded": 1}),
        (keyed(event(is_bot=True)), {"excluded": 1}),
        (keyed(event(test=True), event(test=True)), {"excluded": 1, "duplicates": 1}),
        ([(b"acme", b"{")], {"dead_letters": 1}),
        (keyed(event(1, NOW), event(2, NOW - 3 * HOUR)), {"events": 1, "too_late": 1}),
    ],
    ids=["repeat", "conflict", "other key", "other source", "test", "bot", "test twice", "bad", "too late"],
)
def test_everything_is_counted_as_what_it_is(records, counts):
    door = Door()
    door.take(*records)

    assert door.counts == counts


def test_the_same_identity_on_another_topic_is_a_conflict():
    door = Door()
    door.take(*keyed(event()))
    door.take(*keyed(event(topic="billing")), topic="billing")

    assert door.counts == {"events": 1, "duplicates": 1, "conflicts": 1}


def test_a_test_event_moves_the_watermark():
    """It came from a producer whose clock has got there."""
    door = Door()
    door.take(*keyed(event(test=True)))

    assert door.intake.watermark("usage") == NOW - ALLOWED


def test_many_keys_are_checked_anew_rather_than_kept(monkeypatch):
    monkeypatch.setattr("stream.engine.intake._KEYS_KNOWN", 2)
    asked = []
    door = Door(right_partition=lambda key: asked.append(key) or True)
    for account in "abaca":
        door.take(*keyed(event(account, account_id=account)))

    assert asked == [b"a", b"b", b"c", b"a"]


FOR_EVER = dict.fromkeys(TOPICS, 400 * 24 * HOUR)
"""Identities that come again after their horizon may have been forgotten by then, or not."""
USAGE = worlds(usage(), most=20, conflicts=True)


@given(USAGE, st.lists(st.binary(max_size=30), max_size=4))
def test_every_record_is_counted_once(events, noise):
    door = Door()
    records = [*keyed(*events), *((b"k", value) for value in noise)]
    door.take(*records)
    counted = door.counts
    counted.pop("late", None)
    counted.pop("conflicts", None)

    assert sum(counted.values()) == len(records)


@given(USAGE, st.data())
def test_where_batches_are_cut_changes_nothing(events, data):
    whole, cut, records = Door(horizons=FOR_EVER), Door(horizons=FOR_EVER), keyed(*events)
    place = data.draw(st.integers(0, len(records)))

    fresh, _ = whole.take(*records)
    assert fresh == cut.take(*records[:place])[0] + cut.take(*records[place:])[0]


@given(USAGE, st.data())
def test_where_batches_are_cut_changes_no_count(events, data):
    whole, cut, records = Door(horizons=FOR_EVER), Door(horizons=FOR_EVER), keyed(*events)
    place = data.draw(st.integers(0, len(records)))
    whole.take(*records)
    cut.take(*records[:place])
    cut.take(*records[place:])

    assert whole.counts == cut.counts


@given(st.lists(st.tuples(st.none() | st.binary(max_size=5), st.none() | st.binary(max_size=40))))
def test_nothing_is_raised_whatever_the_bytes(records):
    assert len(Door().take(*records)[1]) == len(records)
