"""`vitals doctor`: what is wrong is named with its fix, and what is right is not complained about."""

import asyncio
import json
import socket

import pytest
from calling import vitals
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.errors import KafkaError
from redis import Redis
from waiting import wait_for

from stream import clock
from stream.runtime import topics
from stream.settings.deployment import Deployment

CHECKS = [
    *("definitions", "environment", "kafka", "topics", "partitions", "settings", "permissions", "workers", "lag"),
    *("transactions", "clock of kafka", "redis", "redis writes", "redis memory", "clock of redis", "snapshot"),
]


def examined(*options):
    """The findings by check, and the exit code."""
    result = vitals("doctor", "--json", *options)
    assert result.stderr == ""
    found = {}
    for one in map(json.loads, result.stdout.splitlines()):
        found.setdefault(one["check"], []).append(one)
    return found, result.exit_code


def one(found, check, state="wrong"):
    """What the only finding of a check says, with its fix."""
    (finding,) = found[check]
    assert finding["state"] == state, finding
    return f"{finding['says']}; {finding['fix']}"


@pytest.fixture
def deployed(kafka, redis_url, namespace, monkeypatch):
    """A name space that has nothing yet."""
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("VITALS_REDIS_URL", redis_url)
    monkeypatch.setenv("VITALS_NAMESPACE", namespace)
    return namespace


def make_topics(kafka, namespace):
    asyncio.run(topics.prepare(Deployment(kafka_bootstrap=kafka.bootstrap, namespace=namespace, partitions=2)))


def test_where_all_is_well_nothing_is_wrong(at_work):
    at_work.wait_until_ready()

    found, code = wait_for(
        lambda: (answer := examined())[1] == 0 and answer, "a clean bill of health", more=vitals_doctor
    )

    assert [check for check in found if check != "environment"] == [check for check in CHECKS if check != "environment"]
    assert {finding["state"] for findings in found.values() for finding in findings} == {"good"}
    assert code == 0


def vitals_doctor():
    return vitals("doctor").output


def test_clocks_that_differ_are_told_apart(at_work, monkeypatch):
    at_work.wait_until_ready()
    monkeypatch.setattr(clock, "now", lambda now=clock.now: now() + 100)

    found, code = examined()

    assert code == 1
    for check in ("clock of kafka", "clock of redis"):
        said = one(found, check)
        assert said.startswith(("is 100.", "is 99."))
        assert "behind ours; set both by NTP" in said


def test_as_text_each_finding_is_a_line_with_a_sign(deployed):
    result = vitals("doctor")

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines if not line.startswith("✓ environment")] == [
        *("✓ definitions", "✓ kafka", "✗ topics", "- partitions", "- settings", "- permissions", "✗ workers", "- lag"),
        *("- transactions", "- clock of kafka", "✓ redis", "✓ redis writes", "✓ redis memory", "✓ clock of redis"),
        "✗ snapshot",
    ]
    assert f"missing: {deployed}.accounts" in lines[3]
    assert "; start a worker, `vitals worker`, which makes them" in lines[3]


def test_a_missing_topic_is_named(kafka, deployed):
    make_topics(kafka, deployed)
    kafka.delete_topics(f"{deployed}.billing")

    said = wait_for(lambda: (answer := examined()[0])["topics"][0]["state"] == "wrong" and answer, "that it is gone")

    assert one(said, "topics") == f"missing: {deployed}.billing; start a worker, `vitals worker`, which makes them"
    assert one(said, "partitions", "good").startswith("2 for each input topic")


def test_partitions_that_do_not_agree_are_named(kafka, deployed):
    kafka.create_topics(f"{deployed}.usage", partitions=3)
    kafka.create_topics(f"{deployed}.billing", partitions=2)

    said = one(examined()[0], "partitions")

    assert said.startswith(f"{deployed}.billing has 2, {deployed}.usage has 3; give all input topics the same number")


def test_partitions_of_what_workers_write_by_number_are_named(kafka, deployed):
    kafka.create_topics(f"{deployed}.state", f"{deployed}.clock", partitions=3)
    make_topics_of_inputs(kafka, deployed)

    found = [finding["says"] for finding in examined()[0]["partitions"]]

    assert found == [
        f"{deployed}.clock has 3, and 1 are needed",
        f"{deployed}.state has 3, and 2 are needed as the inputs have",
    ]


