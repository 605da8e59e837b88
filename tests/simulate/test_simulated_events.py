"""The events that the simulator sends: the same for a seed, in time order, and as the contract has them."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from schemas.events import MODELS
from schemas.parse import parse
from stream.simulate import START, Business, to_lines
from stream.simulate.chance import Chance

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REQUIRED = {
    "usage.tracked": {"name"},
    "usage.page_viewed": {"path"},
    "usage.page_pinged": set(),
    "usage.impressed": {"element"},
    "usage.clicked": {"element"},
    "usage.downloaded": {"file"},
    "usage.preference_set": {"setting", "value"},
    "usage.identified": {"anonymous_id", "user_id"},
    "billing.subscription_changed": {"account_id", "subscription_id", "status"},
    "billing.payment_succeeded": {"account_id", "payment_id", "amount", "currency"},
    "billing.payment_failed": {"account_id", "payment_id", "amount", "currency"},
    "billing.cost_recorded": {"kind", "amount", "currency"},
    "billing.refunded": {"account_id", "refund_id", "amount", "currency"},
    "billing.dispute_changed": {"account_id", "dispute_id", "amount", "currency", "status"},
    "uptime.checked": {"service", "ok"},
    "uptime.status_changed": {"service", "status"},
    "uptime.maintenance_planned": {"service", "maintenance_id", "starts_at", "ends_at"},
    "uptime.incident_changed": {"service", "incident_id", "status"},
    "feedback.answered": {"survey", "respondent_id"},
    "feedback.ticket_changed": {"ticket_id", "change", "actor"},
    "growth.lead_changed": {"lead_id", "stage"},
    "growth.spend_recorded": {"amount", "currency"},
}
STATUSES = {"trialing", "active", "past_due", "unpaid", "paused", "incomplete", "canceled"}
WHOLE = {"amount", "tax", "fee", "metered", "latency_ms", "severity"}
FLAGS = {"ok", "active", "test", "is_bot", "canceled", "cancel_at_period_end", "involuntary"}


@pytest.fixture(scope="module")
def events():
    return list(Business(seed=7, days=45).events())


def test_same_seed_same_bytes():
    """A seed is a world: the same arguments give the same lines, another seed gives others."""
    lines = list(to_lines(Business(seed=7, days=2, accounts=6)))

    assert lines == list(to_lines(Business(seed=7, days=2, accounts=6)))
    assert lines != list(to_lines(Business(seed=8, days=2, accounts=6)))


DRAWN = [58, 699, 274, 553, 471, 70]


def test_draws_are_the_same_on_every_machine():
    """If these numbers change, all worlds change: that breaks whoever noted figures for a seed."""
    chance = Chance(7, "user", "ana")

    assert [chance.below(1000) for _ in range(6)] == DRAWN


def test_truth_does_not_depend_on_what_was_read():
    """Reading events, some or all, neither changes the truth nor the events read next."""
    business = Business(seed=3, days=2, accounts=4)
    before = business.truth()
    first = next(business.events())
    list(business.events())

    assert before == business.truth()
    assert first == next(business.events())


def test_time_order(events):
    """Events come in the order of their times, all inside the span."""
    times = [event["time"] for event in events]

    assert times == sorted(times)
    assert times[0] >= START.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert times[-1] < (START + timedelta(days=45)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_contract(events):
    """Each event has its envelope and what its type requires, of the right JSON types."""
    for event in events:
        assert REQUIRED[event["type"]] <= event.keys(), event
        assert all(isinstance(event[name], str) and 0 < len(event[name]) <= 256 for name in ("id", "source"))
        assert TIME.fullmatch(event["time"])
        assert all(type(event[name]) is int for name in WHOLE & event.keys()), event
        assert all(type(event[name]) is bool for name in FLAGS & event.keys()), event
        if event["type"].startswith("usage."):
            assert "user_id" in event or "anonymous_id" in event
        assert None not in event.values()


def test_schemas(events):
    """What is sent is valid, and knows no field that the contract does not."""
    whole = tuple(f"{family}." for family in ("billing", "feedback", "growth"))
    for event in events[::50] + [event for event in events if event["type"].startswith(whole)]:
        assert parse(json.dumps(event).encode())
        assert event.keys() <= MODELS[event["type"]].model_fields.keys()


def test_subscription_states(events):
    """States name their status, and items and periods as the contract writes them."""
    states = [event for event in events if event["type"] == "billing.subscription_changed"]

    assert {state["status"] for state in states} == STATUSES
    for state in states:
        assert all({"amount", "currency", "interval"} <= item.keys() for item in state["items"])
        if "current_period_end" in state:
            assert state["current_period_start"] < state["current_period_end"]


def test_identity_is_unique(events):
    """No two events share an id, so nothing is a duplicate by accident."""
    assert max(Counter(event["id"] for event in events).values()) == 1


def test_every_kind_of_event_and_oddity_occurs(events):
    """The world is not trivial: all types, and the cases that a reader could get wrong."""
    assert set(REQUIRED) == {event["type"] for event in events}
    for oddity in ({"active": False}, {"is_bot": True}, {"test": True}, {"outcome": "failure"}, {"canceled": True}):
        assert any(oddity.items() <= event.items() for event in events), oddity
    usage = [event for event in events if event["type"].startswith("usage.")]
    for name in ("account_id", "session_id", "plan", "country", "user_id"):
        assert any(name in event for event in usage)
        assert any(name not in event for event in usage)


def test_last_event_counts(events):
    """What counts nowhere does not end the span, so the default `as_of` is the same however it is found."""
    assert not {"test", "is_bot"} & events[-1].keys()


def test_size_of_the_default_world():
    """Forty accounts make some thousand events a working day."""
    count = sum(1 for _ in Business(seed=7, days=3).events())

    assert 5_000 < count < 20_000


def test_accounts_scale_the_world():
    """More accounts, more usage."""
    small, large = (Counter(e["type"] for e in Business(1, 3, accounts=n).events()) for n in (5, 50))

    assert large["usage.tracked"] > 4 * small["usage.tracked"]
    assert large["uptime.checked"] == small["uptime.checked"]


def test_lines_are_the_events():
    """A line is an event in compact JSON."""
    business = Business(seed=5, days=1, accounts=3)
    lines = list(to_lines(business))

    assert [json.loads(line) for line in lines] == list(business.events())
    assert all(line.endswith(b"}\n") and b": " not in line for line in lines)


def test_duplicates_are_the_same_bytes():
    """A share of the events comes twice, changed in nothing; the truth stays."""
    plain, doubled = Business(5, 2, accounts=3), Business(5, 2, accounts=3, duplicates=0.1)
    lines = Counter(to_lines(doubled))

    assert set(lines) == set(to_lines(plain))
    assert set(lines.values()) == {1, 2}
    assert 0.05 < sum(count - 1 for count in lines.values()) / len(lines) < 0.15
    assert plain.truth() == doubled.truth()


def test_late_events_come_within_half_an_hour():
    """A share of the events is out of order by at most 30 minutes; none is lost, and the truth stays."""
    plain, late = Business(5, 2, accounts=3), Business(5, 2, accounts=3, late=0.05)
    arrived = [(datetime.fromisoformat(event["time"]), event["id"]) for event in late.events()]
    behind, newest = [], datetime(2000, 1, 1, tzinfo=UTC)
    for at, _ in arrived:
        newest = max(newest, at)
        behind.append(newest - at)

    assert sorted(name for _, name in arrived) == sorted(event["id"] for event in plain.events())
    assert 0.02 < sum(1 for lag in behind if lag) / len(behind) < 0.08
    assert timedelta(minutes=20) < max(behind) <= timedelta(minutes=30)
    assert plain.truth() == late.truth()


def test_late_duplicates_are_still_the_same_world():
    """Both together, and the same each time."""
    business = Business(5, 1, accounts=3, late=0.05, duplicates=0.05)
    arrived = [event["id"] for event in business.events()]

    assert arrived == [event["id"] for event in business.events()]
    assert set(arrived) == {event["id"] for event in Business(5, 1, accounts=3).events()}


def test_other_currencies_only_with_a_rate():
    """Accounts are billed in USD unless there is a rate for their own currency."""

    def currencies(**options):
        events = Business(7, 10, **options).events()
        return {event["currency"] for event in events if "currency" in event}

    assert currencies() == {"USD"}
    assert currencies(fx={"EUR": "1.08"}) == {"USD", "EUR"}
