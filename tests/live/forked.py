"""Workers that need not import anything: forked from a process that has, which saves seconds of a processor for each.

A worker that is forked runs what `vitals worker` runs, in a process of its own with an environment of its own.
"""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_HERE = Path(__file__).parent


def work(environment: Mapping[str, str], directory: Path, log: Path) -> None:
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

    main()


class Forked:
    """A worker's process, with as much of `subprocess.Popen` as tests use."""

    def __init__(self, environment: Mapping[str, str], directory: Path, log: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["preloaded"])
        inherited = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (_HERE, _HERE.parents[1])))  # of the process that forks
        self._process: BaseProcess = context.Process(target=work, args=(dict(environment), directory, log), daemon=True)
        self._process.start()
        if inherited is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = inherited

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
