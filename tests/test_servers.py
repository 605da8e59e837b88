"""The test servers are real: they commit, forget, and come back as a broker and a Redis do."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from redis import Redis as Client
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry
from servers import Kafka, ServersError, install, jars, process, shared
from servers.port import Port
from waiting import PATIENCE

_NO_ENGINE = "unix:///nowhere"  # for tests about the processes of our own, on machines with a Docker engine too


async def _produce(bootstrap, topic, *values, commit=True):
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{topic}-id")
    await producer.start()
    try:
        await producer.begin_transaction()
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()


async def _read(bootstrap, topic, count):
    """Reads so many committed values; "to the end" would not do, which moves only some time after a commit returned."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return [(await asyncio.wait_for(consumer.getone(), PATIENCE)).value for _ in range(count)]
    finally:
        await consumer.stop()


def test_the_broker_commits_a_transaction_and_hides_an_aborted_one(kafka, namespace):
    topic = f"{namespace}.events"
    kafka.create_topics(topic)

    asyncio.run(_produce(kafka.bootstrap, topic, b"never", commit=False))
    asyncio.run(_produce(kafka.bootstrap, topic, b"one", b"two"))

    assert asyncio.run(_read(kafka.bootstrap, topic, 2)) == [b"one", b"two"]


def test_a_topic_may_take_records_of_four_mebibytes(kafka, namespace):
    """The dead-letter topic does, while the broker's own limit stays at the default of 1 MiB."""
    large = b"x" * (3 * 2**20)

    async def send(topic):
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, max_request_size=2**22)
        await producer.start()
        try:
            await producer.send_and_wait(topic, large, partition=0)
        finally:
            await producer.stop()

    kafka.create_topics(f"{namespace}.dead", partitions=2, config={"max.message.bytes": 4 * 2**20})
    kafka.create_topics(f"{namespace}.plain")
    asyncio.run(send(f"{namespace}.dead"))

    assert asyncio.run(_read(kafka.bootstrap, f"{namespace}.dead", 1)) == [large]
    with pytest.raises(Exception, match="MessageSizeTooLarge"):
        asyncio.run(send(f"{namespace}.plain"))


def test_deleting_topics_needs_a_prefix_and_takes_only_its_own(kafka, namespace):
    kafka.create_topics(f"{namespace}.a", f"{namespace}.b", f"{namespace}x")

    kafka.delete_topics(f"{namespace}.")

    assert kafka.topics(namespace) == [f"{namespace}x"]
    with pytest.raises(ValueError, match="every topic"):
        kafka.delete_topics("")


def test_redis_answers(redis_url, namespace):
    with Client.from_url(redis_url) as client:
        assert client.ping()
        client.set(f"{namespace}:key", "value")
        assert client.get(f"{namespace}:key") == b"value"


def test_a_broker_killed_and_restarted_keeps_what_was_committed(own_kafka):
    broker = own_kafka()
    bootstrap = broker.bootstrap
    broker.create_topics("events")
    asyncio.run(_produce(bootstrap, "events", b"kept"))
    # a commit returns before its marker is in the topic, and a lone broker that is killed in between may never write it
    assert asyncio.run(_read(bootstrap, "events", 1)) == [b"kept"]

    broker.kill()
    assert not broker.running
    broker.start()

    assert broker.bootstrap == bootstrap
    assert asyncio.run(_read(bootstrap, "events", 1)) == [b"kept"]
    broker.restart()
    assert asyncio.run(_read(bootstrap, "events", 1)) == [b"kept"]


@pytest.fixture
def free_port():
    with closing(Port()) as port:
        yield port.number


def test_clients_are_sent_to_the_advertised_port(own_kafka, free_port):
    """Through a proxy there; administration goes past it, also when the proxy is down."""
    broker = own_kafka({"num.partitions": 3}, advertised_port=free_port)
    broker.create_topics("events", partitions=-1)
    connections = []

    async def forward(reader, writer):
        connections.append(asyncio.current_task())
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", broker.port)
        await asyncio.gather(_copy(reader, to_writer), _copy(to_reader, writer))

    async def through_the_proxy():
        async with await asyncio.start_server(forward, "127.0.0.1", free_port):
            await _produce(broker.bootstrap, "events", b"by proxy")
            values = await _read(broker.bootstrap, "events", 1)
            await asyncio.gather(*connections)
        return values

    assert broker.bootstrap == f"127.0.0.1:{free_port}"
    assert asyncio.run(through_the_proxy()) == [b"by proxy"]
    assert broker.topics("ev") == ["events"]


