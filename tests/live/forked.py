"""Workers that need not import anything: forked from a process that has, which saves seconds of a processor for each.

A worker that is forked runs what `vitals worker` runs, in a process of its own with an environment of its own. With a
clock, a pipe with a name, every line that is written into it is the second that the worker's clock shows from then on;
when the pipe is closed, the worker ends at once, as the loss of its machine would end it.
"""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_HERE = Path(__file__).parent
_STARTING = threading.Lock()


def work(environment: Mapping[str, str], directory: Path, log: Path, clock: Path | None) -> None:
    """Be a worker until it ends."""
    ctypes.CDLL(None).prctl(_WITH_PARENT, signal.SIGKILL)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.argv[:] = ["vitals", "worker"]
    from stream.cli import main

    if clock:
        from stream.app import app  # it reads the environment, which is right only now

        threading.Thread(target=obey, args=(app.clock, clock), daemon=True).start()
    main()


def obey(clock: Any, pipe: Path) -> None:
    """Show what the pipe says, as long as somebody says something."""
    with pipe.open() as lines:
        for line in lines:
            clock.fixed = int(line)
    os._exit(0)


@cache
def _context() -> ForkServerContext:
    """Return what forks, once it has been told what to import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preloaded"])
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (_HERE, _HERE.parents[1])))
    forkserver.ensure_running()
    if inherited is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = inherited
    return context


class Forked:
    """A worker's process, with as much of `subprocess.Popen` as tests use.

    Args:
        environment: all of it.
        directory: where it runs.
        log: where its output is added.
        clock: the pipe that says what time it is, if any.
    """

    def __init__(self, environment: Mapping[str, str], directory: Path, log: Path, clock: Path | None = None) -> None:
        with _STARTING:
            arguments = (dict(environment), directory, log, clock)
            self._process: BaseProcess = _context().Process(target=work, args=arguments, daemon=True)
            self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("vitals worker", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()
