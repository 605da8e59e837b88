"""The process behind `vitals serve`."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

import uvicorn

from stream.engine.definitions import Definitions
from stream.serve.app import create_app
from stream.serve.auth import check_protected, split_address
from stream.settings.deployment import Deployment

_GRACE: Final = 3
"""Seconds that requests have to end when the server does; streams to pages are ended at once."""


class CannotBind(Exception):  # noqa: N818 - it says what happened
    """The address cannot be had; the text says why and what helps."""


def listen(deployment: Deployment) -> socket.socket:
    """Return a socket that listens where the deployment says; port 0 is any free one.

    Raises:
        Unprotected: if others could read.
        CannotBind: if the address cannot be had.
    """
    check_protected(deployment)
    host, port = split_address(deployment.bind)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((host, port), family=found[0], backlog=128)
    except OSError as error:
        why = error.strerror or str(error)
        raise CannotBind(f"VITALS_BIND: {deployment.bind} cannot be had: {why}; free it, or name another one") from None


class _Server(uvicorn.Server):
    """Ends the streams of pages first: uvicorn waits for all that runs, and they would run for ever."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams: Final = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


def make_server(deployment: Deployment, definitions: Definitions) -> uvicorn.Server:
    """Return a server; it serves on the sockets that its `run` is given."""
    # No log of requests: their addresses may hold a token, and a page asks every few seconds.
    app = create_app(deployment, definitions)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return _Server(config, app.state.hub.end)


def serve(
    deployment: Deployment,
    definitions: Definitions,
    say: Callable[[str], None],
    listening: socket.socket | None = None,
) -> None:
    """Serve until the process is told to end.

    Args:
        deployment: where Redis is, what address to serve at, and the token.
        definitions: whose currency and zone the numbers are in.
        say: is told where the page is.
        listening: a socket that listens already; None: one is made.

    Raises:
        Unprotected, CannotBind: see `listen`.
    """
    with listening or listen(deployment) as there:
        # To be told to end is how it ends: uvicorn passes the signal on when it is done, which is no failure here.
        signal.signal(signal.SIGTERM, _end)
        say(address_of(there))
        with suppress(KeyboardInterrupt):
            make_server(deployment, definitions).run(sockets=[there])


def address_of(listening: socket.socket) -> str:
    """Return the address of the page on a socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _end(*_: object) -> NoReturn:
    sys.exit(0)


__all__ = ["CannotBind", "address_of", "listen", "make_server", "serve"]