def make_topics_of_inputs(kafka, namespace):
    kafka.create_topics(*(f"{namespace}.{name}" for name in ("usage", "billing", "uptime")), partitions=2)


def altered(admin, resources):
    """Alter settings; where the broker does not know a topic yet, kafka-python says that it knows no such setting."""
    try:
        admin.alter_configs(resources)
    except (ValueError, KafkaError):
        return False
    return True


def test_settings_that_lose_records_are_named_with_the_command_that_mends_them(kafka, deployed):
    make_topics(kafka, deployed)
    changes = {
        "state": {"cleanup.policy": "compact,delete"},
        "billing": {"cleanup.policy": "compact", "retention.ms": "60000", "retention.bytes": "1000"},
        "dead-letters": {"max.message.bytes": "1000"},
        "late": {"min.insync.replicas": "2"},
    }
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    resources = [ConfigResource("TOPIC", f"{deployed}.{name}", told) for name, told in changes.items()]
    wait_for(lambda: altered(admin, resources), "the broker to know its new topics")
    admin.close()

    number = sum(map(len, changes.values()))
    found = wait_for(
        lambda: len(answer := examined()[0]["settings"]) == number and answer, "the settings to be in force"
    )

    told = {tuple(finding["says"].removeprefix(f"{deployed}.").split(" is ")[0].split(": ")) for finding in found}
    assert told == {(name, key) for name, settings in changes.items() for key in settings}
    mend = f"kafka-configs.sh --alter --entity-type topics --entity-name {deployed}.state --add-config cleanup.policy="
    assert f"{mend}compact" in [finding["fix"] for finding in found]


@pytest.mark.usefixtures("deployed")
def test_nobody_where_kafka_should_be_is_told_at_once(monkeypatch):
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", "127.0.0.1:1")

    found, code = examined()

    assert code == 1
    assert one(found, "kafka").startswith("nobody listens at 127.0.0.1:1; start the broker, or correct VITALS_KAFKA_")
    for check in ("topics", "workers", "transactions"):
        one(found, check, "skipped")
    one(found, "redis", "good")


@pytest.mark.usefixtures("deployed")
def test_the_port_of_something_else_is_told_from_nobody(redis_url, kafka, monkeypatch):
    port = redis_url.rpartition(":")[2].partition("/")[0]
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", f"127.0.0.1:{port}")
    monkeypatch.setenv("VITALS_REDIS_URL", f"redis://{kafka.bootstrap}/0")
    monkeypatch.setattr("stream.brokers.probe.PATIENCE", 1.0)

    found, _ = examined()

    assert "VITALS_KAFKA_BOOTSTRAP names the port of something else" in one(found, "kafka")
    assert f"what listens at redis://{kafka.bootstrap}/0 does not answer as Redis does" in one(found, "redis")


@pytest.mark.usefixtures("deployed")
def test_an_address_that_the_broker_advertises_in_vain_is_told(own_kafka, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]  # bound, but nobody listens
        broker = own_kafka(advertised_port=port)
        monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", f"127.0.0.1:{broker.port}")

        said = one(examined()[0], "kafka")

    assert f"broker 1 sends its clients to 127.0.0.1:{port}: nobody listens" in said
    assert "correct advertised.listeners" in said


JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="secret" user_bob="bobs";'
GUARDED = {
    "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "listener.name.client.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.client.plain.sasl.jaas.config": JAAS,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS;User:ann",
}


def test_credentials_and_permissions_are_told_one_by_one(own_kafka, deployed, monkeypatch):
    """One broker for all of it, since each takes seconds to start."""
    broker = own_kafka(GUARDED)
    broker.create_topics(f"{deployed}.usage", f"{deployed}.merge")
    monkeypatch.setenv("VITALS_KAFKA_BOOTSTRAP", broker.bootstrap)

    def found(**settings):
        for name, value in settings.items():
            monkeypatch.setenv(f"VITALS_KAFKA_{name.upper()}", value)
        return examined()[0]

    assert "its listener wants credentials: set VITALS_KAFKA_SECURITY" in one(found(), "kafka")
    wrong = found(security="sasl_plaintext", username="ann", password="wrong")  # noqa: S106 - of this broker only
    assert one(wrong, "kafka") == (
        f"{broker.bootstrap} refuses the password of ann; correct VITALS_KAFKA_USERNAME and VITALS_KAFKA_PASSWORD"
    )
    other = found(password="secret", sasl_mechanism="SCRAM-SHA-256")  # noqa: S106 - likewise
    assert one(other, "kafka").endswith("set VITALS_KAFKA_SASL_MECHANISM to one that it does: PLAIN")

    right = found(sasl_mechanism="PLAIN")
    assert one(right, "permissions", "good").startswith("ann may read and write")
    one(right, "transactions", "good")

    lacking = found(username="bob", password="bobs")  # noqa: S106 - likewise
    one(lacking, "kafka", "good")
    said = one(lacking, "permissions")
    assert "bob may not DESCRIBE, READ, WRITE of " in said
    assert "kafka-acls.sh" in said
    assert f"allow bob to READ the group {deployed}" in one(lacking, "workers")


