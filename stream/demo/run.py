"""The demo as its user sees it: processes that start, an address, and Ctrl-C.

Only the standard library is needed here: what is heavy is imported by the processes, side by side.
"""

from __future__ import annotations

import os
import queue
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final, NamedTuple, NoReturn, Self

from stream.demo import words

DEFINITIONS: Final = Path(__file__).with_name("vitals.yaml")
PORT: Final = 8080
PORTS_TRIED: Final = 50
READY_WITHIN: Final = 180.0
ENDED_WITHIN: Final = 3.0
_HOST: Final = "127.0.0.1"
_SERVERS: Final = ("broker", "redis")
"""They end last: the worker would wait for them."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOG_LINES: Final = 8


class DemoFailed(Exception):  # noqa: N818 - it says what happened
    """The demo cannot begin, or go on; the text says why."""


class _Ended(BaseException):
    """The user wants the demo to end."""


class _Word(NamedTuple):
    """What a process said; no text: it has ended."""

    process: Process
    text: str | None


class Process:
    """A process of the demo.

    Args:
        name: the module of `stream.demo`.
        words: where to put what it says.
        folder: where it runs, and its log is.
        environment: what it gets besides that of the demo.
        arguments: of its command line.
        handed: descriptors that it shares.
    """

    def __init__(
        self,
        name: str,
        heard: queue.Queue[_Word],
        folder: Path,
        environment: Mapping[str, str],
        *arguments: str,
        handed: tuple[int, ...] = (),
    ) -> None:
        self.name: Final = name
        self._log: Final = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._process: Final = subprocess.Popen(  # noqa: S603 - a module of our own
                [sys.executable, "-m", f"stream.demo.{name}", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=folder,
                env=_environment(folder) | dict(environment),
                text=True,
                start_new_session=True,
                pass_fds=handed,
            )
        threading.Thread(target=self._listen, args=(heard,), daemon=True).start()

    def tell(self, text: str) -> None:
        """Say something to it."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Ask it to end."""
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Return when it has ended; end it by force after the deadline."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """Return the end of its log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_LOG_LINES:] or ["it said nothing"])

    def _listen(self, heard: queue.Queue[_Word]) -> None:
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        for line in self._process.stdout:
            heard.put(_Word(self, line.strip()))
        heard.put(_Word(self, None))


