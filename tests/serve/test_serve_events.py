"""Server-sent events: all that is there at first, then what changes, through the absences of Redis."""

import pytest
from business import NOON, RULES
from publishing import Publishing
from redis import Redis
from waiting import wait_for

from stream.serve import events as events_of_pages


def until(events, name, check=lambda _: True):
    """Return the data of the first event of a name that a check is true of."""
    return next(data for event, data in events if event == name and check(data))


@pytest.fixture
def world(own_redis, four_days):
    redis = own_redis()
    world = Publishing(redis.url, "live", four_days[-2_500:], RULES)
    world.namespace, world.redis = "live", redis
    world.until(NOON)
    yield world
    world.close()


def test_a_looker_is_told_everything_at_first(serving, published):
    server = serving(published)
    with server.events() as events:
        found = {}
        for name, data in events:
            found[name] = data
            if name == "snapshot":
                break
    assert found["status"]["redis"] == "up"
    assert found["snapshot"] == server.api("snapshot")
    assert found["alerts"] == server.api("alerts")
    assert found["accounts"] == server.api("accounts")["accounts"]
    assert found["segments"] == server.api("segments")["segments"]


def test_changes_add_up_to_the_snapshot(serving, world):
    server = serving(world, redis_url=world.redis.url)
    with server.events(segment="plan=pro") as events:
        snapshot = until(events, "snapshot")
        for second in range(NOON + 60, NOON + 360, 60):
            world.until(second)
            change = until(events, "change")
            assert len(change["values"]) < len(snapshot["values"])
            snapshot = {**snapshot, **change, "values": snapshot["values"] | change["values"]}
            assert snapshot == server.api("snapshot", segment="plan=pro")


def test_alerts_come_and_go(serving, world):
    server = serving(world, redis_url=world.redis.url)
    with server.events() as events:
        assert [alert["rule"] for alert in until(events, "alerts")["firing"]] == ["busy"]
        world.until(NOON + 40 * 86_400)
        ended = until(events, "alerts", lambda alerts: not alerts["firing"])
        assert [alert["rule"] for alert in ended["resolved"]] == ["busy"]


def test_who_looks_at_another_segment_is_not_told_of_this_one(serving, world, monkeypatch):
    monkeypatch.setattr(events_of_pages, "STATUS_EVERY", 3)
    server = serving(world, redis_url=world.redis.url)
    with server.events(segment="plan=none") as events:
        assert until(events, "snapshot") is None
        world.until(NOON + 60)
        assert until(events, "status") is not None  # told again after a while, and nothing of `all` before it


def test_redis_goes_away_and_comes_back(serving, world):
    server = serving(world, redis_url=world.redis.url)
    with server.events() as events:
        before = until(events, "snapshot")
        world.redis.stop()
        until(events, "status", lambda status: status["redis"] == "down")
        assert server.get("readyz").status == 503
        world.redis.start()
        until(events, "status", lambda status: status["redis"] == "up")
        world.until(NOON + 60)
        after = next(data for name, data in events if name in ("snapshot", "change") and data)
        assert after["revision"] > before["revision"]
    wait_for(lambda: server.get("readyz").status == 200, "readiness")


def test_where_channels_are_denied_redis_is_asked(serving, world):
    with Redis.from_url(world.redis.url) as client:
        client.acl_setuser(
            "reader", enabled=True, passwords=["+secret"], keys=["*"], categories=["+@read", "+@connection"]
        )
    url = world.redis.url.replace("redis://", "redis://reader:secret@")
    server = serving(world, redis_url=url)
    with server.events() as events:
        until(events, "snapshot")
        world.until(NOON + 60)
        assert until(events, "change")["as_of"] == "2026-01-08T12:01:00Z"


def test_pages_share_one_subscription(serving, world):
    server = serving(world, redis_url=world.redis.url)
    with Redis.from_url(world.redis.url) as client, server.events() as one, server.events() as two:
        until(one, "snapshot")
        until(two, "snapshot")
        (_, subscribers), *_ = client.pubsub_numsub("live:snapshots")
        assert subscribers == 1
