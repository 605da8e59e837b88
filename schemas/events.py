"""All the events there are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias, get_args

from pydantic import Field

from schemas.billing import BillingEvent
from schemas.envelope import Envelope
from schemas.feedback import FeedbackEvent
from schemas.growth import GrowthEvent
from schemas.uptime import UptimeEvent
from schemas.usage import UsageEvent

__all__ = ["FAMILIES", "MODELS", "Event"]

Event: TypeAlias = Annotated[
    UsageEvent | BillingEvent | UptimeEvent | FeedbackEvent | GrowthEvent, Field(discriminator="type")
]
"""Any event, told apart by its `type`."""

FAMILIES: Final[Mapping[str, object]] = MappingProxyType(
    {
        "usage": UsageEvent,
        "billing": BillingEvent,
        "uptime": UptimeEvent,
        "feedback": FeedbackEvent,
        "growth": GrowthEvent,
    }
)
"""Family → the union of its events, for `pydantic.TypeAdapter`."""


def _models() -> dict[str, type[Envelope]]:
    found: dict[str, type[Envelope]] = {}
    for union in FAMILIES.values():
        for model in get_args(get_args(union)[0]):
            found[model.model_fields["type"].default] = model
    return found


MODELS: Final[Mapping[str, type[Envelope]]] = MappingProxyType(_models())
"""Event type → its model."""
