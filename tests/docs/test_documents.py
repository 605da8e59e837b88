"""Every fenced command and program in README.md and docs/*.md runs; files, JSON and links are right."""

import asyncio
import json
import re
import shutil
import subprocess
import uuid
from urllib.parse import unquote

import pytest
import yaml
from documented_blocks import ROOT, blocks, commands, documents
from documented_place import Place
from kafka import KafkaProducer
from redis import Redis

from schemas import Alert, Snapshot, parse
from schemas.examples import load, load_outputs
from stream.engine.definitions import Definitions
from stream.runtime import topics
from stream.settings.definitions_file import parse_definitions
from stream.settings.deployment import Deployment

LANGUAGES = {"", "text", "mermaid", "sh", "console", "python", "yaml", "json", "diff"}
"""Nothing runs of the first three: they are pictures. The diff has a test of its own."""
COMPOSE = {"up", "down", "logs", "ps", "exec", "run", "build", "config", "pull", "restart", "stop", "start"}
WRONG = (
    b'{"id": "1", "source": "web", "type": "usage.tracked", "time": "2026-11-22T10:00:00Z", "user_id": "u", "name": 5}'
)


def of(*languages):
    return pytest.mark.parametrize("block", [one for one in blocks() if one.language in languages], ids=str)


def every_command():
    return [
        (block, command) for block in blocks() if block.language in ("sh", "console") for command in commands(block)
    ]


@pytest.fixture(scope="module")
def settings(kafka, redis_url):
    """A deployment with topics, a dead letter, a snapshot and an alert; no worker runs."""
    namespace = f"docs-{uuid.uuid4().hex[:8]}"
    told = {"kafka_bootstrap": kafka.bootstrap, "redis_url": redis_url, "namespace": namespace, "partitions": "2"}
    asyncio.run(topics.prepare(Deployment(**told)))
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    origin = {"reason": "invalid_field", "detail": "name: is an integer", "topic": f"{namespace}.usage"}
    headers = [(name, text.encode()) for name, text in (origin | {"partition": "0", "offset": "0"}).items()]
    producer.send(f"{namespace}.dead-letters", WRONG, b"u", headers, 0).get(30)
    producer.close()
    outputs = load_outputs()
    with Redis.from_url(redis_url) as redis:
        for snapshot in (json.loads(one.data) for one in outputs if one.type == "snapshot"):
            for segment in ("all", "plan=pro"):
                key = f"{namespace}:snapshot:{segment}"
                redis.set(f"{key}:json", json.dumps(snapshot | {"segment": segment}))
                redis.hset(key, mapping={name: json.dumps(value) for name, value in snapshot["values"].items()})
        firing = next(one.data for one in outputs if (one.type, one.case) == ("alert", "firing"))
        redis.hset(f"{namespace}:alerts:active", "rule|all", firing)
        redis.xadd(f"{namespace}:alerts:log", {"alert": firing})
        yield {f"VITALS_{name.upper()}": value for name, value in told.items()}
        for key in redis.scan_iter(f"{namespace}*", count=1000):
            redis.delete(key)
    kafka.delete_topics(namespace)


@pytest.fixture
def place(settings, tmp_path):
    made = Place(tmp_path, settings)
    made.write_events(b"".join(json.dumps(json.loads(one.data)).encode() + b"\n" for one in load()))
    return made


def test_there_are_blocks_and_every_one_says_its_language():
    assert {block.language for block in blocks()} - LANGUAGES == set()
    assert len(every_command()) > 20


@of("sh", "console")
def test_commands_run(block, place):
    place.run(commands(block))


@of("python")
def test_programs_run(block, place):
    place.run_python(block.text)


@of("yaml")
def test_files_are_valid(block):
    content = yaml.safe_load(block.text)
    if isinstance(content, dict) and content.keys() <= Definitions.model_fields.keys():
        parse_definitions(block.text)


@of("json")
def test_messages_are_valid(block):
    for text in [block.text] if block.text.count("\n{") == 0 else block.text.splitlines():
        message = json.loads(text)
        if "type" in message:
            parse(text.encode())
        elif "schema" in message:
            model = {"vitals.snapshot.v1": Snapshot, "vitals.alert.v1": Alert}[message["schema"]]
            model.model_validate_json(text)


@pytest.mark.parametrize(
    "target", sorted({m for _, one in every_command() for m in re.findall(r"\bmake ([a-z]+)", one)})
)
def test_targets_of_make_are_there(target):
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command", sorted({one.partition(" #")[0].strip() for _, one in every_command() if "docker compose" in one})
)
def test_commands_of_docker_compose_are_known_and_its_file_is_good(command):
    found = re.search(r"docker compose(?: --?[a-z]+(?:[ =][^-\s]\S*)?)* ([a-z]+)(.*)", command)
    assert found, command
    assert found[1] in COMPOSE
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert {"kafka", "redis", "worker"} <= services.keys()
    compose = ["docker", "compose"]
    if (
        shutil.which("docker")
        and not subprocess.run([*compose, "version"], capture_output=True, check=False).returncode
    ):
        done = subprocess.run([*compose, "config", "-q"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for target in re.findall(
        r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`]*`", "", document.read_text(), flags=re.DOTALL)
    ):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        there = (document.parent / path) if path else document
        assert there.exists(), f"{document.name}: {target} leads nowhere"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", there.read_text(), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{document.name}: there is no heading {target}"
