"""When the business of these tests lives, and its alert rules."""

from datetime import UTC, datetime

from schemas.times import parse_time

NOON = parse_time("2026-01-08T12:00:00Z") // 1_000_000
START = datetime(2026, 1, 5, tzinfo=UTC)
RULES = [
    {
        "name": "busy",
        "value": "active_users.30d",
        "above": 1,
        "severity": "info",
        "summary": "{value} users in 30 days",
    },
    {"name": "quiet", "value": "active_users.5m", "above": 100_000, "severity": "page", "summary": "never"},
]
