"""What readers find in the hash of an account."""

import json

from stream.engine.trackers.risk import AccountStatus
from stream.engine.trackers.signals import Signal
from stream.sinks.fields import account_fields


def test_signals_and_opportunities_are_told_alike():
    signals = (Signal("dormant", 0, None, "no active use"),)
    opportunities = (Signal("near_plan_limit", 1_000_000, 2_000_000, "close"),)
    status = AccountStatus("acme", 10_000_000, 0, "paying", "pro", signals, opportunities=opportunities)
    fields = account_fields(60, 7, status)
    told = dict(zip(fields[::2], fields[1::2], strict=True))

    assert (told["as_of"], told["revision"], told["mrr"]) == ("1970-01-01T00:01:00Z", "7", "10.0")
    one = {"since": "1970-01-01T00:00:00Z", "until": None, "detail": "no active use"}
    assert json.loads(told["signals"]) == [one | {"signal": "dormant", "points": 50}]
    one = {"since": "1970-01-01T00:00:01Z", "until": "1970-01-01T00:00:02Z", "detail": "close"}
    assert json.loads(told["opportunities"]) == [one | {"signal": "near_plan_limit", "points": 0}]
