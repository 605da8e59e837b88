"""The page of the demo: `vitals serve`, on a socket of the demo's; it begins when the history is there."""

from __future__ import annotations

import socket
import sys
import threading

from stream import logs
from stream.cli.settings import definitions_or_exit, deployment_or_exit
from stream.demo.child import listen
from stream.serve.server import serve


def main() -> None:
    """Serve until the demo ends."""
    told = threading.Event()
    listen(lambda _: told.set())
    while not told.wait(1.0):
        pass
    deployment = deployment_or_exit()
    logs.set_up(deployment.log)
    serve(deployment, definitions_or_exit(None), lambda _: None, socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
