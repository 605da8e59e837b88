"""A worker process of the harness: `vitals worker`, with short sessions and checkpoints, orders and the gate."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from stream.runtime import app as runtime_app

from .aiming import Orders, obey
from .broken import separate_offsets
from .gate import Gate, stand

CHECKPOINT: Final = 0.1
SESSION: Final = 2.0
"""Seconds: a shorter one than production's, so that a frozen worker has lost its partitions soon."""
_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG


def work(
    environment: Mapping[str, str], directory: Path, name: str, orders: Connection, gate: Path, *, broken: bool
) -> None:
    """Be a worker until it ends; runs in a process of its own, in which everything is imported already."""
    ctypes.CDLL(None).prctl(_WITH_PARENT, signal.SIGKILL)
    with (directory / f"{name}.log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.chdir(directory)
    faulthandler.register(signal.SIGUSR2)  # says where it is
    for variable in [variable for variable in os.environ if variable.startswith("VITALS_")]:
        del os.environ[variable]
    os.environ.update(environment)
    runtime_app.SESSION_TIMEOUT = SESSION  # type: ignore[misc]
    runtime_app.HEARTBEAT = SESSION / 8  # type: ignore[misc]
    obey(Orders(orders))
    stand(Gate(gate))
    if broken:
        separate_offsets()

    from stream.app import app  # it reads the environment, which is right only now
    from stream.cli.commands import app as commands

    app.deployment.__dict__["checkpoint"] = CHECKPOINT  # shorter than the setting may be
    sys.argv[:] = ["vitals", "worker"]
    commands()
