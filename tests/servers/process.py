"""A server as a child process: started, stopped, killed, and never left behind."""

import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import ServersError
from .install import ensure

# The kernel kills a child when the *thread* that started it ends, not the process: a test that restarts a broker from a
# worker thread would lose it with the thread. This thread lives as long as the process does.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="servers")


class Server(ABC):
    """A server process with its own directory; it keeps its ports and its data over `stop`, `kill` and `restart`.

    It dies with the process that started it, however that one ends.
    """

    name: str
    patience = 60.0  # seconds until it must answer: a busy machine is slow, a broken configuration exits at once

    def __init__(self, directory: Path | None = None) -> None:
        self._temporary = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix=f"vitals-{self.name}-"))
        self.data = self.directory / "data"
        self.log = self.directory / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _command(self) -> list[str]:
        """Makes ready what a start needs, and returns the command line."""

    @abstractmethod
    def _answers(self) -> bool:
        """Tells whether the server takes requests; called until it does."""

    def start(self) -> Self:
        """Starts the server and returns when it answers."""
        if self.running:
            return self
        ensure("setpriv")
        self.data.mkdir(parents=True, exist_ok=True)
        command = ["setpriv", "--pdeathsig", "KILL", "--", *self._command()]
        with self.log.open("ab") as log:
            self._process = _STARTER.submit(
                subprocess.Popen[bytes],
                command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the tests alone: they tidy up with their servers still there
            ).result()
        deadline = time.monotonic() + self.patience
        # A stranger on our port could answer in the place of a server that has ended: that is looked at first.
        while (ended := self._process.poll()) is not None or not self._answers():
            if ended is not None or time.monotonic() > deadline:
                self.kill()
                reason = "does not answer" if ended is None else f"ended with {ended}"
                raise ServersError(f"{self.name} {reason}; the end of its log:\n{self.log_tail()}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """Asks the server to end, and waits for it."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """Ends the server as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stops the server where it runs, and starts it on the same ports and data."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stops the server and deletes its data; a directory that was passed in keeps the log."""
        self.stop()
        shutil.rmtree(self.directory if self._temporary else self.data, ignore_errors=True)

    @property
    def running(self) -> bool:
        """Whether the process is there; a frozen one is."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process, for what the methods do not offer (SIGSTOP, for one)."""
        if self._process is None:
            raise ServersError(f"{self.name} is not running")
        return self._process.pid

    def log_tail(self, lines: int = 30) -> str:
        """Returns the last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()  # without this, a start that fails would leave its ports and directory behind
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
