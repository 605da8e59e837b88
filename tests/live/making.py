"""Events of a test's own."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

_numbers = itertools.count(1)


def at(text: str) -> datetime:
    """Return a time."""
    return datetime.fromisoformat(text).astimezone(UTC)


def spoken(moment: datetime) -> str:
    """Return a time as events say it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def event(kind: str, moment: datetime, **fields: Any) -> bytes:
    """Return an event as a JSON line."""
    said = {"id": f"e{next(_numbers)}", "source": "test", "type": kind, "time": spoken(moment), **fields}
    return json.dumps(said).encode()


def tracked(moment: datetime, account: str = "acme", user: str = "ann", **fields: Any) -> bytes:
    """Return the use of a feature."""
    return event("usage.tracked", moment, account_id=account, user_id=user, name="use", **fields)


def checked(moment: datetime, *, ok: bool, service: str = "api") -> bytes:
    """Return a check of a service."""
    return event("uptime.checked", moment, service=service, ok=ok)


def every(step: timedelta, begin: datetime, end: datetime) -> list[datetime]:
    """Return begin, begin + step, … before the end."""
    found = []
    while begin < end:
        found.append(begin)
        begin += step
    return found
