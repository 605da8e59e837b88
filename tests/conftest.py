"""Fixtures for all tests: the real Kafka and Redis of the run, servers of a test's own, a name space for each test."""

import os
import re
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis as RedisClient
from servers import Broker, Kafka, Redis, shared

# tests assert facts, never times: neither a deadline nor the time that generating takes fails one
settings.register_profile(
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "20")),
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))

_NEEDS = {"kafka": {"kafka", "own_kafka"}, "redis": {"redis_url", "own_redis"}}


def pytest_configure(config: pytest.Config) -> None:
    """Lets no worker outlive its run, and Ctrl-C reach the programs that tests start, however the run was started."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # by a shell, in the background; children would inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        shared.end_with(os.getppid())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks a test by the servers its fixtures bring, so that `-m "not kafka"` is right without anybody's care.

    Modules that wait for servers go first, so that none of them is left for one process at the end of a run.
    """
    long = {"chaos", "demo", "catalogue"}
    first: dict[Path, int] = {}
    for item in items:
        for marker, fixtures in _NEEDS.items():
            if fixtures & set(getattr(item, "fixturenames", ())):
                item.add_marker(marker)
        weight = 0 if item.path.parent.name in long else 1 if item.get_closest_marker("kafka") else 2
        first[item.path] = min(weight, first.get(item.path, weight))
    items.sort(key=lambda item: first[item.path])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the servers at the end of the run; a run that is killed is watched by their keepers."""
    if not hasattr(config, "workerinput"):
        factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
        shared.stop(factory.getbasetemp() / "servers")


def _address(kind: str, request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> str:
    """Returns the address of the run's server: with pytest-xdist all workers share one, owned by none of them."""
    if hasattr(request.config, "workerinput"):
        return shared.address(kind, factory.getbasetemp().parent / "servers", watched=os.getppid())
    return shared.address(kind, factory.getbasetemp() / "servers", watched=os.getpid())


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Broker:
    """The broker of the run: `bootstrap`, `create_topics`, `topics`. All tests share it: stop and kill `own_kafka`."""
    return Broker(_address("kafka", request, tmp_path_factory))


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the Redis of the run. All tests share it: flush, stop and kill `own_redis`."""
    return _address("redis", request, tmp_path_factory)


@pytest.fixture
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Kafka]]:
    """Starts a broker of the test's own: `own_kafka(settings={...}, advertised_port=...)`; ended after the test.

    Its log stays in pytest's temporary directory, its data does not.
    """
    with ExitStack() as stack:

        def start(settings: Mapping[str, str | int] | None = None, *, advertised_port: int | None = None) -> Kafka:
            directory = tmp_path_factory.mktemp("kafka")
            return stack.enter_context(Kafka(settings, advertised_port=advertised_port, directory=directory))

        yield start


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Redis]]:
    """Starts a Redis of the test's own: `own_redis(password=...)`; ended after the test."""
    with ExitStack() as stack:

        def start(*, password: str | None = None) -> Redis:
            return stack.enter_context(Redis(password=password, directory=tmp_path_factory.mktemp("redis")))

        yield start


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """A prefix nobody else has, for topics, groups and Redis keys; what bears it in the run's servers is deleted."""
    needed = set(request.fixturenames)
    broker = request.getfixturevalue("kafka") if "kafka" in needed else None
    url = request.getfixturevalue("redis_url") if "redis_url" in needed else None
    test = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:40].removeprefix("test-")
    name = f"{test}-{uuid.uuid4().hex[:8]}"
    yield name
    if broker:
        broker.delete_topics(name)
    if url:
        with RedisClient.from_url(url) as client:
            for key in client.scan_iter(f"{name}*", count=1000):
                client.delete(key)
