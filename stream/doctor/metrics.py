"""A worker, by what it says of itself over HTTP, where the deployment names its address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from stream.doctor.findings import Finding, good, listed, wrong
from stream.settings.deployment import Deployment, variable

PATIENCE: Final = 4.0
_EVERYWHERE: Final = ("0.0.0.0", "[::]", "")  # noqa: S104 - what is bound there answers here


def look(deployment: Deployment) -> Iterator[Finding]:
    """Ask the worker at `VITALS_METRICS` how it is; nothing where no address is named."""
    if deployment.metrics is None:
        return
    host, _, port = deployment.metrics.rpartition(":")
    address = f"{'127.0.0.1' if host in _EVERYWHERE else host}:{port}"
    try:
        told = _ready(f"http://{address}/readyz")
    except (URLError, OSError, ValueError) as error:
        fix = f"start a worker here, or leave {variable('metrics')} out where there is none"
        yield wrong("worker", f"none answers at {address}: {getattr(error, 'reason', error)}", fix)
        return
    trouble: dict[str, str] = told.get("trouble", {})
    for task, what in sorted(trouble.items()):
        says, _, fix = what.partition("; ")
        yield wrong("worker", f"{task}: {says}", fix or "look at its log")
    waiting = [task for task in told.get("waiting", ()) if task not in trouble]
    if waiting:
        yield wrong("worker", f"has not caught up: {listed(waiting)}", "wait; if it goes on, look at its log")
    elif not trouble:
        yield good("worker", f"the one at {address} has caught up")


def _ready(url: str) -> dict[str, Any]:
    try:
        with urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - the deployment's own address
            found: dict[str, Any] = json.load(answer)
    except HTTPError as error:
        with error:
            found = json.load(error)
    return found
