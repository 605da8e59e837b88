"""The worker of the demo: the one of `vitals worker`, on a broker without transactions.

It gets ready while the history is written, and begins when it is told to: a worker that reads faster than somebody
writes would take the end of what is there for the present.
"""

from __future__ import annotations

import threading

from stream import logs
from stream.app import app
from stream.demo.child import listen


def main() -> None:
    """Run it until the demo ends."""
    told = threading.Event()
    logs.set_up(app.deployment.log)
    listen(lambda _: told.set())
    app.transactional = False
    process = app.worker()
    while not told.wait(1.0):
        pass
    process.execute_from_commandline()


if __name__ == "__main__":
    main()
