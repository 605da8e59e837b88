"""What time it is: the wall's, or what the events say."""

import json
from datetime import UTC, datetime, timedelta

from making import at, spoken, tracked
from waiting import wait_for

from stream.clock import now


def test_by_the_wall_events_of_now_are_complete_within_seconds(live):
    system = live()
    system.make_topics()
    worker = system.worker()
    worker.says("ready in")
    heard = system.redis.pubsub(ignore_subscribe_messages=True)
    heard.subscribe(system.key("snapshots"))
    began = datetime.fromtimestamp(now(), UTC)
    accounts = [f"account-{number}" for number in range(8)]
    system.publish([tracked(began, account) for account in accounts])

    system.wait_for(len(accounts))
    snapshot = wait_for(lambda: at((found := system.snapshot())["as_of"]) > began and found, "a snapshot after them")

    assert snapshot["values"]["active_users.5m"] == len(accounts)

    # time goes on without events, in every partition
    later = wait_for(lambda: (found := system.snapshot())["as_of"] > snapshot["as_of"] and found, "a later snapshot")
    assert later["complete"]
    assert later["values"]["active_users.5m"] == len(accounts)

    message = wait_for(lambda: heard.get_message(timeout=1), "a word about a snapshot")
    assert json.loads(message["data"]).keys() == {"segment", "as_of", "revision"}
    heard.close()
    (first, *_), (last, *_) = (
        system.redis.xrange(system.key("history")),
        system.redis.xrevrange(system.key("history")),
    )
    assert first[0] <= last[0]
    assert json.loads(last[1][b"snapshot"])["segment"] == "all"


def test_by_the_events_every_partition_follows_the_one_that_is_ahead(live):
    """Given events long ago in one partition only, the others have reached their time too: the snapshot is complete."""
    system = live(clock="event")
    system.make_topics()
    begin = at("2025-03-03T10:00:00+00:00")
    system.worker()
    system.publish(
        [tracked(begin + timedelta(seconds=number), "acme", f"user-{number}", plan="pro") for number in range(5)]
    )

    system.wait_for(5, spoken(begin + timedelta(seconds=5)))

    wait_for(lambda: system.snapshot("plan=pro").get("as_of") == spoken(begin + timedelta(seconds=5)), "its segment")
    assert system.value("active_users.5m", "plan=pro") == 5

    # an event four minutes on, of a key elsewhere, and one months ahead, which is in no future here
    other = next(name for name in "abcdefgh" if system.partition(name.encode()) != system.partition(b"acme"))
    system.publish([tracked(begin + timedelta(minutes=4), other)])
    snapshot = system.wait_for(6, spoken(begin + timedelta(minutes=4, seconds=1)))
    assert snapshot["values"]["active_users.5m"] == 6

    system.publish([tracked(begin + timedelta(days=90), other)])
    snapshot = system.wait_for(7, spoken(begin + timedelta(days=90, seconds=1)))
    assert snapshot["values"]["active_users.5m"] == 1
    assert snapshot["counts"]["dead_letters"] == 0
