"""Rows that nothing can reach any more are deleted, and nobody can tell from the values."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from playing import CONFIG, Worker, definitions_of, replayed
from worlds import DAY, NOW, SEGMENTS, answer, costs, growth, money, subscription, text, ticket, uptime, usage, worlds

from schemas.times import parse_time

DEFINITIONS = definitions_of(CONFIG)
LATER = 155 * DAY
"""1 September: the month before the last one is as far away as it can be."""
KEPT = 94 * DAY


def act(second, number, **fields):
    who = {"id": f"e{number}", "source": "a", "account_id": "acme", "user_id": "ann", "time": text(second * 1_000_000)}
    return who | {"type": "usage.clicked", "element": "e"} | fields


def sizes(worker, *names):
    return [len(worker.tables[0][name]) for name in names]


def test_deeds_and_pairs_go_once_no_window_reaches_back_to_them():
    worker = Worker(DEFINITIONS, 1)
    worker.take(
        [
            act(NOW, 1),
            act(NOW, 2, type="usage.downloaded", file="f"),
            act(NOW, 3, type="usage.preference_set", setting="theme", value="dark"),
            act(NOW + DAY, 4, element="f"),
        ]
    )
    worker.advance(NOW + KEPT)
    assert sizes(worker, "pairs", "deeds", "preferences") == [2, 1, 1]

    worker.restart()
    worker.advance(NOW + KEPT + DAY)
    assert sizes(worker, "pairs", "deeds", "preferences") == [1, 0, 1]

    worker.take([act(NOW + KEPT + DAY, 5, type="usage.impressed")])
    worker.advance(NOW + KEPT + 2 * DAY)
    assert sizes(worker, "pairs", "deeds", "preferences") == [1, 0, 1]  # `e` again, `f` no more
    assert next(iter(worker.tables[0]["pairs"]))[1] == "e"


def test_the_past_of_a_service_goes_though_it_is_never_heard_of_again():
    worker = Worker(DEFINITIONS, 1)
    checks = [act(NOW + 60 * n, n, type="uptime.checked", service="api", ok=True) for n in range(202)]
    plan = {"service": "api", "maintenance_id": "m", "starts_at": text(NOW * 1_000_000)}
    plan = act(NOW, 300, type="uptime.maintenance_planned", ends_at=text((NOW + 60) * 1_000_000), **plan)
    worker.take([plan, *checks, act(NOW + DAY, 301, type="uptime.checked", service="api", ok=True)])
    worker.advance(NOW + DAY + 1)
    assert not worker.refused
    assert sizes(worker, "stretches") == [2]
    assert worker.tables[0]["services"]["api"].maintenance

    worker.restart()
    worker.take([act(NOW + 70 * DAY, 302, type="uptime.checked", service="web", ok=True)])
    worker.advance(NOW + 70 * DAY)
    assert sizes(worker, "stretches") == [0]
    assert not worker.tables[0]["services"]["api"].maintenance


def test_an_incident_that_is_told_again_when_it_may_be_forgotten_is_another_one():
    steps = [
        act(at, number, type="uptime.incident_changed", incident_id="i", status=status)
        for number, (at, status) in enumerate(
            [(NOW, "opened"), (NOW + DAY, "resolved"), (NOW + 90 * DAY, "opened"), (NOW + 91 * DAY, "resolved")]
        )
    ]
    forgetful, mindful = Worker(DEFINITIONS, 1), Worker(DEFINITIONS, 1)
    forgetful.take([*steps[:2], act(NOW + 89 * DAY, 9, type="uptime.checked", service="api", ok=True)])
    forgetful.advance(NOW + 89 * DAY + 1)
    assert sizes(forgetful, "incidents") == [0]
    forgetful.take(steps[2:])
    mindful.take(steps)
    for one in (forgetful, mindful):
        one.advance(NOW + 92 * DAY)
        values = one.values("all").values
        assert values["incidents.30d"] == 1
        assert values["mttr.30d"] == DAY


def moved(event, by, number):
    """The event another time, some days later."""
    event = {name: value for name, value in event.items() if name != "until"}
    return event | {"id": f"{event['id']}-{number}", "time": text(parse_time(event["time"]) + by * 1_000_000)}


@given(
    worlds(st.one_of(usage(), uptime(), subscription(), costs(), money(), answer(), ticket(), growth()), most=16),
    st.lists(st.sampled_from([DAY, 32 * DAY, 60 * DAY, 92 * DAY, 95 * DAY, 120 * DAY, 150 * DAY]), max_size=3),
    st.sampled_from([NOW + 154 * DAY, NOW + LATER, NOW + 156 * DAY]),
    SEGMENTS,
)
def test_nobody_can_tell_from_the_values(events, spans, end, segment):
    assert datetime.fromtimestamp(NOW + LATER, UTC).date().isoformat() == "2026-09-01"
    told = [moved(event, by, number) for number, by in enumerate([0, *spans]) for event in events]
    told.sort(key=lambda event: parse_time(event["time"]))
    worker = Worker(DEFINITIONS, 1)
    for day in range(-60, LATER // DAY + 10, 9):
        until = min(NOW + day * DAY, end)
        first = [event for event in told if parse_time(event["time"]) < until * 1_000_000]
        told = told[len(first) :]
        worker.take(first)
        worker.advance(until)
    everything = [moved(event, by, number) for number, by in enumerate([0, *spans]) for event in events]

    assert not worker.refused
    expected = replayed(everything, [end], segment, DEFINITIONS)[end]
    assert worker.values(segment).values == expected.values


def test_amounts_go_after_two_months_unless_a_limit_asks_for_them():
    used = {"type": "usage.tracked", "name": "n", "value": 90}
    limit = {"plan_limit": 100}
    subscribed = {"type": "billing.subscription_changed", "subscription_id": "s", "status": "active", "items": []}
    worker = Worker(DEFINITIONS, 1)
    worker.take([act(NOW, 1, **used), act(NOW, 2, account_id="globex", **used)])
    worker.take([act(NOW, 3, attributes=limit, **subscribed)])
    worker.take([act(NOW + 70 * DAY, 4, account_id="initech", **used)])
    worker.advance(NOW + DAY)
    assert worker.values("all").values["opportunities"]["near_plan_limit"] == 1
    assert sizes(worker, "amounts") == [2]

    worker.restart()
    worker.advance(NOW + 70 * DAY + 1)
    assert [account for account, _ in worker.tables[0]["amounts"]] == ["acme", "initech"]


def test_an_opportunity_of_a_long_period_is_told_once():
    """It lasts as long as the period, and is told for 28 days."""
    worker = Worker(DEFINITIONS, 1)
    worker.take([act(NOW, 1, type="usage.tracked", name="n", value=90)])
    subscribed = {"type": "billing.subscription_changed", "subscription_id": "s", "status": "active", "items": []}
    worker.take([act(NOW, 2, attributes={"plan_limit": 100}, **subscribed)])
    for day, on in ((1, 1), (28, 1), (29, 0), (63, 0), (100, 0)):
        worker.advance(NOW + day * DAY)
        assert worker.values("all").values["opportunities"]["near_plan_limit"] == on, day
