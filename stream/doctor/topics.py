"""Topics: that they are there, with partitions and settings that go together, and may be used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource

from stream.brokers.expected import Expected, expected, wrong_settings
from stream.doctor.findings import Finding, good, listed, skipped, wrong
from stream.settings.deployment import Deployment, variable

_NOT_ALLOWED: Final = 29
Topics = Mapping[str, Mapping[str, Any]]


def look(admin: KafkaAdminClient, deployment: Deployment) -> Iterator[Finding]:
    """Look at all topics of a deployment."""
    wanted = expected(deployment.namespace)
    answered = {topic["name"]: topic for topic in admin.describe_topics(list(wanted))}
    there = {name: topic for name, topic in answered.items() if not topic["error_code"]}
    hidden = [name for name, topic in answered.items() if topic["error_code"] == _NOT_ALLOWED]
    missing = sorted(wanted.keys() - there.keys() - set(hidden))
    yield _missing(deployment, answered, missing, len(there))
    if not there:
        for check in ("partitions", "settings"):
            yield skipped(check, "there are no topics")
    else:
        yield from _partitions(wanted, there)
        yield from _settings(admin, wanted, there)
    yield _permissions(deployment, wanted, there, hidden)


def _missing(deployment: Deployment, answered: Topics, missing: list[str], number: int) -> Finding:
    if not missing and not number:
        return skipped("topics", f"{_who(deployment)} may see none of them")
    if not missing:
        return good("topics", f"all {number} that can be seen are there")
    may = answered[missing[0]].get("authorized_operations")
    if may is not None and "CREATE" not in may:
        fix = f"allow {_who(deployment)} to CREATE topics {deployment.namespace}.*, and start a worker; or make them"
    else:
        fix = "start a worker, `vitals worker`, which makes them"
    return wrong("topics", f"missing: {listed(missing)}", fix)


def _partitions(wanted: Mapping[str, Expected], there: Topics) -> Iterator[Finding]:
    counts = {name: len(topic["partitions"]) for name, topic in there.items()}
    inputs = {name: counts[name] for name in there if wanted[name].is_input}
    found = []
    if len(set(inputs.values())) > 1:
        said = ", ".join(f"{name} has {count}" for name, count in sorted(inputs.items()))
        fix = "give all input topics the same number of partitions: what belongs together must meet on one"
        found.append(wrong("partitions", said, fix))
    elif inputs:
        number = next(iter(inputs.values()))
        for name, count in sorted(counts.items()):
            needed = number if wanted[name].partitions == "inputs" else wanted[name].partitions
            if needed not in (None, count):
                says = f"{name} has {count}, and {needed} are needed" + (" as the inputs have" if needed != 1 else "")
                fix = f"delete it, if its content may go, and start a worker; or use another {variable('namespace')}"
                found.append(wrong("partitions", says, fix))
    leaderless = sorted(name for name, topic in there.items() if any(one["error_code"] for one in topic["partitions"]))
    if leaderless:
        fix = "start the brokers that hold them"
        found.append(wrong("partitions", f"not all can be used, of {listed(leaderless)}", fix))
    yield from found
    if not found:
        yield good("partitions", f"{next(iter(inputs.values()), 0)} for each input topic, and the others agree")


def _settings(admin: KafkaAdminClient, wanted: Mapping[str, Expected], there: Topics) -> Iterator[Finding]:
    asked = [ConfigResource("TOPIC", name) for name in sorted(there)]
    answer = admin.describe_configs(asked, config_filter="all").get("topic", {})
    told = {name: {key: str(one["value"]) for key, one in settings.items()} for name, settings in answer.items()}
    if not any(told.values()):
        yield skipped("settings", "DESCRIBE_CONFIGS is not allowed")
        return
    found = []
    for name, settings in sorted(told.items()):
        replicas = min((len(part["replica_nodes"]) for part in there[name]["partitions"]), default=1)
        found += [
            wrong("settings", f"{name}: {one.key} is {one.says}", one.fix(name))
            for one in wrong_settings(wanted[name], settings, replicas)
        ]
    yield from found
    if not found:
        yield good("settings", "what is state is compacted, and nothing leaves before its time")


def _permissions(deployment: Deployment, wanted: Mapping[str, Expected], there: Topics, hidden: list[str]) -> Finding:
    lacking: dict[str, list[str]] = defaultdict(list)
    known = bool(hidden)
    for name in sorted({*there, *hidden}):
        may = there.get(name, {}).get("authorized_operations", ())
        if may is None:
            continue  # the broker is too old to say
        known = True
        without = wanted[name].operations - set(may)
        if without:
            lacking[", ".join(sorted(without))].append(name)
    if lacking:
        says = "; ".join(f"{operations} of {listed(names)}" for operations, names in lacking.items())
        return wrong("permissions", f"{_who(deployment)} may not {says}", "allow it with kafka-acls.sh --add")
    if not known:
        return skipped("permissions", "there are no topics" if not there else "the brokers do not say what is allowed")
    return good("permissions", f"{_who(deployment)} may read and write what a worker reads and writes")


def _who(deployment: Deployment) -> str:
    return deployment.kafka_username or "this client"
