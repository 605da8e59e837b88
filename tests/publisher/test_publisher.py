"""`Publisher`: events arrive once, where the contract says, or it is said why not."""

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from published import EVENT, Record, partition_of, records

import stream.publisher
from schemas import UsageTracked
from schemas.errors import BadEvent, Reason
from schemas.keys import TOPICS, message_key
from schemas.parse import parse
from stream.publisher import Publisher, PublishingFailed, publish_lines
from stream.settings.deployment import Deployment

PARTITIONS = 5
EXAMPLES = sorted(
    path
    for path in Path(stream.publisher.__file__).parents[1].glob("schemas/examples/*/*.json")
    if path.parent.name.partition(".")[0] in TOPICS
)


@pytest.fixture
def deployment(kafka, namespace):
    kafka.create_topics(*(f"{namespace}.{family}" for family in TOPICS), partitions=PARTITIONS)
    return Deployment(kafka_bootstrap=kafka.bootstrap, namespace=namespace)


@pytest.fixture
def arrived(deployment):
    """What is in the input topics."""

    def read(**settings) -> list[Record]:
        names = [f"{deployment.namespace}.{family}" for family in TOPICS]
        return records(deployment.kafka_bootstrap, *names, **settings)

    return read


def test_the_three_lines_of_the_docstring_publish(deployment, arrived, monkeypatch):
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", deployment.kafka_bootstrap)
    monkeypatch.setenv("VITALS_NAMESPACE", deployment.namespace)
    lines = [line[4:].split("  # doctest")[0] for line in (stream.publisher.__doc__ or "").splitlines()[2:] if line]

    exec(compile(ast.parse("\n".join(lines)), "docstring", "exec"), {})  # noqa: S102 - our own docstring is what is tested

    (record,) = arrived()
    assert (record.key, json.loads(record.value)["name"]) == (b"acme", "export")


def test_every_example_arrives_in_its_topic_under_its_key_on_its_partition(deployment, arrived):
    values = [path.read_bytes().strip() for path in EXAMPLES]

    with Publisher(deployment) as publisher:
        for value in values:
            publisher.send(value)

    expected = []
    for value in values:
        event = parse(value)
        key = message_key(event).encode()
        topic = f"{deployment.namespace}.{event.type.partition('.')[0]}"
        expected.append(Record(topic, partition_of(key, PARTITIONS), key, value))
    found = arrived()
    assert (Counter(expected) - Counter(found), Counter(found) - Counter(expected)) == (Counter(), Counter())
    assert len({record.topic for record in expected}) == len(TOPICS)


def test_models_mappings_and_json_say_the_same(deployment, arrived):
    at = datetime(2026, 11, 22, 11, tzinfo=timezone(timedelta(hours=1)))
    model = UsageTracked(**EVENT | {"time": at})
    given = [model, EVENT, EVENT | {"time": at}, json.dumps(EVENT), json.dumps(EVENT).encode() + b"\r\n"]

    with Publisher(deployment) as publisher:
        for event in given:
            publisher.send(event)

    found = [parse(record.value) for record in arrived()]
    assert found == [UsageTracked(**EVENT | {"time": datetime(2026, 11, 22, 10, tzinfo=UTC)})] * len(given)


@pytest.mark.parametrize(
    ("event", "reason", "said"),
    [
        (EVENT | {"name": 1}, Reason.INVALID_FIELD, "name: is an integer, must be a string; put it in quotes"),
        (EVENT | {"time": "2026-11-22T10:00:00"}, Reason.INVALID_FIELD, "time: "),
        (EVENT | {"time": datetime(2026, 11, 22)}, Reason.INVALID_FIELD, "time: "),  # noqa: DTZ001 - that it is naive is the point
        (EVENT | {"value": float("nan")}, Reason.INVALID_FIELD, "value: is nan, which is no JSON; leave it out"),
        (EVENT | {"attributes": {1, 2}}, Reason.INVALID_FIELD, "attributes: is a Python set, which has no JSON"),
        (EVENT | {"name": "\ud800"}, Reason.INVALID_FIELD, "name: "),
        ({"id": "1"} | {3: 4, "x": object()}, Reason.INVALID_FIELD, "x: is a Python object"),
        (EVENT | {"type": "usage.track"}, Reason.UNKNOWN_TYPE, "did you mean usage.tracked?"),
        (EVENT | {"account_id": ""}, Reason.EMPTY_KEY, "account_id: is empty"),
        (UsageTracked(**EVENT).model_copy(update={"name": None}), Reason.INVALID_FIELD, "name: missing; add it"),
        (b"{", Reason.NOT_JSON, "line 1 column 2"),
        (b"\xff", Reason.NOT_UTF8, ""),
        ('{"id": "\ud800"}', Reason.NOT_UTF8, ""),
        ([EVENT], Reason.NOT_AN_OBJECT, "is a list"),
        (EVENT | {"attributes": {"a": "x" * 900_000}}, Reason.TOO_LARGE, "900,000"),
    ],
)
def test_a_wrong_event_is_refused_with_the_field_and_the_fix(kafka, event, reason, said):
    with Publisher(Deployment(kafka_bootstrap=kafka.bootstrap)) as publisher, pytest.raises(BadEvent) as refused:
        publisher.send(event)

    assert refused.value.reason is reason
    assert said in refused.value.detail


