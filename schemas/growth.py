"""Growth: leads on their way to become customers, and what was spent on them."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from schemas.envelope import Envelope
from schemas.fields import Currency, Identifier, Instant, Integer

__all__ = ["GrowthEvent", "GrowthLeadChanged", "GrowthSpendRecorded"]


class GrowthLeadChanged(Envelope):
    """A lead reached a stage, or was lost."""

    type: Literal["growth.lead_changed"] = Field("growth.lead_changed", description="Type of the event.")
    lead_id: Identifier = Field(description="The lead. The record key.")
    stage: Literal["visited", "created", "qualified", "signed_up", "trial_started", "converted", "lost"] = Field(
        description="The stage that it reached at `time`."
    )
    channel: str | None = Field(None, description="How it came, e.g. `ads`; the first one given is the lead's segment.")
    campaign: str | None = Field(None, description="The campaign that brought it; the first one given holds.")
    referrer_id: str | None = Field(None, description="Who recommended us; a lead that names itself is no referral.")
    trial_ends_at: Instant | None = Field(None, description="When its trial ends; a later event may extend it.")


class GrowthSpendRecorded(Envelope):
    """Money was spent to win customers."""

    type: Literal["growth.spend_recorded"] = Field("growth.spend_recorded", description="Type of the event.")
    lead_id: Identifier | None = Field(None, description="The lead it was spent on; not needed. Given, the record key.")
    amount: Integer = Field(description="What was spent, in minor units of the currency; negative for a credit.")
    currency: Currency = Field(description="ISO 4217 code of the amount's currency, e.g. `USD`.")
    channel: str | None = Field(None, description="Where it was spent, e.g. `ads`; a segment.")
    campaign: str | None = Field(None, description="The campaign it was spent on.")


GrowthEvent: TypeAlias = Annotated[GrowthLeadChanged | GrowthSpendRecorded, Field(discriminator="type")]
"""Any event of the topic `growth`."""
