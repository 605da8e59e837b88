"""Clients of Kafka go within seconds, whatever they do; and what they raise does not end who closes them."""

import asyncio

import pytest

from stream.runtime import clients


class Client:
    """A consumer, as far as closing goes."""

    def __init__(self, stop):
        self.stop = stop
        self._client = self
        self.closed = False

    async def close(self):
        self.closed = True


async def _well():
    pass


async def _raises():
    raise RuntimeError("no")


async def _is_cancelled():
    """As aiokafka's producer, whose sender was cancelled amid a request."""
    raise asyncio.CancelledError


async def _hangs():
    await asyncio.Event().wait()


@pytest.mark.parametrize("stop", [_well, _raises, _is_cancelled, _hangs])
def test_a_client_is_closed_and_who_closes_it_goes_on(monkeypatch, stop):
    monkeypatch.setattr(clients, "CLOSED_WITHIN", 0.05)
    client = Client(stop)

    async def closing():
        await clients.close(client)
        await asyncio.sleep(0)
        return "gone on"

    assert asyncio.run(closing()) == "gone on"
    assert client.closed is (stop is not _well)