def test_what_is_refused_leaves_the_others_alone(deployment, arrived):
    with Publisher(deployment) as publisher:
        publisher.send(EVENT)
        with pytest.raises(BadEvent):
            publisher.send(EVENT | {"name": None})
        publisher.send(EVENT | {"id": "2"})

    assert [json.loads(record.value)["id"] for record in arrived()] == ["1", "2"]


def test_a_topic_that_is_not_there_is_named(kafka, namespace, monkeypatch):
    monkeypatch.setattr(stream.publisher, "TOPIC_MS", 500)

    with (
        pytest.raises(PublishingFailed, match=rf"there is no topic {namespace}\.usage; a worker makes it"),
        Publisher(Deployment(kafka_bootstrap=kafka.bootstrap, namespace=namespace)) as publisher,
    ):
        publisher.send(EVENT)


def test_send_waits_where_too_much_waits_for_the_brokers(deployment, arrived, monkeypatch):
    monkeypatch.setattr(stream.publisher, "WAITING_BYTES", 2_000)

    assert publish_lines(deployment, (json.dumps(EVENT | {"id": str(n)}).encode() for n in range(500))) == 500

    assert [json.loads(record.value)["id"] for record in arrived()] == [str(n) for n in range(500)]


def test_no_broker_is_said_with_the_fix(monkeypatch):
    monkeypatch.setattr(stream.publisher, "PATIENCE", 0.1)

    with pytest.raises(
        PublishingFailed, match=r"nobody listens at 127\.0\.0\.1:1; start the broker, or correct VITALS_K"
    ):
        Publisher(Deployment(kafka_bootstrap="127.0.0.1:1"))


JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="secret";'
GUARDED = {
    "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "listener.name.client.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.client.plain.sasl.jaas.config": JAAS,
}


LOSING = """
import json, sys
from stream.publisher import Publisher, PublishingFailed
event, told, said = json.loads(sys.argv[1]), [], ""
one, other = Publisher(on_failure=told.append, delivery_timeout=3), Publisher(delivery_timeout=3)
for publisher in (one, other):
    publisher.send(event)
    publisher.flush()
print("flushed", flush=True)
sys.stdin.readline()
for publisher in (one, other):
    for number in range(3):
        publisher.send(event | {"id": f"lost-{number}"})
one.close()
try:
    other.flush()
except PublishingFailed as failed:
    said, kept = str(failed), failed.failures
other.close()  # what was said once is not said again
tell = lambda failures: [[failure.topic, failure.key, json.loads(failure.event)["id"]] for failure in failures]
print(json.dumps({"told": tell(told), "kept": tell(kept), "said": said}))
"""
"""Two publishers that lose their broker; a process of its own, since kafka-python leaves sockets that found nobody."""


def test_behind_a_password_and_after_the_broker_is_gone(own_kafka, namespace):
    """One broker for all of it, since each takes seconds to start."""
    broker = own_kafka(GUARDED)
    broker.create_topics(f"{namespace}.usage", partitions=2)
    where = {"kafka_bootstrap": broker.bootstrap, "kafka_security": "sasl_plaintext", "kafka_username": "ann"}
    with pytest.raises(PublishingFailed, match="refuses the password of ann; correct VITALS_KAFKA_USERNAME and"):
        Publisher(Deployment(**where | {"kafka_password": "wrong", "namespace": namespace}))

    settings = where | {"kafka_password": "secret", "namespace": namespace}
    losing = subprocess.Popen(
        [sys.executable, "-c", LOSING, json.dumps(EVENT)],
        env=os.environ | {f"VITALS_{name.upper()}": value for name, value in settings.items()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with losing:
        assert losing.stdout.readline() == "flushed\n"
        broker.kill()
        answer = json.loads(losing.communicate("\n")[0])

    lost = [[f"{namespace}.usage", "acme", f"lost-{number}"] for number in range(3)]
    assert (answer["told"], answer["kept"]) == (lost, lost)
    assert answer["said"].startswith("3 events could not be sent; the first: ")
