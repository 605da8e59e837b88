"""The read API says what is in Redis, in the shape that its document promises."""

import json
from itertools import pairwise

import pytest
from business import NOON
from publishing import Publishing
from redis import Redis
from waiting import wait_for

from schemas.times import format_time, parse_time
from stream.engine.kpis import CATALOGUE
from stream.serve import answers, history
from stream.settings.deployment import Deployment

NAMES = sorted(name for kpi in CATALOGUE.values() for name, _ in kpi.names())


@pytest.fixture
def server(serving, published):
    return serving(published)


def redis_json(url, key):
    with Redis.from_url(url) as client:
        return json.loads(client.get(key))


def test_a_snapshot_is_the_one_in_redis(server, published, redis_url):
    everything = redis_json(redis_url, f"{published.namespace}:snapshot:all:json")
    assert everything["values"]["active_users.24h"] > 0
    assert server.api("snapshot") == server.api("snapshot", segment="all") == everything
    plan = server.api("snapshot", segment="plan=pro")
    assert plan == redis_json(redis_url, f"{published.namespace}:snapshot:plan=pro:json")
    assert plan["segment"] == "plan=pro"


def test_status_says_how_late_and_whether_complete(server, at, published):
    status = server.api("status")
    assert status["as_of"] == format_time(NOON * 1_000_000)
    assert (status["redis"], status["complete"], status["behind"]) == ("up", True, 1)
    assert status["business"] == {"currency": "USD", "zone": "UTC"}
    assert (status["clock"], status["namespace"]) == ("wall", published.namespace)
    del at


def test_segments_come_with_all_first(server):
    segments = server.api("segments")["segments"]
    assert segments[0] == "all"
    assert segments[1:] == sorted(segments[1:])
    assert {name.split("=")[0] for name in segments[1:]} >= {"plan", "country", "service", "region"}


def test_every_value_of_the_catalogue_is_explained(server):
    values = server.api("values")["values"]
    assert sorted(value["name"] for value in values) == NAMES
    assert all(value["description"] and value["definition"] and value["family"] and value["title"] for value in values)
    assert next(value for value in values if value["name"] == "error_rate.1h") == {
        "name": "error_rate.1h",
        "kpi": "error_rate",
        "window": "1h",
        "title": "Error rate",
        "family": "activity",
        "unit": "fraction",
        "kind": "rolling",
        "version": 1,
        "description": CATALOGUE["error_rate"].description,
        "definition": CATALOGUE["error_rate"].definition,
        "source": CATALOGUE["error_rate"].source,
        "segments": "every configured dimension",
    }


def test_values_of_newer_workers_are_listed_too(server, published, redis_url):
    key = f"{published.namespace}:definitions"
    newer = {"unit": "tickets", "kind": "rolling", "version": 2, "description": "Tickets that wait."}
    with Redis.from_url(redis_url) as client:
        client.hset(key, "open_tickets.24h", json.dumps(newer))
        try:
            found = server.api("values")["values"][-1]
            assert server.api("history", value="open_tickets.24h")["values"] == {"open_tickets.24h": [None] * 25}
        finally:
            client.hdel(key, "open_tickets.24h")
    assert (found["name"], found["title"], found["unit"]) == ("open_tickets.24h", "Open tickets", "tickets")


def test_history_has_a_point_for_each_entry(server, quarter_hours, published):
    found = server.api("history", value=["active_users.1h", "mrr"])
    assert found["times"] == list(quarter_hours)
    assert found["values"].keys() == {"active_users.1h", "mrr"}
    assert all(len(column) == len(found["times"]) for column in found["values"].values())
    assert len(set(found["values"]["active_users.1h"])) > 1
    del published


def test_history_between_two_instants_excludes_the_second(server, quarter_hours):
    first, last = quarter_hours[3], quarter_hours[7]
    found = server.api(
        "history", value="mrr", **{"from": format_time(first * 1_000_000), "to": format_time(last * 1_000_000)}
    )
    assert found["times"] == list(quarter_hours[3:7])


