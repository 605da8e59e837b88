"""Finding the one event that makes the engine raise, so that everything else counts.

A partition that failed starts from its checkpoint, whatever the reason. If it was the engine that raised, the task
remembers here how far it had read, and goes that way again carefully: each event applied by itself, a checkpoint after
every batch, and where a batch cannot even be taken in, a record at a time. So what raises names itself. Where the
engine raises only later, when time passes, the batch is halved: it is tried, and never committed, with fewer and fewer
of its events, until one is left that makes the difference. What was found goes to the dead letters with the next
checkpoint. If the engine raises without any event, there is nothing to isolate: the partition stands, and says so.

Nothing of this is written: who takes the partition over fails at the same event, and finds it again.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from aiokafka import TopicPartition

from schemas.errors import BadEvent
from stream.engine.careful import Identity, UnbearableError, identity_of
from stream.engine.decoding import decode
from stream.engine.waiting import Applied
from stream.runtime import clients
from stream.runtime.task import Offsets
from stream.settings.deployment import Deployment

LOOKED_THROUGH: Final = 300_000
"""Records among which the one of an event is looked for that had waited for its second."""

Place = tuple[TopicPartition, int]
"""Where a record is: partition and offset."""
Handed = tuple[TopicPartition, Any]
"""A record that was handed over, and where it came from."""


class EngineFailedError(RuntimeError):
    """The engine raised, or the agent that hands records to it; the cause says what."""


class StuckError(RuntimeError):
    """The engine raises without any event: there is nothing to isolate."""


class Step:
    """What happened since the last checkpoint, where the task is careful."""

    def __init__(self) -> None:
        self.handed: list[Handed] = []
        self.last = 0
        """How many of them were handed over together, at last."""
        self.target: int | None = None
        """The second up to which events count, once all is handed over."""

    def place_of(self, identity: Identity) -> Place | None:
        """Return where an event is that was handed over; None if it had come before."""
        for tp, record in self.handed:
            try:
                _, event = decode(record.value or b"")
            except BadEvent:
                continue
            if ((record.key or b"").decode(errors="replace"), event.source, event.id) == identity:
                return tp, record.offset
        return None


class Search:
    """Which of the events of a step makes the difference, by halving.

    Args:
        step: the step that failed.
        suspects: its events in the order in which they were applied.
        detail: what was raised.
    """

    def __init__(self, step: Step, suspects: Sequence[Identity], detail: str) -> None:
        self.step: Final = step
        self.detail: Final = detail
        self._suspects: Final = list(dict.fromkeys(suspects))
        self._bearable = -1
        """With so many of the first ones it works; -1: that is not known of none of them either."""
        self._unbearable = len(self._suspects)

    @property
    def _tried(self) -> int:
        return 0 if self._bearable < 0 else (self._bearable + self._unbearable) // 2

    @property
    def without(self) -> set[Identity]:
        """The events that the next trial leaves out."""
        return set(self._suspects[self._tried :])

    def judge(self, *, worked: bool) -> None:
        """Learn from a trial."""
        if worked:
            self._bearable = self._tried
        else:
            self._unbearable = self._tried

    @property
    def hopeless(self) -> bool:
        """Whether it fails without any event."""
        return self._unbearable == 0

    @property
    def found(self) -> Identity | None:
        """The event that makes the difference, once it is known."""
        alone = self._bearable >= 0 and self._unbearable - self._bearable == 1
        return self._suspects[self._bearable] if alone else None


class Isolation:
    """What a partition's task remembers of failures of its engine, from one start to the next."""

    def __init__(self) -> None:
        self.until: Offsets | None = None
        """The task is careful until it has passed these offsets; None: it is not."""
        self.records: Final[dict[Place, str]] = {}
        """Records that are not handed over, and why."""
        self.events: Final[dict[Identity, str]] = {}
        """Events that were accepted before, wait for their second, and are not applied, and why."""
        self.search: Search | None = None
        self.singly = False
        """Whether records are handed over one by one."""
        self.trouble = ""
        """Why there is nothing to isolate; empty where there is."""

    def failed(self, error: EngineFailedError, reached: Offsets, step: Step, applied: Sequence[Identity]) -> bool:
        """Learn from a failure; say whether it helps to start over at once.

        Args:
            error: what was raised.
            reached: how far the task had read.
            step: what happened since the last checkpoint.
            applied: the events that were applied since then.
        """
        cause = error.__cause__ or error
        if self.until is None:
            self.until = dict(reached)
            return True
        if isinstance(cause, UnbearableError):
            return self._condemn(identity_of(cause.event), step, said(cause))
        if step.target is None and step.handed:  # it was among the last ones that were being handed over
            if step.last > 1:
                self.singly = True
                return True
            tp, record = step.handed[-1]
            return self._refuse((tp, record.offset), said(cause))
        self.search = Search(step, applied, said(cause))
        return self._look(self.search)

    def tried(self, search: Search, *, worked: bool) -> bool:
        """Learn from a trial; say whether it helps to start over at once."""
        search.judge(worked=worked)
        return self._look(search)

    def passed(self, reached: Offsets, written_off: Iterable[Identity]) -> None:
        """Take note of a checkpoint: what it wrote off is done with, and where all is passed, care is over."""
        self.singly = False
        for identity in written_off:
            del self.events[identity]
        passed = self.until is None or all(reached.get(name, 0) >= offset for name, offset in self.until.items())
        if passed and not self.events:
            self.until = None
            self.records.clear()

    def _look(self, search: Search) -> bool:
        if search.hopeless:
            self.search, self.trouble = None, search.detail
            return False
        if search.found is not None:
            self.search = None
            return self._condemn(search.found, search.step, search.detail)
        return True

    def _condemn(self, identity: Identity, step: Step, detail: str) -> bool:
        place = step.place_of(identity)
        if place is not None and place not in self.records:
            return self._refuse(place, detail)
        fresh = identity not in self.events
        self.events[identity] = detail
        self.trouble = "" if fresh else detail
        return fresh

    def _refuse(self, place: Place, detail: str) -> bool:
        fresh = place not in self.records
        self.records[place] = detail
        self.trouble = "" if fresh else detail
        return fresh


def said(error: BaseException) -> str:
    """Return the last line of a traceback.

    >>> said(ValueError("no such plan"))
    'ValueError: no such plan'
    """
    while isinstance(error, UnbearableError | EngineFailedError) and error.__cause__ is not None:
        error = error.__cause__
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    return lines[-1][:500] if lines else type(error).__name__


@contextmanager
def engine_at_work() -> Iterator[None]:
    """Let whatever is raised within be the engine's failure, but for what is no fault of an event.

    Raises:
        EngineFailedError: if something is raised.
    """
    try:
        yield
    except (EngineFailedError, MemoryError):
        raise
    except Exception as error:
        raise EngineFailedError("the engine failed") from error


async def offset_of(deployment: Deployment, tp: TopicPartition, until: int, event: Applied) -> int:
    """Return where an event came from that was accepted long before; -1 if it is not among the latest records."""
    reader = clients.reader(deployment, f"{deployment.namespace}-find", [tp.topic])
    try:
        await reader.start()
        first = (await reader.beginning_offsets([tp]))[tp]
        reader.assign([tp])
        reader.seek(tp, max(first, until - LOOKED_THROUGH))
        found = -1
        while await reader.position(tp) < until:
            for record in (await reader.getmany(tp, timeout_ms=500)).get(tp, ()):
                if record.value == event[3] and (record.key or b"").decode(errors="replace") == event[1]:
                    found = record.offset
        return found
    finally:
        await clients.close(reader)
