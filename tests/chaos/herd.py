"""The worker processes of a run: forked from one that has imported everything, which saves seconds a death."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from .aiming import Aim
from .worker import work

_TESTS: Final = Path(__file__).parents[1]
_EVERY: Final = 0.02


@dataclass
class Worker:
    """One worker process."""

    name: str
    process: BaseProcess
    orders: Connection

    @property
    def running(self) -> bool:
        """Whether it is there; a frozen one is."""
        return self.process.is_alive()

    @property
    def frozen(self) -> bool:
        """Whether it has been stopped by a signal."""
        with suppress(OSError):
            return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        return False

    def signal(self, number: int) -> None:
        """Send a signal; one that has ended needs none."""
        if self.process.pid is not None and self.running:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    def take(self, aim: Aim | None) -> None:
        """Give an order; None takes it back."""
        with suppress(OSError):
            self.orders.send(aim)

    async def ended(self) -> None:
        """Wait until it is gone."""
        while self.running:  # noqa: ASYNC110 - processes tell nobody
            await asyncio.sleep(_EVERY)


class Herd:
    """All workers.

    Args:
        environment: `VITALS_*` variables for each.
        directory: for logs; workers run there.
        gate: the file of the gate.
        broken: whether their checkpoints are broken on purpose.
    """

    def __init__(self, environment: Mapping[str, str], directory: Path, gate: Path, *, broken: bool) -> None:
        self._arguments: Final = (dict(environment), directory)
        self._gate: Final = gate
        self._broken: Final = broken
        self._context: Final = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["chaos.worker", "stream.cli.commands"])
        self._started = 0
        self.workers: Final[list[Worker]] = []
        paths = [str(_TESTS), str(_TESTS.parent), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))  # the process that forks is given no other

    def start(self) -> Worker:
        """Start one more."""
        ours, its = self._context.Pipe()
        name = f"worker-{self._started}"
        self._started += 1
        process = self._context.Process(
            target=work, args=(*self._arguments, name, its, self._gate), kwargs={"broken": self._broken}, daemon=True
        )
        process.start()
        its.close()
        worker = Worker(name, process, ours)
        self.workers.append(worker)
        return worker

    def at_work(self) -> list[Worker]:
        """Return those that run and are not frozen; forget those that have ended."""
        self.workers[:] = [worker for worker in self.workers if worker.running]
        return [worker for worker in self.workers if not worker.frozen]

    async def end(self) -> None:
        """Ask all of them to end; kill those that do not within a while."""
        for worker in self.workers:
            worker.signal(signal.SIGCONT)
            worker.signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(worker.ended() for worker in self.workers)), 20)
        for worker in self.workers:
            worker.signal(signal.SIGKILL)