@pytest.mark.parametrize("points", [1, 5, 7, 24, 100])
def test_history_is_thinned_to_the_newest_of_equal_stretches(server, quarter_hours, points):
    times = server.api("history", value="mrr", points=points)["times"]
    assert len(times) <= points
    assert times[-1] == quarter_hours[-1]
    assert len({after - before for before, after in pairwise(times)}) <= 1


def test_history_grows_and_survives_that_redis_forgets(serving, own_redis, four_days, quarter_hours, monkeypatch):
    monkeypatch.setattr(history, "FRESH", 0.05)

    redis = own_redis()
    world = Publishing(redis.url, "forgetful", four_days)
    try:
        for second in quarter_hours[:3]:
            world.until(second)
        server = serving(redis_url=redis.url, namespace="forgetful")
        times = lambda: server.api("history", value="mrr")["times"]  # noqa: E731 - asked for thrice
        assert times() == list(quarter_hours[:3])
        world.until(quarter_hours[3])
        wait_for(lambda: times() == list(quarter_hours[:4]), "the new point")
        with Redis.from_url(redis.url) as client:
            client.delete("forgetful:history")
        wait_for(lambda: times() == [], "an empty history")
        world.until(quarter_hours[4])
        wait_for(lambda: times() == [quarter_hours[4]], "a new history")
    finally:
        world.close()


def test_alerts_and_accounts(server, published, redis_url):
    firing = server.api("alerts")["firing"]
    assert [alert["rule"] for alert in firing] == ["busy"]
    with Redis.from_url(redis_url, decode_responses=True) as client:
        ranked = client.zrevrange(f"{published.namespace}:accounts:at_risk", 0, -1, withscores=True)
    accounts = server.api("accounts")["accounts"]
    assert [name for name, _ in ranked][:2] == ["globex", "acme"]
    assert [(account["account_id"], account["mrr_at_risk"]) for account in accounts] == ranked
    assert server.api("accounts", limit=1)["accounts"] == accounts[:1]
    assert all(account["signals"] for account in accounts)


def test_a_breakdown_has_every_segment_of_the_dimension(server):
    segments = [name for name in server.api("segments")["segments"] if name.startswith("plan=")]
    found = server.api("breakdown", value="active_users.24h", dimension="plan")["segments"]
    assert sorted(found) == segments
    for name, value in found.items():
        assert value == server.api("snapshot", segment=name)["values"]["active_users.24h"]


