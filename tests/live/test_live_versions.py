"""Two versions of Vitals beside one another: the newer reads what the older wrote, the older refuses the newer's."""

import asyncio
from datetime import timedelta

from aiokafka import AIOKafkaProducer
from making import at, spoken, tracked

import stream.engine.partition  # noqa: F401 - it declares the tables
from stream.engine.tables import TABLES
from stream.runtime.tables import Codec

NOW = at("2026-03-02T12:00:00+00:00")


def put(system, partition, key, value):
    """Write a row into the state of a partition, as another version would."""

    async def write():
        producer = AIOKafkaProducer(bootstrap_servers=system.kafka, acks="all")
        await producer.start()
        try:
            await producer.send_and_wait(f"{system.namespace}.state", value, key, partition)
        finally:
            await producer.stop()

    asyncio.run(write())


def refused(system):
    """What a worker says that ends with exit code 1; it has committed nothing."""
    before = len(system.read("state"))
    worker = system.worker()
    assert worker.process.wait(60) == 1
    assert "Traceback" not in worker.log
    assert len(system.read("state")) == before
    (line,) = [line for line in worker.lines() if line["level"] == "error"]
    return line["event"]


def test_rows_of_an_older_version_are_read_and_written_anew(live):
    """Given an account's row as the first version wrote it, with two fields of ten: it is there, and goes on."""
    system = live(clock=spoken(NOW), partitions="1")
    system.make_topics()
    first = int((NOW - timedelta(days=90)).timestamp()) * 1_000_000
    put(system, 0, b'accounts\0"acme"', b"1 [%d,{}]" % first)
    worker = system.worker()
    system.publish([tracked(NOW - timedelta(minutes=1))])

    system.wait_for(1)

    assert worker.stop() == 0
    rows = {record.key: record.value for record in system.read("state")}
    row = Codec(TABLES["accounts"]).read_row(rows[b'accounts\0"acme"'])
    assert (row.first_event, sum(row.uses.values())) == (first, 1)


def test_rows_of_a_newer_version_end_the_worker(live):
    system = live(partitions="1")
    system.make_topics()
    put(system, 0, b'accounts\0"acme"', b'9 {"who":"knows"}')

    assert refused(system) == (
        f"{system.namespace}-0: rows of accounts have version 9, this worker knows 1; run the newer version of Vitals"
    )


def test_rows_of_an_unknown_table_end_the_worker(live):
    system = live(partitions="1")
    system.make_topics()
    put(system, 0, b'moods\0"acme"', b"1 []")

    assert refused(system) == (
        f"{system.namespace}-0: {system.namespace}.state has rows of the table 'moods', which this version does not "
        "know; run the version of Vitals that wrote them, or a newer one"
    )
