"""The demo as its user has it: a process, its output, and what it leaves behind."""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import waiting

VITALS = (sys.executable, "-c", "from stream.cli import main; main()")
wait_for = partial(waiting.wait_for, patience=120.0)
"""A demo has much to start."""


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

        return wait_for(look, pattern, more=lambda: self.output).group(1)

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