async def _copy(reader, writer):
    while chunk := await reader.read(65_536):
        writer.write(chunk)
    writer.close()
    await writer.wait_closed()


def test_a_redis_killed_and_restarted_is_empty_at_the_same_address(own_redis, namespace):
    server = own_redis(password=namespace)
    with Client.from_url(server.url) as client:
        client.set("key", "value")

    server.kill()
    server.restart()

    with Client.from_url(server.url) as client:
        assert client.dbsize() == 0
    once = Retry(NoBackoff(), 0)
    with pytest.raises(AuthenticationError), Client(port=server.port, retry=once) as stranger:
        stranger.ping()


def test_a_broker_with_wrong_settings_shows_its_log():
    broker = Kafka({"inter.broker.listener.name": "NO_SUCH"})
    with pytest.raises(ServersError, match="Listener with name NO_SUCH"), broker:
        pass

    assert not broker.directory.exists()  # a temporary one


def test_a_server_that_ends_at_once_shows_its_log(own_redis):
    server = own_redis()
    server.stop()

    with (
        socket.create_server(("127.0.0.1", server.port)),
        pytest.raises(ServersError, match=r"(?s)ended with 1.*Address already in use"),
    ):
        server.start()


def test_servers_die_with_the_process_that_started_them(tmp_path):
    """Even with SIGKILL, where nobody can tidy up."""
    program = """
        import sys, threading, time
        from pathlib import Path
        from servers import Redis

        server = Redis(directory=Path(sys.argv[1]))
        thread = threading.Thread(target=server.start)
        thread.start()
        thread.join()
        time.sleep(0.2)  # the thread is gone, the server is not
        print(server.pid if server.running else "gone", flush=True)
        time.sleep(60)
    """
    owner = _python(program, tmp_path)
    pid = int(owner.stdout.readline())

    owner.kill()
    owner.communicate()

    _wait_for_the_end_of(pid)


def test_the_servers_of_a_run_end_with_it(tmp_path):
    """The process that asks first may end; the one that is watched may not."""
    watched = _python("import time; time.sleep(60)")
    program = """
        import sys
        from pathlib import Path
        from servers import shared

        print(shared.address("redis", Path(sys.argv[1]), int(sys.argv[2])))
    """
    first, second = (_python(program, tmp_path, watched.pid).communicate()[0] for _ in range(2))

    assert first == second
    with Client.from_url(first.strip()) as client:
        pid = client.info("server")["process_id"]
    watched.kill()
    watched.communicate()
    _wait_for_the_end_of(pid)


def test_a_run_can_end_its_servers(tmp_path, monkeypatch):
    monkeypatch.delenv("VITALS_REDIS_URL", raising=False)
    monkeypatch.setenv("DOCKER_HOST", _NO_ENGINE)
    monkeypatch.setattr(shared, "_OURS", [])
    with Client.from_url(shared.address("redis", tmp_path, os.getpid())) as client:
        pid = client.info("server")["process_id"]

    shared.stop(tmp_path)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIG_DFL)


def test_the_environment_names_the_servers(tmp_path, monkeypatch):
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", "broker.example:9092")

    assert shared.address("kafka", tmp_path, os.getpid()) == "broker.example:9092"
    assert not list(tmp_path.iterdir())


def test_a_missing_program_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(install.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(install, "_find", lambda _: None)

    with pytest.raises(ServersError, match=r"redis-server.*apt-get install redis-server"):
        install.ensure("redis-server")


def test_jars_come_from_the_directory_the_environment_names(tmp_path, monkeypatch):
    """They are fetched only where that directory has none for this pom."""
    there = tmp_path / jars.jars().name
    there.mkdir()
    monkeypatch.setenv("VITALS_SERVERS_DIR", str(tmp_path))

    assert jars.jars() == there


def test_reserved_ports_are_distinct_and_outside_the_kernels_own_range():
    ports = [Port() for _ in range(50)]
    numbers = {port.number for port in ports}
    for port in ports:
        port.close()

    assert len(numbers) == 50
    assert max(numbers) < 32_768


def _python(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        env={key: value for key, value in os.environ.items() if not key.startswith("VITALS_")}
        | {"DOCKER_HOST": _NO_ENGINE, "PYTHONPATH": str(Path(process.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    )


def _wait_for_the_end_of(pid, patience=10):
    deadline = time.monotonic() + patience
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < deadline, f"process {pid} was left behind"
        time.sleep(0.02)
