"""The page of the demo: `vitals serve`, which begins when the history is there, and ends with the demo."""

from __future__ import annotations

import threading

import stream.serve.server  # noqa: F401 - `serve` imports it late; here it is to be at hand when it is time
from stream.cli.serve import serve
from stream.demo.child import listen


def main() -> None:
    """Serve until the demo ends."""
    told = threading.Event()
    listen(lambda _: told.set())
    while not told.wait(1.0):
        pass
    serve()


if __name__ == "__main__":
    main()
