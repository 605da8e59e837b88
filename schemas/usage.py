"""Usage: what people do in the product."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from schemas.envelope import Envelope
from schemas.fields import Identifier, Number

__all__ = [
    "UsageClicked",
    "UsageCommon",
    "UsageDownloaded",
    "UsageEvent",
    "UsageIdentified",
    "UsageImpressed",
    "UsagePagePinged",
    "UsagePageViewed",
    "UsagePreferenceSet",
    "UsageTracked",
]


class UsageCommon(Envelope):
    """What every usage event has. One of `user_id` and `anonymous_id` is required."""

    user_id: Identifier | None = Field(None, description="The signed-in user, unique within the account.")
    anonymous_id: Identifier | None = Field(
        None,
        description="The visitor before signing in. A producer without accounts sends it with every event of a person "
        "or with none, since it is then the record key.",
    )
    session_id: str | None = Field(None, description="The client's own session; without it sessions are cut by gaps.")
    plan: str | None = Field(None, description="The plan that the user was on, e.g. `pro`; a segment.")
    country: str | None = Field(None, description="Where the user was, e.g. `DE`; a segment.")
    platform: str | None = Field(None, description="What the user used, e.g. `web`, `ios`; a segment.")
    channel: str | None = Field(None, description="How the user came, e.g. `ads`; a segment.")
    is_bot: bool = Field(False, description="A robot: accepted, counted as `excluded`, in no KPI.")
    active: bool = Field(True, description="False for background work: it counts as an event, not as activity.")


class UsageTracked(UsageCommon):
    """The product did something for a user, or failed to."""

    type: Literal["usage.tracked"] = Field("usage.tracked", description="Type of the event.")
    name: str = Field(description="What was done, e.g. `export`.")
    feature: str | None = Field(None, description="The feature it belongs to; a success is a use of the feature.")
    outcome: Literal["success", "failure"] = Field("success", description="Whether it worked.")
    error_code: str | None = Field(None, description="Why it failed, in the producer's own codes.")
    value: Number = Field(1.0, description="How much of it, in the producer's own unit.")


class UsagePageViewed(UsageCommon):
    """A page was opened."""

    type: Literal["usage.page_viewed"] = Field("usage.page_viewed", description="Type of the event.")
    path: str = Field(description="The page, e.g. `/pricing`.")
    page_view_id: str | None = Field(None, description="This one view; the same again is no second view.")


class UsagePagePinged(UsageCommon):
    """A page is still being looked at: a heartbeat, every 10 seconds by default."""

    type: Literal["usage.page_pinged"] = Field("usage.page_pinged", description="Type of the event.")
    page_view_id: str | None = Field(None, description="The view that goes on.")
    path: str | None = Field(None, description="The page, where the view has no id.")


class UsageImpressed(UsageCommon):
    """An element was shown."""

    type: Literal["usage.impressed"] = Field("usage.impressed", description="Type of the event.")
    element: str = Field(description="What was shown, e.g. `upgrade-banner`.")
    impression_id: str | None = Field(None, description="This one showing; the same again is no second impression.")


class UsageClicked(UsageCommon):
    """An element was clicked."""

    type: Literal["usage.clicked"] = Field("usage.clicked", description="Type of the event.")
    element: str = Field(description="What was clicked, e.g. `upgrade-banner`.")
    impression_id: str | None = Field(None, description="The showing; the same again is no second click.")


class UsageDownloaded(UsageCommon):
    """A file was downloaded."""

    type: Literal["usage.downloaded"] = Field("usage.downloaded", description="Type of the event.")
    file: str = Field(description="The file, e.g. `report.pdf`.")


class UsagePreferenceSet(UsageCommon):
    """A user chose a setting. The latest choice by event time holds."""

    type: Literal["usage.preference_set"] = Field("usage.preference_set", description="Type of the event.")
    setting: str = Field(description="The setting, e.g. `theme`.")
    value: str = Field(description="What was chosen, e.g. `dark`.")


class UsageIdentified(UsageCommon):
    """A visitor turned out to be a user: from now on one user, also for the past that is still in state."""

    type: Literal["usage.identified"] = Field("usage.identified", description="Type of the event.")
    user_id: Identifier = Field(description="The user that the visitor is.")
    anonymous_id: Identifier = Field(description="The visitor that turned out to be the user.")


UsageEvent: TypeAlias = Annotated[
    UsageTracked
    | UsagePageViewed
    | UsagePagePinged
    | UsageImpressed
    | UsageClicked
    | UsageDownloaded
    | UsagePreferenceSet
    | UsageIdentified,
    Field(discriminator="type"),
]
"""Any event of the topic `usage`."""