@pytest.mark.usefixtures("deployed")
def test_the_password_of_redis_is_told_as_wrong_or_missing(own_redis, monkeypatch):
    redis = own_redis(password="secret")  # noqa: S106 - of this server only
    for url in (f"redis://127.0.0.1:{redis.port}/0", f"redis://:wrong@127.0.0.1:{redis.port}/0"):
        monkeypatch.setenv("VITALS_REDIS_URL", url)
        found, code = examined()
        assert code == 1
        said = one(found, "redis")
        assert f"redis://127.0.0.1:{redis.port}/0" in said
        assert "password" in said
        assert "wrong@" not in said
        one(found, "redis writes", "skipped")

    monkeypatch.setenv("VITALS_REDIS_URL", redis.url)
    one(examined()[0], "redis", "good")


@pytest.mark.usefixtures("deployed")
def test_a_redis_that_takes_no_writes_or_evicts_is_told(own_redis, monkeypatch):
    redis = own_redis()
    monkeypatch.setenv("VITALS_REDIS_URL", redis.url)
    with Redis.from_url(redis.url) as client:
        client.config_set("maxmemory", "100mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert one(examined()[0], "redis memory").startswith("allkeys-lru: values would vanish")
        client.config_set("maxmemory-policy", "noeviction")
        one(examined()[0], "redis memory", "good")
        client.config_set("maxmemory", "1")
        assert "free memory or raise maxmemory" in one(examined()[0], "redis writes")
        client.config_set("maxmemory", "0")
        client.replicaof("127.0.0.1", redis.port)  # of itself: it never becomes anything else

        said = one(examined()[0], "redis writes")

    assert said == f"redis://127.0.0.1:{redis.port}/0 is a read-only replica; name its primary in VITALS_REDIS_URL"


@pytest.mark.usefixtures("deployed")
def test_no_redis_is_told(monkeypatch):
    monkeypatch.setenv("VITALS_REDIS_URL", "redis://127.0.0.1:1/0")

    said = one(examined()[0], "redis")

    assert said == "nobody answers at redis://127.0.0.1:1/0; start Redis, or correct VITALS_REDIS_URL"


def test_a_snapshot_that_is_old_or_incomplete_is_told(redis_url, deployed):
    with Redis.from_url(redis_url) as client:
        key = f"{deployed}:snapshot:all"
        client.hset(key, mapping={"as_of": "2026-01-01T00:00:00Z", "revision": 3, "complete": "true"})
        assert "revision 3 as of 2026-01-01T00:00:00Z is " in one(examined()[0], "snapshot")
        client.hset(key, mapping={"as_of": "2999-01-01T00:00:00Z", "complete": "false"})
        assert "is not complete; a partition is behind" in one(examined()[0], "snapshot")


def test_wrong_settings_are_told_and_the_rest_is_not_looked_at(monkeypatch, tmp_path):
    (tmp_path / "vitals.yaml").write_text("segments: [Plan]\n")
    monkeypatch.setenv("VITALS_PARTITIONS", "none")
    monkeypatch.setenv("VITALS_REDIS_URI", "redis://")

    found, code = examined()

    assert code == 1
    assert "vitals.yaml: line 1: segments[0]: must be lower-case letters" in one(found, "definitions")
    assert [finding["says"] for finding in found["environment"]] == [
        "VITALS_PARTITIONS: is text, must be a whole number",
        "VITALS_REDIS_URI: is no setting",
    ]
    one(found, "kafka", "skipped")
    one(found, "redis", "skipped")
