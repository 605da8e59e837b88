"""`vitals simulate`: a business as a file, on stdout or in Kafka, and the truth about it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from calling import rows, vitals
from kafka import KafkaConsumer, TopicPartition

from schemas import message_key, parse
from schemas.keys import TOPICS

DAY = ("--days", "1", "--accounts", "2")


def test_the_same_options_give_the_same_bytes(nowhere):
    for name in ("one", "two"):
        assert vitals("simulate", *DAY, "--out", name).exit_code == 0
    vitals("simulate", *DAY, "--seed", "8", "--out", "other")

    assert (nowhere / "one").read_bytes() == (nowhere / "two").read_bytes() != (nowhere / "other").read_bytes()


def test_every_line_is_a_valid_event_from_the_start_on(nowhere):
    assert vitals("simulate", *DAY, "--start", "2025-06-01T00:00:00+02:00", "--out", "events").exit_code == 0
    events = [parse(line) for line in (nowhere / "events").read_bytes().splitlines()]

    assert len(events) > 1_000
    assert all(str(event.time) >= "2025-05-31" for event in events)


def test_the_truth_goes_to_stdout_or_where_it_is_told(nowhere):
    printed = vitals("simulate", *DAY, "--out", "events").stdout
    truth = json.loads(printed)
    assert (truth["schema"], truth["segment"]) == ("vitals.truth.v1", "all")
    assert truth["as_of"].startswith("2026-01-05T23:59:")

    result = vitals("simulate", *DAY, "--out", "-", "--truth", "truth.json")
    assert result.stdout_bytes == (nowhere / "events").read_bytes()
    assert rows(nowhere / "truth.json") == [truth]


def test_the_zone_and_the_rates_are_those_of_the_configuration(nowhere):
    (nowhere / "vitals.yaml").write_text("business: {zone: Asia/Tokyo}\nfx: {EUR: 1.5, JPY: 0.01}")
    result = vitals("simulate", "--days", "3", "--accounts", "20", "--out", "events")

    assert result.exit_code == 0
    assert b'"EUR"' in (nowhere / "events").read_bytes()


def test_what_the_truth_does_not_follow_is_said(nowhere):
    (nowhere / "vitals.yaml").write_text("business: {week_start: sunday}\nmrr: {past_due: excluded}\nsegments: [plan]")

    assert vitals("simulate", *DAY, "--out", "events").stderr == (
        "note: the truth is that of the defaults for mrr, business.week_start\n"
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--days", "0"],
        ["--accounts", "0"],
        ["--duplicates", "1.5"],
        ["--late", "-1"],
        ["--start", "2026-01-05"],
        ["--start", "9999-12-31T00:00:00Z"],
        ["--config", "nowhere.yaml"],
    ],
)
def test_wrong_use_is_exit_code_2(options):
    result = vitals("simulate", *DAY, "--out", "-", *options)

    assert (result.exit_code, result.stdout) == (2, "")


def test_rates_that_change_are_not_simulated(nowhere):
    (nowhere / "vitals.yaml").write_text("fx: [{from: 2026-01-01, EUR: 1.1}]")
    result = vitals("simulate", *DAY, "--out", "events")

    assert result.exit_code == 2
    assert "write fx: {EUR: 1.08}" in result.stderr


def test_a_file_that_cannot_be_written_is_exit_code_1():
    assert vitals("simulate", *DAY, "--out", "no/where").exit_code == 1


IMPATIENT = """
from stream import publisher
from stream.cli import main

publisher.PATIENCE = 0.2
main()
"""


def test_no_broker_is_exit_code_1_with_the_address():
    command = [sys.executable, "-c", IMPATIENT, "simulate", *DAY]
    environment = os.environ | {"VITALS_KAFKA_BOOTSTRAP": "127.0.0.1:1", "PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(command, check=False, capture_output=True, env=environment, timeout=60)

    assert (result.returncode, result.stdout) == (1, b"")
    assert b"nobody listens at 127.0.0.1:1" in result.stderr


def test_events_go_to_the_topic_of_their_family_under_their_key_on_its_partition(
    kafka, namespace, nowhere, monkeypatch
):
    topics = {family: f"{namespace}.{family}" for family in TOPICS}
    kafka.create_topics(*topics.values(), partitions=3)
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("VITALS_NAMESPACE", namespace)
    assert vitals("simulate", *DAY).exit_code == 0
    vitals("simulate", *DAY, "--out", "events")
    written = sorted((nowhere / "events").read_bytes().splitlines())

    consumer = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    places = [TopicPartition(topic, number) for topic in topics.values() for number in range(3)]
    consumer.assign(places)
    found, partitions = [], {}
    for record in consumer:
        event = parse(record.value)
        found.append(record.value)
        assert record.topic == topics[event.type.partition(".")[0]]
        assert record.key.decode() == message_key(event)
        assert partitions.setdefault(record.key, record.partition) == record.partition
        if len(found) == len(written):
            break
    consumer.close()
    assert sorted(found) == written
    assert len(set(partitions.values())) == 3
