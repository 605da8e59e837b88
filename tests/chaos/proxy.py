"""A TCP proxy before a server: its clients lose the server, which itself does not notice."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final, Self

from servers.port import Port

_BYTES: Final = 1 << 16


class Proxy:
    """Listens on a port of its own and passes everything on.

    Args:
        port: of the server, on this machine; settable until the first connection.
    """

    def __init__(self, port: int = 0) -> None:
        self.target = port
        self._port: Final = Port()
        self.number: Final = self._port.number
        self._server: asyncio.Server | None = None
        self._flowing: Final = asyncio.Event()
        self._flowing.set()
        self._open: Final[set[asyncio.StreamWriter]] = set()

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        self._flowing.set()
        self._port.close()

    async def refuse(self) -> None:
        """Break all connections; whoever connects is refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    def hold(self) -> None:
        """Let nothing through any more: connections stay, and are silent, as behind a broken network."""
        self._flowing.clear()

    async def restore(self) -> None:
        """Pass everything on again, also what was held."""
        self._flowing.set()
        await self._listen()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.number)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._flowing.wait()
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(to_writer)
            try:
                await asyncio.gather(self._pass(reader, to_writer), self._pass(to_reader, writer))
            finally:
                self._open.discard(to_writer)
                to_writer.close()
        except (OSError, asyncio.CancelledError):  # the server is down, and so is the proxy; or the run ends
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_BYTES):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()  # an end on one side is one on the other
