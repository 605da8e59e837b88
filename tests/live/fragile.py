"""Workers that die at chosen steps of a checkpoint: `python fragile.py STEP…`, a program of the tests only.

One worker follows the other, each a child that was forked when all was imported: that saves seconds a death. It wraps
the transactional producers of the tasks, and kills its own process (SIGKILL) when one of them comes to the step. Random
kills hardly ever meet an open transaction; these always do.
"""

import asyncio
import ctypes
import os
import random
import signal
import sys
from typing import Any

from aiokafka import AIOKafkaProducer

from stream.runtime import clients, task
from stream.settings.deployment import Deployment

_WITH_PARENT = 1  # PR_SET_PDEATHSIG
MERGE = "merge: "
"""Before a step: a checkpoint of the merge, not of a partition."""
METHODS = {
    "begin": "begin_transaction",
    "rows": "send_batch",
    "outputs": "send",
    "offsets": "send_offsets_to_transaction",
    "commit": "commit_transaction",
}
STEPS = (
    *("after outputs", "before begin", "after begin", "after rows", "after offsets"),
    *("before commit", "within commit", "after commit", f"{MERGE}within commit", f"{MERGE}after commit"),
)


class Death:
    """Comes at a step: of the merge's first checkpoint, or of one of the first of the partitions."""

    def __init__(self, step: str) -> None:
        self.of_merge = step.startswith(MERGE)
        self.when, _, what = step.removeprefix(MERGE).partition(" ")
        self.method = METHODS[what]
        self.delay = random.uniform(0, 0.008)
        self.left = (
            1 if self.of_merge else random.randint(1, 4)
        )  # each of the four partitions has a checkpoint at least

    def strike(self) -> None:
        """Kill this process, if it is time."""
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

    def attend(self, producer: AIOKafkaProducer) -> None:
        """Wait for the step of a producer."""
        call = getattr(producer, self.method)

        async def attended(*arguments: Any, **options: Any) -> Any:
            if self.when == "before":
                self.strike()
            if self.when == "within":  # some milliseconds after the request was made
                asyncio.get_running_loop().call_later(self.delay, self.strike)
            done = await call(*arguments, **options)
            if self.when == "after":
                self.strike()
            return done

        setattr(producer, self.method, attended)


def fragile(death: Death) -> None:
    """Let producers be attended by death."""
    make = clients.producer

    def attended(deployment: Deployment, name: str, *, transactional: bool) -> AIOKafkaProducer:
        producer = make(deployment, name, transactional=transactional)
        if name.endswith("-merge") is death.of_merge:
            death.attend(producer)
        return producer

    task.clients.producer = attended  # type: ignore[attr-defined]


def run(death: Death) -> int:
    """Run a worker until it has died; return how it ended, as `subprocess` does."""
    from stream.app import app  # it reads the environment, which is of no concern to who only asks for the steps
    from stream.cli.commands import app as commands

    child = os.fork()
    if not child:
        ctypes.CDLL(None).prctl(_WITH_PARENT, signal.SIGKILL)
        fragile(death)
        # the next worker is the same member of the group: it need not wait until this one's session is over
        app.conf.consumer_group_instance_id = "fragile"
        sys.argv[1:] = ["worker"]
        commands()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for step in sys.argv[1:]:
        sys.stdout.write(f"{step}: {run(Death(step))}\n")
        sys.stdout.flush()  # or the next child has it too
