"""`vitals dlq`: what Kafka holds of refused records is found, mended, sent again, and counted once."""

import json
import uuid

import pytest
from calling import event, line, vitals
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from schemas.times import format_time, parse_time
from stream.clock import now


@pytest.fixture
def here(kafka, namespace, monkeypatch):
    """A deployment that the environment names; its name space."""
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("VITALS_NAMESPACE", namespace)
    return namespace


WRONG = line(1, name=5).strip()
LETTERS = (
    (0, b"acme", WRONG, {"reason": "invalid_field", "detail": "name: is an integer", "topic": "usage", "offset": "7"}),
    (0, None, b"\xff\n{", {"reason": "not_utf8", "detail": "tab\there", "topic": "billing", "offset": "8"}),
    (1, b"\xfe", line(2).strip(), {"reason": "wrong_key", "detail": "key: is wrong", "topic": "usage", "offset": "9"}),
)


def written(kafka, here):
    """Put three dead letters there by transactions, as workers do; in Kafka's log a marker follows each."""
    kafka.create_topics(f"{here}.dead-letters", f"{here}.late", f"{here}.usage", partitions=2)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=f"{here}-test")
    producer.init_transactions()
    for partition, key, value, headers in LETTERS:
        told = headers | {"partition": "1", "topic": f"{here}.{headers['topic']}"}
        producer.begin_transaction()
        coded = [(name, text.encode()) for name, text in told.items()]
        producer.send(f"{here}.dead-letters", value, key, coded, partition)
        producer.commit_transaction()
    producer.begin_transaction()
    producer.send(f"{here}.dead-letters", b"of a transaction that failed", b"acme", [], 1)
    producer.abort_transaction()
    producer.close()


@pytest.fixture(scope="module")
def shared(kafka):
    """The name space of three letters that are only read."""
    here = f"letters-{uuid.uuid4().hex[:8]}"
    written(kafka, here)
    yield here
    kafka.delete_topics(here)


@pytest.fixture
def letters(kafka, shared, monkeypatch):
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("VITALS_NAMESPACE", shared)
    return shared


@pytest.fixture
def own_letters(kafka, here):
    written(kafka, here)
    return here


def listed(*options):
    result = vitals("dlq", "list", "--json", *options)
    assert result.exit_code == 0, result.stderr
    return [json.loads(one) for one in result.stdout.splitlines()]


def usage(kafka, namespace):
    """Key and value of the records of usage."""
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    tps = [TopicPartition(f"{namespace}.usage", number) for number in range(2)]
    consumer.assign(tps)
    ends = consumer.end_offsets(tps)
    found = []
    while any(consumer.position(tp) < ends[tp] for tp in tps):
        found += [(one.key, one.value) for batch in consumer.poll(200).values() for one in batch]
    consumer.close()
    return found


def test_letters_are_listed_with_place_reason_and_field(letters):
    result = vitals("dlq", "list")

    assert result.exit_code == 0
    assert [one.split("\t")[::2] for one in result.stdout.splitlines()] == [
        ["0:0", f"{letters}.usage:1:7", "name: is an integer"],
        ["0:2", f"{letters}.billing:1:8", "tab\\there"],
        ["1:0", f"{letters}.usage:1:9", "key: is wrong"],
    ]
    assert result.stderr == "3 dead letters\n"


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ((), ["0:0", "0:2", "1:0"]),
        (("--reason", "not_utf8"), ["0:2"]),
        (("--reason", "not_utf8", "--reason", "wrong_key"), ["0:2", "1:0"]),
        (("--topic", "usage"), ["0:0", "1:0"]),
        (("--since", "1h"), ["0:0", "0:2", "1:0"]),
        (("--since", "2400-01-01T00:00:00Z"), []),
        (("--late",), []),
    ],
)
@pytest.mark.usefixtures("letters")
def test_filters_choose_letters(options, places):
    assert [one["place"] for one in listed(*options)] == places


def test_as_json_a_letter_says_everything_but_its_value(letters):
    first, *_, last = listed()

    assert abs(parse_time(first.pop("at")) / 1_000_000 - now()) < 86_400
    assert first == {
        "place": "0:0",
        "reason": "invalid_field",
        "detail": "name: is an integer",
        "topic": f"{letters}.usage",
        "partition": "1",
        "offset": "7",
        "key": "acme",
    }
    assert last["key"] == "\\xfe"


@pytest.mark.usefixtures("letters")
def test_one_is_shown_with_its_untouched_bytes():
    result = vitals("dlq", "show", "0:2")

    assert (result.exit_code, result.stdout_bytes) == (0, b"\xff\n{")
    assert "reason: not_utf8\n" in result.stderr

    shown = json.loads(vitals("dlq", "show", "0:2", "--json").stdout)
    assert shown["value"].encode("utf-8", "surrogateescape") == b"\xff\n{"


