"""The servers of docker-compose.yml, where a Docker engine answers."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import ServersError
from .home import REPOSITORY, home, locked

ADDRESSES = {"kafka": "127.0.0.1:29092", "redis": "redis://:vitals@127.0.0.1:26379/0"}


def answers() -> bool:
    """Tells whether there are an engine and the compose plugin; an engine that hangs is none."""
    if not shutil.which("docker"):
        return False
    try:
        for command in (["docker", "info"], ["docker", "compose", "version"]):
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=True)
    except subprocess.SubprocessError:
        return False
    return True


@contextmanager
def service(kind: str) -> Iterator[str]:
    """Yields the address of the compose file's service; one that ran before is left running."""
    with locked(home() / "compose.lock"):  # two at a time would both create the network
        before = _compose("ps", "--quiet", "--status", "running", kind).strip()
        _compose("up", "--detach", "--wait", kind)
    try:
        yield ADDRESSES[kind]
    finally:
        if not before:
            _compose("stop", kind)


def _compose(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", "compose", *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServersError(f"docker compose {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stdout
