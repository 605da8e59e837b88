"""A server ends when it is asked to."""

import asyncio
import threading

from serving import Serving

from stream.engine.definitions import Definitions
from stream.serve.hub import Hub
from stream.settings.deployment import Deployment


def test_it_ends_though_a_client_of_redis_swallows_its_cancellation(redis_url, monkeypatch):
    follow, following = Hub._follow, threading.Event()

    async def swallow(hub, pubsub):
        """Follow as with a client that was amid an answer, whose `asyncio.wait_for` returns it all the same."""
        following.set()
        try:
            await follow(hub, pubsub)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()

    monkeypatch.setattr(Hub, "_follow", swallow)
    with Serving(Deployment(redis_url=redis_url, bind="127.0.0.1:0"), Definitions()):
        assert following.wait(30)
    # it asserts that its thread is gone