@pytest.mark.parametrize("place", ["0:1", "0:3", "0:99", "9:0", "1:2"])
def test_where_no_letter_is_none_is_shown(letters, place):
    result = vitals("dlq", "show", place)

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"error: there is no letter at {place} of {letters}.dead-letters; list them" in result.stderr


def test_a_letter_is_sent_to_its_topic_under_its_key_once_it_is_valid(own_letters, kafka):
    still_wrong = vitals("dlq", "send", "0:0")
    assert still_wrong.exit_code == 1
    assert "0:0: invalid_field: name: is an integer, must be a string; put it in quotes\n" in still_wrong.stderr
    assert usage(kafka, own_letters) == []

    result = vitals("dlq", "send", "0:0", "--set", "name=export", "--set", "attributes.seats=5")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"0:0: sent to {own_letters}.usage under the key acme\n"
    assert "note: 0:0: is older than the grace of usage (1h)" in result.stderr
    ((key, value),) = usage(kafka, own_letters)
    assert key == b"acme"
    assert json.loads(value) == event(1, name="export", attributes={"seats": 5})


def test_a_letter_is_replaced_by_an_edited_file(own_letters, kafka, tmp_path):
    (tmp_path / "mended.json").write_bytes(line(3))

    result = vitals("dlq", "send", "0:2", "--edit", "mended.json", "--json")

    assert result.exit_code == 0
    sent = {"place": "0:2", "sent": True, "id": "e3", "topic": f"{own_letters}.usage", "key": "acme"}
    assert json.loads(result.stdout) == sent
    assert usage(kafka, own_letters) == [(b"acme", line(3).strip())]


def test_letters_are_sent_by_filter_and_what_is_still_wrong_stays(own_letters, kafka):
    result = vitals("dlq", "send", "--topic", "usage", "--json")

    assert result.exit_code == 1
    assert [(one["place"], one["sent"]) for one in map(json.loads, result.stdout.splitlines())] == [
        ("0:0", False),
        ("1:0", True),
    ]
    assert "sent 1 again, 1 not" in result.stderr
    assert usage(kafka, own_letters) == [(b"acme", line(2).strip())]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "x"), "'x' is no place; write PARTITION:OFFSET"),
        (("list", "--reason", "not_utf"), "there is no reason not_utf; did you mean not_utf8?"),
        (("list", "--since", "soon"), "'soon' is neither a time nor a duration"),
        (("send",), "name the letters by their places, or choose them"),
        (("send", "0:1", "--topic", "usage"), "name the letters by their places, or choose them"),
        (("send", "0:1", "--set", "name"), "'name' says no field; write field=value"),
        (("send", "0:1", "0:2", "--edit", "x.json"), "--edit: is the whole of one letter"),
        (("send", "0:1", "--edit", "x.json"), "--edit: x.json cannot be read"),
    ],
)
def test_wrong_use_is_said_before_anything_is_read(arguments, said):
    result = vitals("dlq", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize("command", [("list",), ("show", "0:0"), ("send", "0:0")])
def test_without_a_broker_or_a_topic_it_is_said_what_is_missing(command, here, monkeypatch):
    result = vitals("dlq", *command)
    assert result.exit_code == 1
    assert result.stderr.endswith(f"error: there is no topic {here}.dead-letters; a worker makes it when it starts\n")

    monkeypatch.setattr("stream.brokers.letters.PATIENCE", 0.0)
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    result = vitals("dlq", *command)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: nobody listens at 127.0.0.1:1; start the broker")


def test_a_wrong_event_in_kafka_is_found_mended_sent_again_and_counted_once(at_work):
    at_work.wait_until_ready()
    before = at_work.counts
    at = format_time(int(now()) * 1_000_000)
    name = uuid.uuid4().hex
    good, wrong = (line(1, at, source=name), line(2, at, source=name, name=5))
    producer = KafkaProducer(bootstrap_servers=at_work.kafka.bootstrap)
    for value in (good, wrong):
        producer.send(f"{at_work.namespace}.usage", value, b"acme").get(30)
    producer.close()
    at_work.wait_for_counts(events=before["events"] + 1, dead_letters=before["dead_letters"] + 1)

    (letter,) = (one for one in listed() if vitals("dlq", "show", one["place"]).stdout_bytes == wrong)
    assert (letter["reason"], letter["topic"]) == ("invalid_field", f"{at_work.namespace}.usage")
    assert letter["detail"] == "name: is an integer, must be a string; put it in quotes"
    mend = ("dlq", "send", letter["place"], "--set", "name=export")
    assert vitals(*mend).exit_code == 0
    at_work.wait_for_counts(events=before["events"] + 2, duplicates=before["duplicates"])
    assert vitals(*mend).exit_code == 0
    at_work.wait_for_counts(
        events=before["events"] + 2,
        duplicates=before["duplicates"] + 1,
        dead_letters=before["dead_letters"] + 1,
    )
