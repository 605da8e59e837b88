"""Server-sent events: a page is told what it does not know yet.

| event | data |
| --- | --- |
| `status` | `redis`: `up` or `down`; `at`: the server's clock |
| `snapshot` | the whole snapshot of the segment; null where there is none |
| `change` | what is new since the snapshot or change before: its `values` are those that differ, the rest is whole |
| `alerts` | `firing` and `resolved` |
| `accounts` | the accounts with the most MRR at risk |
| `segments` | the names of all segments |

A looker that is slow misses intermediate states, never the latest one: differences are taken to what it was sent last.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from sse_starlette import ServerSentEvent

from schemas.times import format_time
from stream.engine.snapshots import to_json
from stream.serve.hub import Hub, Looker

STATUS_EVERY: Final = 10.0
"""Seconds after which the status is told again: a page that hears nothing for longer knows that it is cut off."""


async def events(hub: Hub, segment: str, now: Callable[[], float]) -> AsyncIterator[ServerSentEvent]:
    """Yield events for somebody who looks at a segment, until the server ends.

    Args:
        hub: what is live.
        segment: `all`, or `dimension=value`.
        now: the wall clock in seconds.
    """
    with hub.looker(segment) as looker:
        await hub.welcome(segment)
        told = _Told(hub, looker)
        clock = asyncio.get_running_loop().time
        status_at = clock() + STATUS_EVERY
        while not hub.is_ended:
            for name, data in told.news(now()):
                yield ServerSentEvent(to_json(data).decode(), event=name)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(status_at):
                    await looker.wake.wait()
            looker.wake.clear()
            if clock() >= status_at:
                status_at = clock() + STATUS_EVERY
                told.redis = None


class _Told:
    """What one looker was told, and what is news to it."""

    def __init__(self, hub: Hub, looker: Looker) -> None:
        self._hub: Final = hub
        self._segment: Final = looker.segment
        self._told: dict[str, Any] = {}
        self.redis: str | None = None

    def news(self, now: float) -> Iterator[tuple[str, Any]]:
        """Yield (event, data) of all that changed since."""
        redis = "up" if self._hub.is_redis_there else "down"
        if redis != self.redis:
            self.redis = redis
            yield "status", {"redis": redis, "at": format_time(int(now * 1_000) * 1_000)}
        if redis == "down":
            return
        for name in ("segments", "alerts", "accounts"):
            data = getattr(self._hub, name)
            if data is not None and self._told.get(name) != data:
                self._told[name] = data
                yield name, data
        yield from self._snapshot()

    def _snapshot(self) -> Iterator[tuple[str, Any]]:
        if self._segment not in self._hub.snapshots:
            return
        snapshot = self._hub.snapshots[self._segment]
        before = self._told.get("snapshot")
        if snapshot is None or before is None or snapshot["values"].keys() != before["values"].keys():
            if "snapshot" not in self._told or snapshot != before:
                self._told["snapshot"] = snapshot
                yield "snapshot", snapshot
        elif snapshot["revision"] != before["revision"] or snapshot["as_of"] != before["as_of"]:
            self._told["snapshot"] = snapshot
            yield "change", _difference(before, snapshot)


def _difference(before: dict[str, Any], snapshot: dict[str, Any]) -> dict[str, Any]:
    """Return what is needed to make a snapshot out of the one before; reasons are few, so all of them are said."""
    values = snapshot["values"]
    changed = {name: value for name, value in values.items() if value != before["values"][name]}
    return {**{name: part for name, part in snapshot.items() if name not in ("schema", "values")}, "values": changed}


__all__ = ["events"]
