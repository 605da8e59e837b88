"""One server of a kind for all processes of a test run: the first that asks starts its keeper."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from .choice import KINDS, named
from .errors import ServersError
from .home import locked

_PATIENCE = 280.0  # seconds: a keeper may have to install a package or pull an image first
_ROOT = Path(__file__).parents[(__package__ or "").count(".") + 1]  # from where this package is imported
_OURS: list[subprocess.Popen[bytes]] = []


def address(kind: str, run: Path, watched: int) -> str:
    """Returns the address of the run's server of this kind.

    Args:
        kind: "kafka" or "redis".
        run: a directory that all processes of the run share.
        watched: the run's main process; when it ends, so does the server.
    """
    if known := named(kind):
        return known
    directory = run / kind
    directory.mkdir(parents=True, exist_ok=True)
    answer = directory / "address"
    with locked(directory / "lock"):
        if not (directory / "keeper.pid").exists():
            _start(kind, directory, watched)
        if not answer.exists():
            raise ServersError(f"no {kind} for the tests:\n{(directory / 'keeper.log').read_text()}")
        return answer.read_text()


def stop(run: Path) -> None:
    """Ends the servers of the run, and returns when they have ended."""
    for kind in KINDS:
        with suppress(FileNotFoundError, ProcessLookupError):
            pid = int((run / kind / "keeper.pid").read_text())
            keeper = os.pidfd_open(pid)
            signal.pidfd_send_signal(keeper, signal.SIGTERM)
            if not select.select([keeper], [], [], 60)[0]:
                signal.pidfd_send_signal(keeper, signal.SIGKILL)
            os.close(keeper)
    for process in _OURS:
        process.wait()


def end_with(watched: int) -> None:
    """Kills this process, and so its servers, once `watched` has ended.

    A worker of pytest-xdist whose main process was killed would otherwise run on with the tests it was already given.
    """
    run = os.pidfd_open(watched)

    def wait() -> None:
        select.select([run], [], [])
        signal.raise_signal(signal.SIGKILL)

    threading.Thread(target=wait, name="end-with", daemon=True).start()


def _start(kind: str, directory: Path, watched: int) -> None:
    """Starts the keeper; returns when it has written the address, has given up, or takes too long."""
    with (directory / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.keeper", kind, str(directory), str(watched)],
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends the tests first, then they end their servers
        )
    _OURS.append(keeper)
    (directory / "keeper.pid").write_text(str(keeper.pid))
    deadline = time.monotonic() + _PATIENCE
    while not (directory / "address").exists() and keeper.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
