"""Workers that start within a second: `python forking.py`, a program of the tests only.

It imports all that a worker needs, once, then forks a worker for each line of its input: a JSON object of
`environment`, `log` (a file), and `clock`, a pipe with a name. Every line that is written into the pipe is the second
that the worker's clock shows from then on; when the pipe is closed, the worker ends at once, as the loss of its machine
would end it.
"""

import asyncio
import ctypes
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import stream.runtime.app
import stream.runtime.merge_task
import stream.runtime.partition_task
import stream.settings.definitions_file  # noqa: F401 - imported before the fork, not after each
from stream.cli.commands import app as commands

_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def obey(clock: Any, pipe: str) -> None:
    """Show what the pipe says, as long as somebody says something."""
    with Path(pipe).open() as lines:
        for line in lines:
            clock.fixed = int(line)
    os._exit(0)


def work(order: Mapping[str, Any]) -> None:
    """Be a worker."""
    ctypes.CDLL(None).prctl(_WITH_PARENT, signal.SIGKILL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for output in (1, 2):
        os.dup2(log, output)
    os.environ.update(order["environment"])
    asyncio.set_event_loop(asyncio.new_event_loop())
    from stream.app import app  # it reads the environment, which is right only now

    threading.Thread(target=obey, args=(app.clock, order["clock"]), daemon=True).start()
    sys.argv[1:] = ["worker"]
    commands()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how workers end
    for line in sys.stdin:
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            work(json.loads(line))
