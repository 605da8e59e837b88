"""Redis may be away, come back, or forget everything: readers find all of it again, and never anything older."""

from datetime import timedelta

from making import at, event, spoken, tracked
from redis import Redis
from waiting import wait_for

NOW = at("2026-03-02T12:00:00+00:00")


def _events(number, first=0):
    return [
        tracked(NOW - timedelta(minutes=2) + timedelta(seconds=one), f"account-{one % 7}", f"user-{one}", plan="pro")
        for one in range(first, first + number)
    ]


def _paid(account):
    items = [{"amount": 5_000, "currency": "USD", "interval": "month"}]
    fields = {"account_id": account, "subscription_id": account, "status": "active", "plan": "pro", "items": items}
    return event("billing.subscription_changed", NOW - timedelta(days=1), **fields)


def _everything(url, namespace):
    """Return all that is in Redis for readers, but the revisions."""
    found = {}
    with Redis.from_url(url, decode_responses=True) as client:
        for key in sorted(client.scan_iter(f"{namespace}:*")):
            kind, name = client.type(key), key.removeprefix(f"{namespace}:")
            if name in ("written", "history") or name.endswith(":json"):
                continue
            if kind == "hash":
                found[name] = {field: value for field, value in client.hgetall(key).items() if field != "revision"}
            elif kind == "set":
                found[name] = client.smembers(key)
            elif kind == "zset":
                found[name] = client.zrange(key, 0, -1, withscores=True)
    return found


def _wait_for_the_same(system, wanted, what):
    def differing():
        found = _everything(system.settings["redis_url"], system.namespace)
        return {
            key: (found.get(key), wanted.get(key)) for key in {*found, *wanted} if found.get(key) != wanted.get(key)
        }

    wait_for(lambda: not differing(), what, more=lambda: str(differing()))


def test_redis_is_away_comes_back_and_forgets(live, own_redis):
    redis = own_redis(password="not-to-be-logged")  # noqa: S106 - its secret is what the test is about
    redis.stop()
    system = live(on_redis=redis.url, clock=spoken(NOW))
    system.make_topics()
    worker = system.worker()
    first = [*map(_paid, ("account-1", "account-2")), *_events(20)]
    system.publish(first)
    worker.says("redis: does not take what is published")

    redis.start()
    system.wait_for(len(first))
    wait_for(lambda: "plan=pro" in system.segments(), "the segments")
    wait_for(lambda: system.redis.exists(system.key("account:account-2")), "the accounts")
    everything = _everything(redis.url, system.namespace)
    assert {"definitions", "snapshot:all", "snapshot:plan=pro", "account:account-1"} <= everything.keys()

    system.redis.flushall()
    _wait_for_the_same(system, everything, "everything once more, after FLUSHALL")

    redis.kill()
    more = _events(20, 40)
    system.publish(more)
    wait_for(lambda: worker.log.count("redis: does not take what is published") == 2, "a word about it")
    redis.start()
    snapshot = system.wait_for(len(first) + len(more))
    assert snapshot["values"]["active_users.5m"] == 40
    worker.says("redis: answers again")

    # nobody is there while Redis forgets; the next worker has nothing new to say
    wait_for(lambda: system.value("active_users.5m", "plan=pro") == 40, "the segments again")
    wait_for(lambda: system.redis.exists(system.key("account:account-2")), "the accounts again")
    everything = _everything(redis.url, system.namespace)
    assert worker.stop() == 0
    system.redis.flushall()
    system.worker()
    _wait_for_the_same(system, everything, "everything once more, after a restart")

    assert not any("not-to-be-logged" in worker.log for worker in system.workers)
    assert worker.log.count("redis: does not take what is published") == 2  # once an outage, not once a try


def test_an_older_revision_never_replaces_a_newer_one(live):
    system = live(clock=spoken(NOW))
    system.make_topics()
    worker = system.worker()
    system.publish(_events(10))
    system.wait_for(10)
    wait_for(lambda: "plan=pro" in system.segments(), "the segments")
    before = system.snapshot()
    system.redis.hset(system.key("written"), "snapshot:all", before["revision"] + 1_000_000)

    system.publish(_events(10, 20))

    wait_for(lambda: system.value("active_users.5m", "plan=pro") == 20, "a segment that nobody has blocked")
    assert system.snapshot() == before
    assert worker.stop() == 0


def test_an_account_that_is_gone_leaves_redis_and_no_refill_brings_it_back(live, own_redis):
    redis = own_redis()  # it is emptied, which nobody else may notice
    system = live(on_redis=redis.url, clock=spoken(NOW), partitions="1")
    system.make_topics()
    worker = system.worker()
    system.publish([_paid("account-1"), tracked(NOW - timedelta(minutes=1), "account-2")])
    wait_for(lambda: len(_accounts(system)) == 2, "both accounts")
    assert worker.stop() == 0

    later = spoken(NOW + timedelta(days=90))
    worker = system.worker(VITALS_CLOCK=later)
    wait_for(lambda: _accounts(system) == {"account-1"}, "who is not gone")
    assert worker.stop() == 0
    told = [(record.key.decode(), record.value is None) for record in system.read("accounts")]
    assert dict(told) == {"account-1": False, "account-2": True}

    told_before = len(told)
    system.redis.flushall()
    worker = system.worker(VITALS_CLOCK=later)
    wait_for(lambda: _accounts(system) == {"account-1"}, "the accounts again")
    system.wait_for(2)
    told = [record.key.decode() for record in system.read("accounts")]
    assert "account-2" not in told[told_before:]
    assert _accounts(system) == {"account-1"}
    assert worker.stop() == 0


def _accounts(system):
    prefix = system.key("account:").encode()
    return {key.removeprefix(prefix).decode() for key in system.redis.scan_iter(prefix + b"*")}
