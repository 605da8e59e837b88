"""The Redis of the demo: fakeredis, which any client on this machine can talk to."""

from __future__ import annotations

import os
import select
import sys
import threading
from typing import Any

from stream.demo.child import listen, say, wait_for_end

_LINE = 512
"""Bytes of a text that fakeredis may answer as a line."""


def main() -> None:
    """Run it, at the port that is given, until the demo ends; say when it is there."""
    from fakeredis import TcpFakeServer  # noqa: PLC0415 - it takes a second to import: be heard first
    from fakeredis._clients import _tcp_server  # noqa: PLC0415 - likewise

    encode = _tcp_server.encode_reply

    def encode_reply(value: Any, protocol: int, nested: bool = False) -> bytes:
        """Send long texts as bulk strings: asyncio clients take no line above 64 KiB, as a snapshot is."""
        return encode(value, protocol, nested or (isinstance(value, bytes | str) and len(value) > _LINE))

    class PatientWriter(_tcp_server.Writer):
        """fakeredis makes its sockets non-blocking to read them, and hangs up when an answer does not fit at once."""

        def write(self, value: bytes) -> None:
            left, connection = memoryview(value), self.request_handler.connection
            while left:
                try:
                    left = left[connection.send(left) :]
                except BlockingIOError:
                    select.select([], [connection], [])

    _tcp_server.encode_reply = encode_reply
    _tcp_server.Writer = PatientWriter  # type: ignore[misc]
    listen()
    server = TcpFakeServer(("127.0.0.1", int(sys.argv[1])))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="redis", daemon=True).start()
    say("there")
    wait_for_end()
    os._exit(0)  # its threads, one a connection, wait for clients that have gone


if __name__ == "__main__":
    main()
