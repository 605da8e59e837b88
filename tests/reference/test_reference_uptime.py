"""Uptime, by the reference, against answers worked out by hand."""

import random

import pytest

from .common import accept as accepted
from .common import make_world
from .log import HOURS, Log, at, second
from .uptime import timeline


def test_example_of_the_timeline(log):
    for hour, minute, status in ((10, 0, "up"), (10, 20, "down"), (10, 30, "up")):
        log.add("uptime.status_changed", at(hours=hour, minutes=minute), service="api", status=status)
    plan = {"maintenance_id": "m", "starts_at": at(hours=10, minutes=25), "ends_at": at(hours=10, minutes=40)}
    log.add("uptime.maintenance_planned", at(hours=11, minutes=30), service="api", **plan)
    values = log.values(second(hours=12))
    assert (values["availability.24h"], values["downtime.24h"]) == (0.952380, 300)
    assert (values["observed_time.24h"], values["maintenance_time.24h"], values["services_down"]) == (6_300, 900, 0)
    untold = log.values(second(hours=11, minutes=30))
    assert untold["downtime.24h"] == 600
    assert log.values(second(hours=10, minutes=30))["services_down"] == 1
    assert log.values(second(hours=12), segment="service=web")["availability.24h"] is None


def test_regions_vote_and_fall_silent(log):
    for region, ok in (("eu", True), ("us", False), ("ap", False)):
        log.add("uptime.checked", at(hours=1), service="api", region=region, ok=ok)
    log.add("uptime.checked", at(hours=1, minutes=1), service="api", region="ap", ok=True)
    # 1:00 two of three fail: down; 1:01 one of three: degraded; 1:05 only ap speaks: up; 1:06 nobody: unknown
    values = log.values(second(hours=2))
    assert (values["downtime.24h"], values["degraded_time.24h"], values["observed_time.24h"]) == (60, 240, 360)
    strict = log.values(second(hours=2), {"quality": {"degraded": "down"}})
    assert (strict["downtime.24h"], strict["degraded_time.24h"], strict["observed_time.24h"]) == (300, 240, 360)


def test_a_bounded_status_lies_over_the_open_one(log):
    log.add("uptime.status_changed", at(hours=1), service="api", status="up")
    log.add("uptime.status_changed", at(hours=2), service="api", status="down", until=at(hours=3))
    log.add("uptime.status_changed", at(hours=2, minutes=30), service="api", status="degraded")
    log.add("uptime.checked", at(hours=3, minutes=30), service="api", ok=True)
    log.add("uptime.status_changed", at(hours=4), service="api", status="up")
    log.add("uptime.checked", at(hours=5), service="api", ok=False)
    # up 1-2, down 2-3 (bounded), degraded 3-4 (open, over the probe), up from 4, but for 5:00-5:05 (the probe decides)
    values = log.values(second(hours=6))
    assert (values["downtime.24h"], values["degraded_time.24h"]) == (3_600 + 300, 3_600)
    assert values["observed_time.24h"] == 5 * HOURS


@pytest.mark.parametrize("seed", range(20))
def test_the_timeline_has_no_gap_and_no_overlap(seed):
    rng = random.Random(seed)
    log = Log()
    for _ in range(rng.randrange(1, 12)):
        minute = rng.randrange(600)
        kind = rng.choice(["checked", "status_changed", "maintenance_planned"])
        own = {
            "checked": {"ok": rng.random() < 0.5, "region": rng.choice("ab")},
            "status_changed": {"status": rng.choice(["up", "degraded", "down"])}
            | rng.choice([{}, {"until": at(minutes=minute + rng.randrange(1, 90))}]),
            "maintenance_planned": {"maintenance_id": rng.choice("mn"), "starts_at": at(minutes=minute - 30)}
            | {"ends_at": at(minutes=minute + 30), "canceled": rng.random() < 0.2},
        }[kind]
        log.add(f"uptime.{kind}", at(minutes=minute, microseconds=rng.randrange(9_999)), service="api", **own)
    world = make_world(accepted(log.events)[0], {}, second(hours=11), "all")
    spans = timeline(world.events, world.as_of, world.settings)
    observed = [event.time // 1_000 for event in world.events if event.type != "uptime.maintenance_planned"]
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]
    if observed:
        assert (spans[0].start, spans[-1].end) == (min(observed), second(hours=11) * 1_000)
