"""Where the repository is, and where things that are fetched once are kept."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def home() -> Path:
    """Returns the directory of what was fetched: `.servers/`, or the one `VITALS_SERVERS_DIR` names."""
    directory = Path(os.environ.get("VITALS_SERVERS_DIR") or REPOSITORY / ".servers").absolute()
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file at `path`; the kernel lets go of it however this process ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
