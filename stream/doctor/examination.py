"""The whole examination, in the order in which things depend on one another."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.brokers.connecting import client_settings
from stream.brokers.probe import Unusable, probe, reach
from stream.doctor import groups, metrics, stores, topics, transactions
from stream.doctor.findings import Finding, good, skipped, wrong
from stream.settings.definitions_file import WrongDefinitions, load_definitions, not_built_yet
from stream.settings.deployment import Deployment, WrongEnvironment, config_path, load_deployment, unknown_variables

PATIENCE_MS: Final = 10_000

_OF_KAFKA: Final[tuple[tuple[str, Callable[[KafkaAdminClient, Deployment], Iterator[Finding]]], ...]] = (
    ("topics", topics.look),
    ("workers", groups.look),
    ("transactions", transactions.look),
)


def examine(config: Path | None) -> Iterator[Finding]:
    """Look at everything; yield each finding as soon as it is there.

    Args:
        config: the definitions; None: those that a worker would read.
    """
    yield from _definitions(config)
    deployment = yield from _environment()
    if deployment is None:
        for check in ("kafka", "redis"):
            yield skipped(check, "the environment is wrong")
        return
    usable = yield from _brokers(deployment)
    if usable:
        yield from _kafka(deployment)
    else:
        for check, _ in _OF_KAFKA:
            yield skipped(check, "no broker can be used")
    yield from metrics.look(deployment)
    yield from stores.look(deployment)


def _definitions(config: Path | None) -> Iterator[Finding]:
    try:
        path = config or config_path()
        definitions = load_definitions(path)
    except WrongEnvironment:
        return  # it is said of the environment
    except WrongDefinitions as found:
        for problem in found.problems:
            what, _, fix = str(problem).rpartition("; ")
            yield wrong("definitions", f"{path}: {what or fix}", fix if what else "correct it")
        return
    notes = "".join(f"; {section}: is read, but not acted on yet" for section in not_built_yet(definitions))
    yield good("definitions", f"{path or 'no file, the defaults'}{notes}")


def _environment() -> Generator[Finding, None, Deployment | None]:
    mistakes, others = unknown_variables(os.environ)
    deployment = None
    try:
        deployment = load_deployment()
    except WrongEnvironment as found:
        mistakes = [*str(found).splitlines(), *mistakes]
    for line in mistakes:
        what, _, fix = line.rpartition("; ")
        yield wrong("environment", what or line, fix if what else "correct it")
    if deployment is not None and not mistakes:
        more = "".join(f"; {line.removeprefix('note: ')}" for line in others)
        yield good("environment", f"name space {deployment.namespace}, clock {deployment.clock}{more}")
    return deployment


def _brokers(deployment: Deployment) -> Generator[Finding, None, bool]:
    """Look at every address that the deployment names; return whether one of them can be used."""
    usable = False
    for address in deployment.kafka_bootstrap.split(","):
        try:
            found = probe(deployment, address)
            for broker in found:
                reach(broker)
        except Unusable as error:
            yield wrong("kafka", error.found, error.fix)
        else:
            usable = True
            number = "1 broker" if len(found) == 1 else f"{len(found)} brokers"
            yield good("kafka", f"{address} answers, and so does what it advertises: {number}")
    return usable


def _kafka(deployment: Deployment) -> Iterator[Finding]:
    try:
        admin = KafkaAdminClient(
            **client_settings(deployment), bootstrap_timeout_ms=PATIENCE_MS, request_timeout_ms=PATIENCE_MS
        )
    except KafkaError as error:
        yield wrong("kafka", f"the brokers do not answer in time: {error}", "look at their logs")
        return
    try:
        for check, look in _OF_KAFKA:
            try:
                yield from look(admin, deployment)
            except KafkaError as error:
                yield wrong(check, f"{type(error).__name__}: {error}", "look at the log of the brokers, and try again")
    finally:
        admin.close()
