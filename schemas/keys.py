"""Families of events, and the record key that puts what belongs together on one partition."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

__all__ = ["KEY_FIELDS", "TOPICS", "family", "message_key"]

KEY_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "usage": ("account_id", "anonymous_id", "user_id"),
        "billing": ("account_id",),
        "uptime": ("service", "incident_id"),
        "feedback": ("account_id", "ticket_id", "respondent_id"),
        "growth": ("lead_id",),
    }
)
"""Family → the fields that can be the record key; the first one given is. None given: `id`."""

TOPICS: Final = tuple(KEY_FIELDS)
"""The families of events. Each has a topic of the same name, less the namespace."""


def family(type: str) -> str:  # noqa: A002 - it is the field of that name
    """The family that an event type belongs to, which is also the name of its topic.

    Raises:
        ValueError: No such family.

    >>> family("usage.page_viewed")
    'usage'
    """
    name = type.partition(".")[0]
    if name not in KEY_FIELDS:
        raise ValueError(f"no such family: {name[:40]!r}; the families are {', '.join(TOPICS)}")
    return name


def message_key(event: Any) -> str:
    """The Kafka record key of an event.

    Works on whatever has `type`, `id` and the fields of its family as attributes; an attribute that does not exist, is
    None or empty counts as not given.

    Args:
        event: A valid event, one of this package or of a faster class with the same attributes.

    Raises:
        ValueError: `event.type` belongs to no family.
    """
    for name in KEY_FIELDS[family(event.type)]:
        value = getattr(event, name, None)
        if value:
            return str(value)
    return str(event.id)
