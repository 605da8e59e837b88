"""Faults that meet a checkpoint: the process ends or freezes itself within milliseconds of a chosen request.

Kills at random hardly ever meet an open transaction. A worker of the harness therefore takes orders: at the next
request of a kind that one of its transactional producers makes, it sends itself a signal a few milliseconds later.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from multiprocessing.connection import Connection
from random import Random
from typing import Any, Final, NamedTuple

from stream.runtime import clients

METHODS: Final = {
    "begin": "begin_transaction",
    "rows": "send_batch",
    "outputs": "send",
    "offsets": "send_offsets_to_transaction",
    "commit": "commit_transaction",
}
"""The requests of a checkpoint, and how a producer's methods are called that make them."""
WITHIN: Final = 0.008
"""Seconds between the request and the signal, at most."""


class Aim(NamedTuple):
    """What to meet, and how."""

    step: str
    of_merge: bool
    delay: float
    signal: int

    def __str__(self) -> str:
        what = "merge" if self.of_merge else "partition"
        verb = "killed" if self.signal == signal.SIGKILL else "frozen"
        return f"{verb} {self.delay * 1_000:.1f} ms after {self.step} of a {what}"


def aim(random: Random, number: int) -> Aim:
    """Return an aim; `outputs` and `offsets` are no steps of every checkpoint of the merge."""
    of_merge = random.random() < 0.25
    step = random.choice(("begin", "rows", "commit") if of_merge else ("begin", "rows", "offsets", "commit", "commit"))
    return Aim(step, of_merge, random.uniform(0, WITHIN), number)


class Orders:
    """The order that a worker has been given and not carried out yet."""

    def __init__(self, orders: Connection) -> None:
        self._orders: Final = orders
        self._aim: Aim | None = None
        threading.Thread(target=self._listen, name="orders", daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self._aim = self._orders.recv()
            except (EOFError, OSError):
                return

    def strike(self, step: str, *, of_merge: bool) -> None:
        """Carry the order out, if it was about this step."""
        aim = self._aim
        if aim is not None and (aim.step, aim.of_merge) == (step, of_merge):
            self._aim = None
            asyncio.get_running_loop().call_later(aim.delay, os.kill, os.getpid(), aim.signal)


def obey(orders: Orders) -> None:
    """Let every transactional producer of this process attend to the orders."""
    make = clients.producer

    def attended(deployment: Any, name: str, *, transactional: bool) -> Any:
        producer = make(deployment, name, transactional=transactional)
        for step, method in METHODS.items():
            setattr(producer, method, _attended(getattr(producer, method), step, name.endswith("-merge"), orders))
        return producer

    clients.producer = attended  # type: ignore[assignment]


def _attended(call: Any, step: str, of_merge: bool, orders: Orders) -> Any:
    async def attended(*arguments: Any, **options: Any) -> Any:
        orders.strike(step, of_merge=of_merge)
        return await call(*arguments, **options)

    return attended
