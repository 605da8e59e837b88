"""The demo as its user has it: a process, its output, and what it leaves behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

VITALS = (sys.executable, "-c", "from stream.cli import main; main()")
PATIENCE = 120.0

T = TypeVar("T")


def wait_for(look: Callable[[], T], what: str, more: Callable[[], str] = lambda: "") -> T:
    """Return what `look` returns once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}\n{more()}"
        time.sleep(0.2)
    return found


class Demo:
    """A demo that runs.

    Args:
        directory: for its output, and for what it would leave behind.
    """

    def __init__(self, directory: Path) -> None:
        self.left = directory / "left"
        self.left.mkdir()
        self._output = directory / "output"
        self._environment = os.environ | {"TMPDIR": str(self.left), "VITALS_NAMESPACE": "not_for_the_demo"}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*VITALS, "demo"], cwd=directory, env=self._environment, stdout=output, stderr=output
            )

    @property
    def output(self) -> str:
        """What it said so far."""
        return self._output.read_text()

    def find(self, pattern: str) -> str:
        """Wait until it has said something; return the group."""

        def look() -> re.Match[str] | None:
            found = re.search(pattern, self.output)
            assert found or self.process.poll() is None, f"the demo has ended:\n{self.output}"
            return found

        return wait_for(look, pattern, lambda: self.output).group(1)

    def children(self) -> dict[str, int]:
        """Return the ids of its processes by name."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(path.read_text().rpartition(")")[2].split()[1])
                command = (path.parent / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if parent == self.process.pid and len(command) > 2:
                found[command[2].decode().rpartition(".")[2]] = int(path.parent.name)
        return found

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)
