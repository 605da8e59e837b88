"""Workers: whether there are any, and how far they are behind."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import AuthorizationError, RetriableError

from schemas.keys import TOPICS
from stream.doctor.findings import Finding, good, skipped, wrong
from stream.settings.deployment import Deployment

Answer = TypeVar("Answer")

_TRIES: Final = 20
_BETWEEN: Final = 0.25
_EMPTY: Final = ("Empty", "Dead", "")


def look(admin: KafkaAdminClient, deployment: Deployment) -> Iterator[Finding]:
    """Look at the group of the workers."""
    group = deployment.namespace
    try:
        told = _asked(lambda: admin.describe_groups([group]))[group]
    except AuthorizationError:
        fix = f"allow {deployment.kafka_username or 'this client'} to READ the group {group} with kafka-acls.sh --add"
        yield wrong("workers", f"the group {group} may not be seen", fix)
        return
    yield _members(group, told)
    yield from _lag(admin, deployment)


def _members(group: str, told: dict[str, Any]) -> Finding:
    state, members = str(told.get("group_state", "")), len(told.get("members", ()))
    if state in _EMPTY or not members:
        return wrong("workers", f"none runs: the group {group} is empty", "start one: `vitals worker`")
    if state != "Stable":
        says = f"{members} are sharing the partitions out anew ({state})"
        return wrong("workers", says, "wait some seconds; if it goes on, look at their logs")
    return good("workers", "1 runs" if members == 1 else f"{members} run")


def _lag(admin: KafkaAdminClient, deployment: Deployment) -> Iterator[Finding]:
    names = [f"{deployment.namespace}.{family}" for family in TOPICS]
    there = [topic for topic in admin.describe_topics(names) if not topic["error_code"]]
    tps = [TopicPartition(topic["name"], one["partition_index"]) for topic in there for one in topic["partitions"]]
    if not tps:
        yield skipped("lag", "there are no input topics")
        return
    ends = admin.list_partition_offsets(dict.fromkeys(tps, OffsetSpec.LATEST))
    begins = admin.list_partition_offsets(dict.fromkeys(tps, OffsetSpec.EARLIEST))
    committed = _asked(lambda: admin.list_group_offsets(deployment.namespace))[deployment.namespace]
    behind: Counter[str] = Counter()
    for tp in tps:
        done = committed[tp].offset if tp in committed else -1
        behind[tp.topic] += max(ends[tp].offset - max(done, begins[tp].offset), 0)
    said = ", ".join(f"{name.rpartition('.')[2]} {number:,}" for name, number in sorted(behind.items()))
    yield good("lag", f"records that are not counted yet: {said}")


def _asked(ask: Callable[[], Answer]) -> Answer:
    """Ask the coordinator of the group; a cluster that never had a group makes its topic first."""
    for _ in range(_TRIES):
        try:
            return ask()
        except RetriableError:
            time.sleep(_BETWEEN)
    return ask()
