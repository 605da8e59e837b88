"""Batches on their way from a partition's task to the agent of their topic.

Faust's stream hands anything that is no `Event` through untouched: no acknowledgement, no generation check, no flow
control. So a `Batch` in the agent's queue reaches `async for batch in stream` of an ordinary agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import faust
from mode.utils.queues import ThrowableQueue

from stream.runtime.records import Record


class Message(NamedTuple):
    """Something to send within the transaction of the checkpoint that covers a batch."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Batch:
    """What a fetch brought for one partition of one topic.

    It carries the state that it may change: an agent that is late, because its partition has moved or failed meanwhile,
    writes into state that nobody will ever read.
    """

    __slots__ = ("done", "outputs", "partition", "records", "state", "topic")

    def __init__(
        self, topic: str, partition: int, records: Sequence[Record], state: Any, outputs: list[Message]
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.records = records
        self.state = state
        self.outputs = outputs
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def send(self, message: Message) -> None:
        """Send a message within the checkpoint's transaction: exactly once for those who read committed records."""
        self.outputs.append(message)

    def fail(self, error: Exception) -> None:
        """Say that the state could not take this batch: its task starts over, and looks for the event that did it."""
        self.done.set_exception(error)


class Inbox(ThrowableQueue):
    """Between the tasks and an agent: asking for the next batch says that the last one is done.

    Faust's flow control empties its queues at rebalances; this one must not be. It holds one batch a partition at most.
    """

    def __init__(self, app: Any) -> None:
        super().__init__(flow_control=app.flow_control, clear_on_resume=False)
        self._last: Batch | None = None

    def fail(self) -> None:
        """Say that the agent failed on its batch."""
        self._finish(RuntimeError("the agent failed on this batch"))

    async def get(self) -> Any:
        """Return the next batch."""
        self._finish()
        return await super().get()

    def get_nowait(self) -> Any:
        """Return the next batch, if there is one."""
        self._finish()
        self._last = super().get_nowait()
        return self._last

    def _finish(self, error: Exception | None = None) -> None:
        last, self._last = self._last, None
        if last is not None and not last.done.done():
            if error is None:
                last.done.set_result(None)
            else:
                last.done.set_exception(error)


class BatchTopic(faust.Topic):
    """A topic whose agent gets batches: one agent a topic, and one of it, since its restarts share the inbox."""

    @property
    def queue(self) -> Inbox:
        """The inbox of the topic's agent."""
        inbox: Inbox = self.app.inbox(self.get_topic_name())
        return inbox

    def __aiter__(self) -> Any:
        """Begin to iterate: an agent that does so again has failed on its batch."""
        if not self.is_iterator:
            self.queue.fail()
        return super().__aiter__()