class Demo:
    """The processes of the demo; a context, which ends them.

    Args:
        listening: the socket of the page; nobody else can take its port while the rest gets ready.
        tell: is told what the user is to know.
    """

    def __init__(self, listening: socket.socket, tell: Callable[[str], None]) -> None:
        self._listening: Final = listening
        self._port: Final[int] = listening.getsockname()[1]
        self._tell: Final = tell
        self._heard: Final[queue.Queue[_Word]] = queue.Queue()
        self._processes: Final[dict[str, Process]] = {}
        self._done: Final[set[str]] = set()
        """Processes that have done what they are for, and may end."""
        self._stack: Final = ExitStack()
        self._folder: Final = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="vitals-demo-", ignore_cleanup_errors=True))
        )
        self._environment: dict[str, str] = {
            "VITALS_CONFIG": str(DEFINITIONS),
            "VITALS_PARTITIONS": "4",
            "VITALS_BIND": f"{_HOST}:{self._port}",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        servers = [process for process in self._processes.values() if process.name in _SERVERS]
        others = [process for process in self._processes.values() if process.name not in _SERVERS]
        for group in (others, servers):
            for process in group:
                process.end()
            deadline = time.monotonic() + ENDED_WITHIN
            for process in group:
                process.wait(deadline)
        self._stack.close()

    def begin(self) -> None:
        """Start all, and return when the page shows the history and the present.

        Raises:
            DemoFailed: if something does not start.
        """
        events = str(self._folder / "events.jsonl")
        with socket.create_server((_HOST, 0)) as free:
            port = free.getsockname()[1]
        self._environment["VITALS_REDIS_URL"] = f"redis://{_HOST}:{port}/0"
        self._start("redis", str(port))
        self._start("broker")
        deadline = time.monotonic() + READY_WITHIN
        missing = {"there", "past", "caught-up"}
        while "VITALS_KAFKA_BOOTSTRAP" not in self._environment:
            said, _, rest = (self._hear(deadline).text or "").partition(" ")
            missing.discard(said)
            if said == "at":
                self._environment["VITALS_KAFKA_BOOTSTRAP"] = rest
        self._start("feed", events)
        self._start("worker")
        self._start("past", events)
        self._start("page", str(self._listening.fileno()), handed=(self._listening.fileno(),))
        while missing:
            said, _, rest = (self._hear(deadline).text or "").partition(" ")
            if said in ("start", "sent"):
                self._processes["worker"].tell("begin")
            if said == "sent":
                self._processes["past"].tell(rest)
            if said == "caught-up":
                self._processes["past"].tell("write")
            if said == "past":
                self._done.add(said)
                self._processes["page"].tell("begin")
            missing.discard(said)
        self._await_page(deadline)

    def go_on(self) -> NoReturn:
        """Let the story go on until the user ends it, and say what alerts there are.

        Raises:
            DemoFailed: if something fails.
        """
        self._tell(
            words.welcome(
                f"http://{_HOST}:{self._port}/",
                self._environment["VITALS_KAFKA_BOOTSTRAP"],
                self._environment["VITALS_REDIS_URL"],
                str(DEFINITIONS),
                _command(),
            )
        )
        self._processes["feed"].tell("begin")
        while True:
            text = self._hear(None).text or ""
            if text.startswith("alert "):
                self._tell(words.alert(*text.split(" ", 3)[1:]))
            elif text == "over":
                self._tell(words.OVER)

    def _start(self, name: str, *arguments: str, handed: tuple[int, ...] = ()) -> Process:
        process = Process(name, self._heard, self._folder, self._environment, *arguments, handed=handed)
        self._processes[name] = process
        return process

    def _hear(self, deadline: float | None) -> _Word:
        """Return what is said next.

        Raises:
            DemoFailed: if a process has ended that was to go on, or nothing was said for too long.
        """
        while True:
            try:
                word = self._heard.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise DemoFailed(
                    f"the demo was not ready after {READY_WITHIN:.0f} s; try again on an idle machine"
                ) from None
            if word.text is not None:
                return word
            if word.process.name not in self._done:
                raise DemoFailed(f"the {word.process.name} of the demo has ended:\n{word.process.last_words()}")

    def _await_page(self, deadline: float) -> None:
        while True:
            connection = HTTPConnection(_HOST, self._port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            finally:
                connection.close()
            try:
                self._hear(min(deadline, time.monotonic() + 0.1))
            except DemoFailed:
                if time.monotonic() > deadline:
                    raise


def run(port: int | None, tell: Callable[[str], None]) -> None:
    """Run the demo until the user ends it.

    Args:
        port: of the page; None: 8080, or the next one that is free.
        tell: is told what the user is to know.

    Raises:
        DemoFailed: if it cannot begin, or go on.
    """
    with _ended_by_signals():
        try:
            with _listen(port) as listening, Demo(listening, tell) as demo:
                tell(words.BEGINS)
                demo.begin()
                demo.go_on()
        except _Ended:
            tell(words.ENDED)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let signals end the demo; when it is ending, they change nothing."""

    def end(*_: object) -> NoReturn:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise _Ended

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(port: int | None) -> socket.socket:
    """Return the socket of the page.

    Raises:
        DemoFailed: if it is taken, or none is free.
    """
    wanted = range(PORT, PORT + PORTS_TRIED) if port is None else [port]
    for one in wanted:
        try:
            return socket.create_server((_HOST, one), backlog=128)
        except OSError as error:
            why = error.strerror or str(error)
    raise DemoFailed(f"port {wanted[0]} cannot be had: {why}; free it, or name another one with --port")


def _command() -> str:
    """Return how the user called `vitals`."""
    called = Path(sys.argv[0])
    return shlex.quote(sys.argv[0]) if called.name == "vitals" and not shutil.which("vitals") else "vitals"


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of the demo's processes: no setting of the user's own deployment gets into it."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("VITALS_")}
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([root, *filter(None, [kept.get("PYTHONPATH")])])
    return kept | {"PYTHONPATH": path, "TMPDIR": str(folder)}
