"""`vitals publish`: files to Kafka; what is wrong is named by line, field and fix."""

import gzip
import json

import pytest
import zstandard
from calling import event, line, rows, vitals
from kafka import KafkaConsumer, TopicPartition

from stream.cli import publishing
from stream.publisher import Failure

WRONG = event(2) | {"name": 5}


@pytest.fixture
def topic(kafka, namespace, monkeypatch):
    """The topic of usage, of a deployment that the environment names."""
    kafka.create_topics(f"{namespace}.usage", partitions=2)
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("VITALS_NAMESPACE", namespace)
    return f"{namespace}.usage"


def values(kafka, topic):
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    try:
        tps = [TopicPartition(topic, number) for number in range(2)]
        consumer.assign(tps)
        ends = consumer.end_offsets(tps)
        found = []
        while any(consumer.position(tp) < ends[tp] for tp in tps):
            found += [one.value for batch in consumer.poll(200).values() for one in batch]
        return found
    finally:
        consumer.close()


def test_plain_and_compressed_files_and_stdin_are_published_untouched(kafka, topic, tmp_path):
    lines = [line(n) for n in range(8)]
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines[:2]) + b"\n \n")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"".join(lines[2:4])))
    (tmp_path / "c.jsonl.zst").write_bytes(zstandard.compress(b"".join(lines[4:6])))

    result = vitals("publish", "a.jsonl", "b.jsonl.gz", "c.jsonl.zst", "-", stdin=b"".join(lines[6:]))

    assert (result.exit_code, result.stdout) == (0, "")
    assert "published 8 events" in result.stderr
    assert values(kafka, topic) == [one.strip() for one in lines]


def test_invalid_lines_are_named_and_kept_and_the_others_are_published(kafka, topic, tmp_path):
    (tmp_path / "events.jsonl").write_bytes(line(1) + json.dumps(WRONG).encode() + b"\n\nnone\n" + line(3))

    result = vitals("publish", "events.jsonl", "--dead-letters", "bad.jsonl")

    assert result.exit_code == 0
    said = result.stderr.splitlines()
    assert said[0] == "events.jsonl:2: invalid_field: name: is an integer, must be a string; put it in quotes"
    assert said[1].startswith("events.jsonl:4: not_json: line 1 column 1: ")
    assert said[2] == f"published 2 events to {kafka.bootstrap}, 2 invalid lines left out"
    assert values(kafka, topic) == [line(1).strip(), line(3).strip()]
    bad = rows(tmp_path / "bad.jsonl")
    assert [(one["line"], one["reason"], one["value"]) for one in bad] == [
        (2, "invalid_field", json.dumps(WRONG)),
        (4, "not_json", "none"),
    ]


@pytest.mark.parametrize(("text", "code"), [(line(1), 0), (line(1) + b"none\n", 1)])
def test_strict_fails_where_a_line_is_invalid_after_all_was_published(kafka, topic, text, code):
    assert vitals("publish", "-", "--strict", stdin=text).exit_code == code
    assert len(values(kafka, topic)) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-", "-"), "stdin can be read once; leave the others out"),
        (("e.jsonl", "--dead-letters", "e.jsonl"), "e.jsonl is also an input; name another file"),
    ],
)
def test_wrong_use_publishes_nothing(tmp_path, arguments, said):
    (tmp_path / "e.jsonl").write_bytes(line(1))

    result = vitals("publish", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_that_is_not_there_fails():
    result = vitals("publish", "none.jsonl")

    assert result.exit_code == 1
    assert "none.jsonl" in result.stderr


def test_no_broker_is_said_with_the_fix(monkeypatch):
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setattr("stream.publisher.PATIENCE", 0.1)

    result = vitals("publish", "-", stdin=line(1))

    assert result.exit_code == 1
    assert result.stderr.startswith("error: nobody listens at 127.0.0.1:1; start the broker, or correct VITALS_KAFKA_")


class Broken:
    """A publisher whose brokers went away."""

    def __init__(self, _, on_failure):
        self.tell = on_failure

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def send(self, event):
        self.tell(Failure(event, "vitals.usage", "acme", "KafkaTimeoutError: gone"))

    def flush(self):
        pass


def test_events_that_could_not_be_sent_are_told_of(monkeypatch):
    monkeypatch.setattr(publishing, "Publisher", Broken)

    result = vitals("publish", "-", stdin=line(1) + line(2))

    assert result.exit_code == 1
    assert "error: 1 of 1 events could not be sent; the first: KafkaTimeoutError: gone; publish" in result.stderr