@pytest.mark.parametrize(
    ("path", "query", "model"),
    [
        ("status", {}, answers.Status),
        ("snapshot", {"segment": "plan=pro"}, answers.Snapshot),
        ("segments", {}, answers.Segments),
        ("values", {}, answers.Definitions),
        ("breakdown", {"value": "mrr", "dimension": "plan"}, answers.BySegment),
        ("history", {"value": ["mrr", "active_users.5m"]}, answers.History),
        ("alerts", {}, answers.Alerts),
        ("accounts", {}, answers.Accounts),
    ],
)
def test_answers_are_what_the_document_says(server, path, query, model):
    answer = server.get(f"api/v1/{path}", **query)
    model.model_validate_json(answer.body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    described = server.api("openapi.json")["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]
    assert described["content"]["application/json"]["schema"] == {"$ref": f"#/components/schemas/{model.__name__}"}


def test_the_document_describes_every_address_and_resolves(server):
    document = server.api("openapi.json")
    assert document["openapi"].startswith("3.1")
    text = json.dumps(document)
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= document["components"]["schemas"].keys()
    for path in document["paths"]:
        if not path.endswith("/events"):
            assert server.get(path[1:]).status in (200, 400), path  # 400: a parameter is required


@pytest.mark.parametrize(
    ("path", "query", "status", "word"),
    [
        ("snapshot", {"segment": "plan=none"}, 404, "plan=none"),
        ("snapshot", {"segments": "all"}, 400, "segments is no parameter"),
        ("snapshot", {"segment": ""}, 400, "segment is empty"),
        ("snapshot", {"segment": ["all", "all"]}, 400, "2 times"),
        ("history", {}, 400, "value is missing"),
        ("history", {"value": "active_user.5m"}, 404, "did you mean active_users.5m"),
        ("history", {"value": "mrr", "from": "yesterday"}, 400, "2026-11-22T10:00:00Z"),
        ("history", {"value": "mrr", "points": "0"}, 400, "from 1 to 20000"),
        ("history", {"value": "mrr", "points": "many"}, 400, "whole number"),
        ("history", {"value": ["mrr"] * 51}, 400, "too many"),
        ("accounts", {"limit": "1e3"}, 400, "from 1 to 1000"),
        ("breakdown", {"value": "mrr"}, 400, "dimension is missing"),
        ("nothing", {}, 404, "openapi.json"),
    ],
)
def test_what_is_wrong_is_said_with_the_fix(server, path, query, status, word):
    answer = server.get(f"api/v1/{path}", **query)
    assert answer.status == status
    problem = answers.Problem.model_validate_json(answer.body)
    assert word in f"{problem.error} {problem.fix}"


def test_without_data_it_is_alive_but_not_ready(serving, namespace):
    server = serving(namespace=namespace)
    assert (server.get("healthz").status, server.get("readyz").status) == (200, 503)
    assert server.get("api/v1/snapshot").status == 404
    assert "vitals worker" in server.get("api/v1/snapshot").json()["fix"]
    assert server.api("status")["as_of"] is None
    assert server.api("history", value="mrr")["times"] == []


def test_without_redis_every_answer_says_so(serving):
    server = serving(redis_url="redis://127.0.0.1:1/0")
    assert (server.get("healthz").status, server.get("readyz").status) == (200, 503)
    for path, query in (("snapshot", {}), ("alerts", {}), ("accounts", {}), ("history", {"value": "mrr"})):
        answer = server.get(f"api/v1/{path}", **query)
        assert (answer.status, answer.json()["error"]) == (503, "Redis does not answer")
    assert server.api("status")["redis"] == "down"
    assert len(server.api("values")["values"]) == len(NAMES)
    assert b"vitals_redis_up 0.0" in server.get("metrics").body


def test_with_data_it_is_ready(server):
    assert server.get("readyz").status == 200


def test_metrics_have_the_numbers_of_all(server, at):
    at(NOON + 5)
    values = server.api("snapshot")["values"]
    lines = dict(line.rsplit(" ", 1) for line in server.get("metrics").body.decode().splitlines() if line[0] != "#")
    assert float(lines['vitals_active_users{window="24h"}']) == values["active_users.24h"]
    assert float(lines['vitals_session_duration_p50_seconds{window="24h"}']) == values["session_duration_p50.24h"]
    assert float(lines['vitals_mrr{currency="USD"}']) == values["mrr"]
    assert float(lines['vitals_error_rate_ratio{window="24h"}']) == values["error_rate.24h"]
    assert not any(line.startswith("vitals_features") for line in lines)
    assert float(lines["vitals_snapshot_complete"]) == 1
    assert float(lines["vitals_snapshot_age_seconds"]) == 5
    assert float(lines['vitals_alerts_firing{severity="info"}']) == 1
    assert float(lines["vitals_redis_up"]) == 1
    assert 'vitals_input_events_total{outcome="accepted"}' in lines


def test_metrics_in_the_format_that_is_asked_for(server):
    plain = server.get("metrics")
    openmetrics = server.get("metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert plain.headers["content-type"].startswith("text/plain")
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text")
    assert openmetrics.body.endswith(b"# EOF\n")


def test_the_clock_that_a_worker_follows_is_said(serving, published):
    assert serving(published, clock="event").api("status")["clock"] == "event"
    assert serving(published, clock="2026-01-08T12:00:00Z").api("status")["clock"] == "fixed"
    assert Deployment().clock == "wall"


def test_instants_are_rfc_3339(server):
    status = server.api("status")
    assert parse_time(status["at"]) == (NOON + 1) * 1_000_000
