"""What is live: one subscription to Redis for all who look on.

```
Redis ── told of a write ─┐
      ── asked each 2 s ──┴─► Hub.latest ── woken ─► a looker's stream ─► a page
```
Messages of Redis may be lost, and a user of Redis may be denied channels: what is watched is also asked for every two
seconds. Only segments that somebody looks at are read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from redis.asyncio.client import PubSub
from redis.exceptions import NoPermissionError

from stream.serve.reader import AWAY, Reader

log = logging.getLogger(__name__)

POLL: Final = 2.0
"""Seconds after which what is watched is asked for, whether or not anything was told."""
_FIRST_DELAY: Final = 0.2
_LONGEST_DELAY: Final = 2.0
ACCOUNTS: Final = 20
"""Accounts at risk that a page shows."""


class Looker:
    """Somebody who looks at a segment; `wake` is set when there may be something new."""

    def __init__(self, segment: str) -> None:
        self.segment: Final = segment
        self.wake: Final = asyncio.Event()


class Hub:
    """Keeps the latest of all that is looked at.

    Args:
        reader: where it is read.
        monotonic: a clock in seconds.
    """

    def __init__(self, reader: Reader, monotonic: Callable[[], float]) -> None:
        self._reader: Final = reader
        self._monotonic: Final = monotonic
        self._lookers: Final[set[Looker]] = set()
        self._watched: Final[Counter[str]] = Counter()
        self._polled_at = 0.0
        self._is_told = True
        self.is_ended = False
        """Whether the server ends, and so everybody's stream."""
        self.is_redis_there = True
        """Whether Redis answered the last time it was asked."""
        self.snapshots: Final[dict[str, dict[str, Any] | None]] = {}
        self.alerts: dict[str, list[Any]] | None = None
        self.accounts: list[dict[str, Any]] | None = None
        self.segments: list[str] | None = None

    @contextmanager
    def looker(self, segment: str) -> Iterator[Looker]:
        """Look at a segment for as long as the context lasts."""
        looker = Looker(segment)
        self._lookers.add(looker)
        self._watched[segment] += 1
        try:
            yield looker
        finally:
            self._lookers.discard(looker)
            self._watched[segment] -= 1
            if not self._watched[segment]:
                del self._watched[segment]
                self.snapshots.pop(segment, None)

    def end(self) -> None:
        """End the streams of all who look on, and then `run`."""
        self.is_ended = True
        self._wake()

    async def welcome(self, segment: str) -> None:
        """Read a segment for somebody who has just come, and the rest if nobody was there before."""
        try:
            if segment not in self.snapshots:
                self.snapshots[segment] = await self._reader.snapshot(segment)
            if len(self._lookers) == 1:
                await self._read_rest()
        except AWAY as error:
            self._lose(error)
        else:
            self.is_redis_there = True

    async def run(self) -> None:
        """Follow Redis until the end, through its absences.

        To cancel it is not enough before Python 3.12: a client that is amid an answer may swallow that.
        """
        delay = _FIRST_DELAY
        while not self.is_ended:
            pubsub = None
            try:
                pubsub = await self._reader.subscription() if self._is_told else None
                await self._read(set(self._watched))
                delay = _FIRST_DELAY
                while not self.is_ended:
                    await self._follow(pubsub)
            except AWAY as error:
                if pubsub is not None and isinstance(error, NoPermissionError):
                    log.warning("redis: denies this user the channels; it is asked every %d s instead", POLL)
                    self._is_told = False
                    continue
                self._lose(error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_DELAY)
            finally:
                if pubsub is not None:
                    await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _follow(self, pubsub: PubSub | None) -> None:
        """Wait until something was told or it is time to ask; read it."""
        told: set[str] = set()
        rest = False
        wait = max(0.0, self._polled_at + POLL - self._monotonic())
        if pubsub is None:
            await asyncio.sleep(wait)
        else:
            message = await pubsub.get_message(timeout=wait)
            while message is not None:
                rest = rest or self._reader.is_about_alerts(message)
                told.update(segment for segment in self._watched if _names(message, segment))
                message = await pubsub.get_message(timeout=0)
        if self._monotonic() >= self._polled_at + POLL:
            self._polled_at = self._monotonic()
            told, rest = set(self._watched), True
        if told:
            await self._read(told)
        if rest and self._lookers:
            await self._read_rest()
        self._wake()

    async def _read(self, segments: set[str]) -> None:
        for segment in segments:
            snapshot = await self._reader.snapshot(segment)
            if segment in self._watched:
                self.snapshots[segment] = snapshot
        if not self.is_redis_there:
            log.info("redis: answers again")
            self.is_redis_there = True
        self._wake()

    async def _read_rest(self) -> None:
        self.alerts = await self._reader.alerts()
        self.accounts = await self._reader.accounts(ACCOUNTS)
        self.segments = await self._reader.segments()

    def _lose(self, error: BaseException) -> None:
        if self.is_redis_there:
            log.warning("redis: does not answer: %s; trying again until it does", error)
        self.is_redis_there = False
        self._wake()

    def _wake(self) -> None:
        for looker in self._lookers:
            looker.wake.set()


def _names(message: dict[str, Any], segment: str) -> bool:
    """Say whether a notice is about a segment; its JSON is not parsed, since there may be hundreds a second.

    What it says of another one by chance costs a look that was not needed.
    """
    data = message["data"]
    return isinstance(data, bytes) and segment.encode() in data


__all__ = ["ACCOUNTS", "Hub", "Looker"]
