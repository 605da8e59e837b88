"""The feed of the demo: its story into Kafka, first all that is past, then each event when its time comes.

The broker keeps little, so the feed stays near the worker: not more than 2 MiB a partition may be unread.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from redis.asyncio import Redis
from redis.exceptions import ConnectionError  # noqa: A004 - no other one is meant here

from schemas.keys import message_key
from schemas.topics import CARDS, full_name
from stream.brokers.partitions import partition_of
from stream.clock import now
from stream.demo.broker import KEPT_BYTES, PARTITIONS
from stream.demo.child import listen, say
from stream.demo.story import Story, time_of
from stream.engine.decoding import decode
from stream.engine.definitions import Definitions
from stream.runtime import clients
from stream.settings.definitions_file import load_definitions
from stream.settings.deployment import Deployment, load_deployment
from stream.simulate.events import Event
from stream.simulate.instants import SECOND, text

OUTAGE_AFTER: Final = 15 * SECOND
AHEAD_BYTES: Final = 2 * 2**20
_TURN: Final = 0.25
_LOOKED_EVERY: Final = 1.0
_BATCH_BYTES: Final = 200_000

assert AHEAD_BYTES < KEPT_BYTES  # noqa: S101 - else records would be dropped that nobody has read


class Sender:
    """Writes events to where the contract says, and knows how much of them may be unread.

    Args:
        deployment: whose topics.
        producer: of Kafka.
    """

    def __init__(self, deployment: Deployment, producer: AIOKafkaProducer) -> None:
        self.sent = 0
        self._ns: Final = deployment.namespace
        self._producer: Final = producer
        self._batches: dict[tuple[str, int], Any] = {}
        self._numbers: Final[dict[str, int]] = {}
        self._unread: Final[defaultdict[tuple[str, int], int]] = defaultdict(int)
        self._marks: Final[deque[tuple[int, tuple[str, int], int]]] = deque()

    async def send(self, lines: Iterable[bytes]) -> None:
        """Write lines, in order, and return when the broker has them."""
        for line in lines:
            _, event = decode(line)
            key = message_key(event)
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = partition_of(key.encode(), PARTITIONS)
            place = (event.family, number)
            if not self._append(place, key.encode(), line):
                await self._send_batch(place)
                self._append(place, key.encode(), line)
            self.sent += 1
        for place in list(self._batches):
            await self._send_batch(place)

    def _append(self, place: tuple[str, int], key: bytes, line: bytes) -> bool:
        batch = self._batches.get(place)
        if batch is None:
            batch = self._batches[place] = self._producer.create_batch()
        return batch.append(key=key, value=line, timestamp=None) is not None

    async def _send_batch(self, place: tuple[str, int]) -> None:
        batch = self._batches.pop(place)
        batch.close()
        size = len(batch._build())  # noqa: SLF001 - compressed, as the broker counts it, which nothing public tells
        topic = full_name(self._ns, CARDS[place[0]])
        await (await self._producer.send_batch(batch, topic, partition=place[1]))
        self._unread[place] += size
        self._marks.append((self.sent, place, size))

    def taken(self, count: int) -> None:
        """Hear how many events the worker has taken; they are not the oldest ones to the last, but nearly so."""
        while self._marks and self._marks[0][0] <= count:
            _, place, size = self._marks.popleft()
            self._unread[place] -= size

    def is_ahead(self) -> bool:
        """Say whether a partition has as much unread as it may have."""
        return any(size > AHEAD_BYTES for size in self._unread.values())


class Watch:
    """What the feed sees of the worker, in Redis."""

    def __init__(self, deployment: Deployment) -> None:
        self._ns: Final = deployment.namespace
        self._redis: Final = Redis.from_url(deployment.redis_url.get_secret_value())
        self._alert = "0-0"
        self._due = 0.0
        self.taken = 0
        """How many events the worker has taken, as the newest complete snapshot says."""

    async def look(self, sender: Sender) -> None:
        """Tell the sender what was taken, and the demo of new alerts."""
        clock = asyncio.get_running_loop().time
        if clock() < self._due:
            return
        self._due = clock() + _LOOKED_EVERY
        try:
            logged: Any = await self._redis.xrange(f"{self._ns}:alerts:log", f"({self._alert}")
        except ConnectionError:  # it takes longest to start; should it end, the demo does
            return
        for name, fields in logged:
            self._alert = name.decode()
            alert = msgspec.json.decode(fields[b"alert"])
            say("alert", alert["status"], alert["rule"], alert["summary"])
        found = await self._redis.get(f"{self._ns}:snapshot:all:json")
        snapshot: dict[str, Any] = msgspec.json.decode(found) if found else {"counts": {}, "complete": False}
        counts = snapshot["counts"]
        count = sum(counts.get(name, 0) for name in ("events", "duplicates", "excluded", "too_late", "dead_letters"))
        sender.taken(count)
        if snapshot["complete"]:
            self.taken = count


class Feed:
    """Plays a story.

    Args:
        story: what happens.
        sender: where it goes.
        watch: how far the worker has come.
        start: called when the worker must begin for the feed to go on.
    """

    def __init__(self, story: Story, sender: Sender, watch: Watch, start: Callable[[], None]) -> None:
        self._story: Final = story
        self._sender: Final = sender
        self._watch: Final = watch
        self._start: Final = start
        self._events: Final = story.events()
        self._next: Event | None = next(self._events, None)
        self._outage: list[tuple[int, Event]] = []

    async def past(self, path: Path) -> None:
        """Write all that is past, to Kafka and to a file."""
        encode = msgspec.json.Encoder().encode
        end, started = text(self._story.now), False
        with path.open("wb") as file:
            while lines := [encode(event) for event in self._due(end, 5_000)]:
                file.writelines(line + b"\n" for line in lines)
                await self._sender.send(lines)
                if self._sender.is_ahead() and not started:
                    started = True
                    self._start()
                await self._room()
        if not started:
            self._start()

    async def live(self) -> None:
        """Write each event when its time comes, until the story ends."""
        encode = msgspec.json.Encoder().encode
        past, told = self._sender.sent, False
        while self._next is not None:
            at = int(now() * SECOND)
            due = self._due(text(at), 50_000)
            while self._outage and self._outage[0][0] <= at:
                due.append(self._outage.pop(0)[1])
            if due:
                await self._sender.send(map(encode, due))
            await self._watch.look(self._sender)
            if self._watch.taken >= past and not told:
                told = True
                say("caught-up", past)
            await self._room()
            await asyncio.sleep(_TURN)

    def break_checkout(self) -> None:
        """Let the outage of the story come soon."""
        self._story.break_checkout(int(now() * SECOND) + OUTAGE_AFTER)
        self._outage = self._story.outage()

    def _due(self, end: str, most: int) -> list[Event]:
        """Return the next events before a time."""
        due: list[Event] = []
        while self._next is not None and time_of(self._next) < end and len(due) < most:
            due.append(self._next)
            self._next = next(self._events, None)
        return due

    async def _room(self) -> None:
        while self._sender.is_ahead():
            await self._watch.look(self._sender)
            await asyncio.sleep(_TURN)


async def make_topics(deployment: Deployment) -> None:
    """Have the topics: this broker makes those that it is asked about."""
    admin = AIOKafkaAdminClient(**clients.connection(deployment))
    await admin.start()
    try:
        await admin.describe_topics([full_name(deployment.namespace, card) for card in CARDS.values()])
    finally:
        await admin.close()


def rates(definitions: Definitions) -> dict[str, str]:
    """Return what `fx` says, as the simulator takes it."""
    fx = definitions.fx
    return {} if isinstance(fx, list) else {currency: str(float(rate)) for currency, rate in fx.items()}


async def run(path: Path) -> None:
    """Play the story until this process is ended.

    Args:
        path: a file for the events of the past.
    """
    deployment = load_deployment()
    loop = asyncio.get_running_loop()
    story = Story(int(now()) * SECOND, rates(load_definitions(deployment.config_path)))
    await make_topics(deployment)
    producer = AIOKafkaProducer(
        **clients.connection(deployment), acks="all", compression_type="gzip", max_batch_size=_BATCH_BYTES
    )
    await producer.start()
    feed = Feed(story, Sender(deployment, producer), Watch(deployment), lambda: say("start"))
    listen(lambda _: loop.call_soon_threadsafe(feed.break_checkout))
    await feed.past(path)
    say("sent", story.now // SECOND)
    await feed.live()
    say("over")


def main() -> None:
    """Run it until the demo ends."""
    asyncio.run(run(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
