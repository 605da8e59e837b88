"""The truth of whole worlds: what must add up, at any time, in any segment."""

import doctest
import importlib
import pkgutil
from datetime import UTC, datetime, timedelta

import pytest

import stream.simulate
from stream.simulate import START, Business
from stream.simulate.truth.windows import CALENDAR, LONG

OPTIONS = {"fx": {"EUR": "1.0837", "JPY": "0.00671"}, "zone": "America/New_York"}
ENDED = ("yesterday", "last_week", "last_month")


@pytest.fixture(scope="module", params=[{}, OPTIONS], ids=["usd", "fx"])
def business(request):
    return Business(seed=11, days=40, accounts=30, **request.param)


@pytest.fixture(scope="module", params=[3.5, 22.77, 40, 55])
def truth(business, request):
    return business.truth(START + timedelta(days=request.param))


@pytest.fixture
def segments(truth):
    business = {name: values for name, values in truth["segments"].items() if not name.startswith("service=")}
    return {"all": truth["values"], **business}


def test_shape(truth):
    """The document, with one set of values for each segment."""
    assert truth["schema"] == "vitals.truth.v1"
    assert truth["segment"] == "all"
    assert {"plan=pro", "plan=basic", "country=DE", "service=api", "service=web"} <= truth["segments"].keys()
    assert all("features" in name or not isinstance(value, list) for name, value in truth["values"].items())


def test_the_ledger_closes(segments):
    """Opening and what moved make the closing MRR, and the same for accounts."""
    for values in segments.values():
        for window in LONG + CALENDAR:
            opening, moved = values[f"opening_mrr.{window}"], values[f"net_new_mrr.{window}"]
            if window not in ENDED:
                assert opening + moved == pytest.approx(values["mrr"], abs=1e-6)
    values = segments["all"]
    for window in (*LONG, "today", "week", "month"):
        won = values[f"new_accounts.{window}"] + values[f"reactivated_accounts.{window}"]
        closing = values[f"opening_accounts.{window}"] + won - values[f"churned_accounts.{window}"]
        assert closing == values["paying_accounts"]


def test_consecutive_periods_meet(segments):
    """What yesterday closes with, today opens with."""
    for values in segments.values():
        for before, after in (("yesterday", "today"), ("last_week", "week"), ("last_month", "month")):
            closing = values[f"opening_mrr.{before}"] + values[f"net_new_mrr.{before}"]
            assert closing == pytest.approx(values[f"opening_mrr.{after}"], abs=1e-6)


def test_plans_add_up(segments):
    """Each subscription is on one plan."""
    plans = [values for name, values in segments.items() if name.startswith("plan=")]

    assert sum(values["mrr"] for values in plans) == pytest.approx(segments["all"]["mrr"], abs=1e-6)
    for window in ("24h", "30d", "last_month"):
        whole = segments["all"][f"gross_revenue.{window}"]
        assert sum(values[f"gross_revenue.{window}"] for values in plans) == pytest.approx(whole, abs=1e-6)


def test_segments_are_parts(segments):
    """No segment has more than all."""
    for values in segments.values():
        for name, value in values.items():
            if name.startswith(("events.", "active_users.", "sessions.", "new_users.", "attempts.", "payments.")):
                assert value <= segments["all"][name]


def test_wider_windows_hold_more(segments):
    """Rolling windows end together."""
    for values in segments.values():
        for name in ("events", "active_users", "active_accounts", "new_users", "attempts"):
            counts = [values[f"{name}.{window}"] for window in ("5m", "1h", "24h", "7d", "30d")]
            assert counts == sorted(counts)


def test_rates_are_rates(segments):
    """Fractions are between 0 and 1, or null."""
    for values in segments.values():
        for name, value in values.items():
            if name.startswith(("error_rate", "bounce_rate", "churn_rate", "availability")):
                assert value is None or 0 <= value <= 1


def test_availability_is_of_what_was_observed(truth):
    """Services add up, and nothing is longer than the window."""
    for window, seconds in (("5m", 300), ("1h", 3_610), ("24h", 86_700)):
        parts = [values for name, values in truth["segments"].items() if name.startswith("service=")]
        for name in ("downtime", "observed_time", "degraded_time"):
            whole = truth["values"][f"{name}.{window}"]
            assert sum(values[f"{name}.{window}"] for values in parts) == pytest.approx(whole)
        assert all(values[f"observed_time.{window}"] <= seconds for values in parts)


def test_what_is_known_at_a_time_stays_known():
    """The truth of an instant is the same whether the span ends there or goes on: nothing looks ahead.

    Only counts of events are compared: the world of a shorter span has other stories.
    """
    business = Business(seed=4, days=6, accounts=8)
    as_of = START + timedelta(days=3, hours=7)
    counted = [event for event in business.events() if event["time"] < as_of.strftime("%Y-%m-%dT%H:%M:%S.000Z")]
    usage = [event for event in counted if event["type"].startswith("usage.")]
    counts = [event for event in usage if not event.get("test") and not event.get("is_bot")]
    paid = [event for event in counted if event["type"] == "billing.payment_succeeded" and "test" not in event]

    values = business.truth(as_of)["values"]
    assert values["events.30d"] == len(counts)
    assert values["attempts.30d"] == sum(1 for event in counts if event["type"] == "usage.tracked")
    assert values["payments.30d"] == len(paid)


def test_default_as_of():
    """The first whole second after the latest event, as `vitals replay` has it."""
    business = Business(seed=4, days=2, accounts=4)
    latest = max(datetime.fromisoformat(event["time"]) for event in business.events())
    as_of = datetime.fromisoformat(business.truth()["as_of"])

    assert timedelta(0) < as_of - latest <= timedelta(seconds=1)
    assert business.truth() == business.truth(as_of)


def test_before_anything():
    """Nothing has happened yet: zeros and nulls, no segment."""
    truth = Business(seed=4, days=2, accounts=4).truth(START)

    assert truth["segments"] == {}
    assert truth["values"]["events.30d"] == truth["values"]["mrr"] == 0
    assert truth["values"]["availability.30d"] is None


def test_as_of_is_a_whole_second():
    """Snapshots are."""
    with pytest.raises(ValueError, match="whole second"):
        Business(seed=4, days=1, accounts=1).truth(datetime(2026, 1, 5, 12, 0, 0, 1, tzinfo=UTC))


def modules():
    prefix = stream.simulate.__name__ + "."
    return [module.name for module in pkgutil.walk_packages(stream.simulate.__path__, prefix)]


@pytest.mark.parametrize("name", modules())
def test_examples_run(name):
    """The examples in the docstrings are true."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0
