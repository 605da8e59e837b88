"""Bad input of every kind from a seed, with the reasons that each may be refused for, and good events beside it."""

import asyncio
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from living import Live
from making import spoken

JSON = frozenset({"not_utf8", "not_json", "not_an_object"})
FIELD = frozenset({"invalid_field"})
HEADERS = ([], [("reason", b"not_json")], [("", b"\xff\x00")], [("topic", b"x"), ("topic", b"y" * 200)])


class Sent(NamedTuple):
    """A record, and the reasons for which it may be refused; none: it is good."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    reasons: frozenset[str]


class Fuzz:
    """Makes records.

    Args:
        system: whose partitions they are for.
        now: the time of the test.
        seed: of all that is random.
    """

    def __init__(self, system: Live, now: datetime, seed: int) -> None:
        self._system = system
        self._now = now
        self._random = Random(seed)
        self._number = 0
        names = (name for name in vars(Fuzz) if name.startswith("_bad_"))
        self._kinds = [getattr(self, name) for name in names]

    def event(self) -> tuple[str, bytes, dict[str, Any]]:
        """Return the topic, the record key and the fields of a valid event of any family."""
        draw, self._number = self._random, self._number + 1
        account, one = f"account-{draw.randrange(500)}", f"{draw.randrange(40)}"
        moment = self._now - timedelta(milliseconds=draw.randrange(1, 240_000))
        said = {"id": f"fuzz-{self._number}", "source": "fuzz", "time": spoken(moment)}
        money = {"amount": draw.randrange(1, 10_000), "currency": "USD"}
        topic, key, fields = draw.choice(
            (
                ("usage", account, {"type": "usage.tracked", "account_id": account, "user_id": one, "name": "use"}),
                ("billing", account, {"type": "billing.payment_succeeded", "account_id": account} | money),
                ("uptime", f"service-{one}", {"type": "uptime.checked", "service": f"service-{one}", "ok": True}),
                ("feedback", account, {"type": "feedback.answered", "account_id": account, "survey": "nps"}),
                ("growth", f"lead-{one}", {"type": "growth.lead_changed", "lead_id": f"lead-{one}"}),
            )
        )
        more = {
            "billing": {"payment_id": f"payment-{self._number}"},
            "feedback": {"score": draw.randrange(11), "respondent_id": f"respondent-{one}"},
            "growth": {"stage": "visited"},
        }
        return topic, key.encode(), said | fields | more.get(topic, {})

    def good(self) -> Sent:
        """Return a record that counts."""
        topic, key, event = self.event()
        return Sent(topic, self._system.partition(key), key, json.dumps(event).encode(), frozenset())

    def bad(self) -> Sent:
        """Return a record that is refused."""
        sent: Sent = self._random.choice(self._kinds)()
        return sent

    def _refused(self, value: bytes | None, *reasons: str, base: tuple[str, bytes, Any] | None = None) -> Sent:
        topic, key, _ = base or self.event()
        return Sent(topic, self._system.partition(key), key, value, frozenset(reasons))

    def _changed(self, reason: str, **fields: Any) -> Sent:
        base = self.event()
        return self._refused(json.dumps(base[2] | fields).encode(), reason, base=base)

    # --- bytes and JSON

    def _bad_bytes(self) -> Sent:
        return self._refused(self._random.randbytes(self._random.randrange(1, 300)), *JSON)

    def _bad_tombstone(self) -> Sent:
        return self._refused(None, "not_json")

    def _bad_truncated(self) -> Sent:
        base = self.event()
        whole = json.dumps(base[2]).encode()
        return self._refused(whole[: self._random.randrange(len(whole))], "not_json", base=base)

    def _bad_poked(self) -> Sent:
        base = self.event()
        whole, byte = json.dumps(base[2]).encode(), self._random.choice((b"\x00", b"\x01", b"\x1b", b"\x80", b"\xff"))
        place = self._random.randrange(len(whole) + 1)
        return self._refused(whole[:place] + byte + whole[place:], "not_json", "not_utf8", base=base)

    def _bad_nesting(self) -> Sent:
        depth, (left, right) = self._random.randrange(100, 3_000), self._random.choice((("[", "]"), ('{"a":', "}")))
        inner = left * depth + ("1" if left != "[" else "") + right * self._random.choice((depth, depth - 1, 0))
        return self._refused(f'{{"a":{inner}}}'.encode(), "too_deep", "not_json")

    def _bad_other_json(self) -> Sent:
        said = self._random.choice((b"[]", b"1", b'"text"', b"null", b"true", b"[{}]", b"-0.0", b"1e400"))
        return self._refused(said, "not_an_object", "not_json")

    def _bad_number(self) -> Sent:
        base = self.event()
        text = self._random.choice(("NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "0x1"))
        whole = json.dumps(base[2])[:-1] + f', "attributes": {{"a": {text}}}}}'
        return self._refused(whole.encode(), "not_json", base=base)

    # --- fields

    def _bad_huge_number(self) -> Sent:
        base = self.event()
        text = self._random.choice(("9" * 400, "1e999", str(2**64), str(-(2**63) - 1), "1.5", "1.0", "1" + "0" * 5_000))
        event = base[2] | {"type": "billing.payment_succeeded", "payment_id": "p", "currency": "USD", "account_id": "a"}
        event.pop("amount", None)
        whole = json.dumps(event)[:-1] + f', "amount": {text}}}'
        return self._refused(whole.encode(), "invalid_field", "not_json", base=("billing", b"a", None))

    def _bad_type(self) -> Sent:
        wrong = self._random.choice((1, True, [], {}, None, 1.5))
        return self._changed("invalid_field", **{self._random.choice(("id", "source", "time")): wrong})

    def _bad_zone(self) -> Sent:
        texts = ("2026-03-02T12:00:00", "2026-03-02 12:00", "2026-03-02", "2026-03-02T12:00:00+25:00", "1772452800")
        more = ("2026-03-02T12:00:00 Europe/Berlin", "2026-13-02T12:00:00Z", "2026-02-30T12:00:00Z", "12:00Z", "")
        return self._changed("invalid_field", time=self._random.choice(texts + more))

    def _bad_missing(self) -> Sent:
        base = self.event()
        name = self._random.choice(("id", "source", "time", "type"))
        whole = json.dumps({field: value for field, value in base[2].items() if field != name}).encode()
        return self._refused(whole, "unknown_type" if name == "type" else "invalid_field", base=base)

    def _bad_name_of_type(self) -> Sent:
        return self._changed("unknown_type", type=self._random.choice(("", "usage", "usage.Tracked", "x" * 500, "💥")))

    def _bad_key_twice(self) -> Sent:
        """JSON that says a field twice, the second time wrongly."""
        base = self.event()
        whole = json.dumps(base[2])[:-1] + ', "source": 7}'
        return self._refused(whole.encode(), "invalid_field", base=base)

    def _bad_future(self) -> Sent:
        ahead = timedelta(seconds=self._random.choice((400, 10**5, 10**9)))
        return self._changed("in_future", time=spoken(self._now + ahead))

    # --- keys and partitions

    def _bad_key(self) -> Sent:
        _, _, event = base = self.event()
        key = self._random.choice((None, b"", b"\xff\xfe", b"someone-else", b"account", str(event["id"]).encode()))
        value = json.dumps(event).encode()
        here = 0 if key is None else self._system.partition(key)
        return Sent(base[0], here, key, value, frozenset({"wrong_key"}))

    def _bad_partition(self) -> Sent:
        topic, key, event = self.event()
        away = (self._system.partition(key) + self._random.randrange(1, self._system.partitions)) % (
            self._system.partitions
        )
        return Sent(topic, away, key, json.dumps(event).encode(), frozenset({"wrong_partition"}))

    def _bad_topic(self) -> Sent:
        """An event of one family on the topic of another."""
        _, key, event = self.event()
        topic = "usage" if not event["type"].startswith("usage") else "growth"
        return self._refused(json.dumps(event).encode(), "unknown_type", base=(topic, key, None))

    def large(self, size: int) -> Sent:
        """Return a record that is refused for its size."""
        return self._changed("too_large", attributes={"text": "x" * size})


def publish(system: Live, records: Iterable[Sent], compression: str | None = None) -> list[tuple[str, int, int]]:
    """Publish records in large batches, some with headers that say nothing; return topic, partition and offset of each.

    The topics must be empty.
    """
    return asyncio.run(_publish(system, list(records), compression))


async def _publish(system: Live, records: list[Sent], compression: str | None) -> list[tuple[str, int, int]]:
    producer = AIOKafkaProducer(
        bootstrap_servers=system.kafka,
        acks="all",
        max_batch_size=500_000,
        max_request_size=2**23,
        compression_type=compression,
    )
    await producer.start()
    batches: dict[tuple[str, int], Any] = {}
    sent: list[tuple[Any, list[int]]] = []
    held: dict[tuple[str, int], list[int]] = {}
    try:
        for number, one in enumerate(records):
            place = (f"{system.namespace}.{one.topic}", one.partition)
            headers = HEADERS[number % 50] if number % 50 < len(HEADERS) else []
            for _ in range(2):
                if place not in batches:
                    batches[place], held[place] = producer.create_batch(), []
                if batches[place].append(key=one.key, value=one.value, timestamp=None, headers=headers) is not None:
                    held[place].append(number)
                    break
                sent.append((await producer.send_batch(batches.pop(place), place[0], partition=place[1]), held[place]))
        for place, batch in batches.items():
            sent.append((await producer.send_batch(batch, place[0], partition=place[1]), held[place]))
        places: list[Any] = [None] * len(records)
        for future, numbers in sent:
            told = await future
            for nth, number in enumerate(numbers):
                places[number] = (told.topic, told.partition, told.offset + nth)
        return places
    finally:
        await producer.stop()
