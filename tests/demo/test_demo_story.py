"""The story of the demo, its history, and how far its feed may be ahead."""

import asyncio
import json
from itertools import takewhile

import pytest
from fakeredis import FakeRedis

from stream.demo.feed import AHEAD_BYTES, Sender
from stream.demo.past import write
from stream.demo.story import CHECKOUT, Story, past_instants, time_of
from stream.engine.decoding import decode
from stream.settings.deployment import Deployment
from stream.simulate.instants import HOUR, MINUTE, SECOND, text

NOW = 1_795_000_000_000


@pytest.fixture(scope="module")
def told() -> list[dict]:
    return list(takewhile(lambda event: time_of(event) < text(NOW + MINUTE), Story(NOW, {"EUR": "1.08"}).events()))


def test_events_come_in_order_and_once(told) -> None:
    times = [time_of(event) for event in told]
    assert times == sorted(times)
    assert len({(event["source"], event["id"]) for event in told}) == len(told)


def test_events_are_those_of_the_contract(told) -> None:
    families = {decode(json.dumps(event).encode())[1].family for event in told}
    assert families == {"usage", "billing", "uptime", "feedback", "growth"}


def test_there_is_something_to_see_each_second_and_the_past_is_small(told) -> None:
    live = [event for event in told if time_of(event) >= text(NOW)]
    assert len(live) > 60
    assert len(told) < 50_000


def test_an_outage_is_told_from_beginning_to_end() -> None:
    story = Story(NOW, {})
    assert story.outage() == []
    story.break_checkout(NOW + 15 * SECOND)
    told = story.outage()
    assert [at for at, _ in told] == sorted(at for at, _ in told)
    assert [event["status"] for _, event in told] == ["down", "opened", "up", "resolved"]
    assert {event["service"] for _, event in told} == {CHECKOUT}
    assert told[-1][0] < NOW + MINUTE


def test_the_instants_of_the_past_ascend_up_to_now() -> None:
    instants = past_instants(NOW // SECOND)
    assert instants == sorted(set(instants))
    assert instants[-1] <= NOW // SECOND
    assert sum(1 for at in instants if at > (NOW - HOUR) // SECOND) > 10


def test_what_is_complete_of_the_worker_stays_behind_the_history_that_is_written_before_it() -> None:
    redis = FakeRedis()
    for number in (1, 5, 7, 9):
        snapshot = json.dumps({"by": "worker", "complete": number != 7})
        redis.xadd("history", {"snapshot": snapshot}, id=f"{number}000-0")
    replayed = {"snapshot": json.dumps({"by": "replay", "complete": True})}
    write(redis, "history", [("2000-0", replayed), ("5000-0", replayed)])
    found = [(name.decode(), json.loads(fields[b"snapshot"])["by"]) for name, fields in redis.xrange("history")]
    assert found == [("2000-0", "replay"), ("5000-0", "replay"), ("9000-0", "worker")]


class Producer:
    """Takes batches whose size it says."""

    class Batch:
        def __init__(self) -> None:
            self.records = 0

        def append(self, **_: object) -> object:
            self.records += 1
            return self

        def close(self) -> None:
            pass

        def _build(self) -> bytes:
            return b"x" * (self.records * 1_000)

    def create_batch(self) -> "Producer.Batch":
        return self.Batch()

    async def send_batch(self, batch: object, topic: str, partition: int) -> asyncio.Future[None]:
        del batch, topic, partition
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future


def test_the_feed_is_ahead_until_the_worker_has_read() -> None:
    event = b'{"id":"1","source":"s","type":"uptime.checked","time":"2026-01-01T00:00:00Z","service":"api","ok":true}'

    async def play() -> list[bool]:
        sender = Sender(Deployment(), Producer())
        found = []
        await sender.send([event] * (AHEAD_BYTES // 1_000))
        found.append(sender.is_ahead())
        await sender.send([event] * 2)
        found.append(sender.is_ahead())
        sender.taken(AHEAD_BYTES // 1_000)
        found.append(sender.is_ahead())
        return found

    assert asyncio.run(play()) == [False, True, False]
