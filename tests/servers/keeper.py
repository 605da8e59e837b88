"""A process that keeps one server for a whole test run.

No test process can own the servers: with pytest-xdist each comes and goes, and all of them share one broker. The keeper
serves until the run's main process has ended, in whatever way, and the server in turn dies with its keeper.
"""

import os
import select
import signal
import sys
from pathlib import Path
from typing import NoReturn

from .choice import provided
from .errors import ServersError


def _end(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not cut the tidying up short
    sys.exit(0)


def keep(kind: str, directory: Path, watched: int) -> None:
    """Writes the server's address to `directory`/address, and keeps it until `watched` has ended or SIGTERM comes."""
    signal.signal(signal.SIGTERM, _end)
    run = os.pidfd_open(watched)
    with provided(kind, directory) as address:
        written = directory / "address.new"
        written.write_text(address)
        written.rename(directory / "address")
        select.select([run], [], [])  # readable once the process is gone


if __name__ == "__main__":
    try:
        keep(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    except ServersError as error:
        sys.exit(str(error))
