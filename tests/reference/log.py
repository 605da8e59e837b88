"""A log of events, written down with the time since a Monday."""

from datetime import UTC, datetime, timedelta

from . import snapshot

START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
HOURS, DAYS = 3_600, 86_400


def at(**parts):
    """An RFC 3339 time so long after the start."""
    return (START + timedelta(**parts)).isoformat(timespec="microseconds")


def second(**parts):
    return int((START + timedelta(**parts)).timestamp())


class Log:
    """Events with an id each."""

    def __init__(self):
        self.events = []

    def add(self, kind, time, **fields):
        event = {"id": f"e{len(self.events):03}", "source": "test", "type": kind, "time": time, **fields}
        self.events.append(event)
        return event

    def usage(self, kind, time, user="u", **fields):
        return self.add(f"usage.{kind}", time, **{"account_id": "a", "user_id": user, **fields})

    def subscription(self, time, cents, *, interval="month", name="s", account="a", **fields):
        items = [{"amount": cents, "currency": fields.pop("currency", "USD"), "interval": interval}]
        items[0]["quantity"] = fields.pop("quantity", 1)
        state = {"subscription_id": name, "account_id": account, "status": "active", "items": items, **fields}
        return self.add("billing.subscription_changed", time, **state)

    def values(self, as_of, config=None, segment="all"):
        return snapshot(self.events, config or {}, as_of, segment)["values"]
