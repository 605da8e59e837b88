"""Events as the engine reads them: the contract's messages as typed structs, decoded at C speed.

`schemas` is the contract and says in words what is wrong with a message; these structs accept and reject the same (a
test holds the two together). Instants other than `time` are whole microseconds since the epoch here.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.rules import SCALES

EventId = Annotated[str, Meta(min_length=1, max_length=256)]
Identifier = Annotated[str, Meta(min_length=1)]
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Severity = Annotated[int, Meta(ge=1, le=5)]
Attributes = dict[str, str | Integer | float | bool]


class Instant(int):
    """Microseconds since the Unix epoch, read from RFC 3339."""

    __slots__ = ()


class Event(Struct, tag_field="type", kw_only=True, gc=False):
    """The envelope."""

    family: ClassVar[str] = ""

    id: EventId
    source: EventId
    time: str
    sent_at: str | None = None
    received_at: str | None = None
    account_id: Identifier | None = None
    test: bool = False
    attributes: Attributes | None = None

    @property
    def excluded(self) -> bool:
        """Whether it counts nowhere but among the excluded ones."""
        return self.test

    @property
    def type(self) -> str:
        """The type that stands on the wire."""
        return str(self.__struct_config__.tag)


class Usage(Event, kw_only=True, gc=False):
    """What all usage events share."""

    family: ClassVar[str] = "usage"

    user_id: Identifier | None = None
    anonymous_id: Identifier | None = None
    session_id: str | None = None
    plan: str | None = None
    country: str | None = None
    platform: str | None = None
    channel: str | None = None
    is_bot: bool = False
    active: bool = True

    @property
    def excluded(self) -> bool:
        """Whether it counts nowhere but among the excluded ones."""
        return self.test or self.is_bot


class Tracked(Usage, tag="usage.tracked", kw_only=True, gc=False):
    name: str
    feature: str | None = None
    outcome: Literal["success", "failure"] = "success"
    error_code: str | None = None
    value: float = 1.0


class PageViewed(Usage, tag="usage.page_viewed", kw_only=True, gc=False):
    path: str
    page_view_id: str | None = None


class PagePinged(Usage, tag="usage.page_pinged", kw_only=True, gc=False):
    page_view_id: str | None = None
    path: str | None = None


class Impressed(Usage, tag="usage.impressed", kw_only=True, gc=False):
    element: str
    impression_id: str | None = None


class Clicked(Usage, tag="usage.clicked", kw_only=True, gc=False):
    element: str
    impression_id: str | None = None


class Downloaded(Usage, tag="usage.downloaded", kw_only=True, gc=False):
    file: str


class PreferenceSet(Usage, tag="usage.preference_set", kw_only=True, gc=False):
    setting: str
    value: str


class Identified(Usage, tag="usage.identified", kw_only=True, gc=False):
    user_id: Identifier
    anonymous_id: Identifier


class Item(Struct, kw_only=True, gc=False):
    """An item of a subscription: the amount of one unit in one interval, in minor units."""

    amount: Integer
    currency: str
    interval: Literal["day", "week", "month", "year"]
    interval_count: Annotated[int, Meta(ge=1, le=2**63 - 1)] = 1
    quantity: Count = 1
    usage: Literal["licensed", "metered"] = "licensed"


class Discount(Struct, kw_only=True, gc=False):
    """A discount: a percentage, or an amount in minor units of its currency."""

    duration: Literal["once", "repeating", "forever"]
    percent_off: Annotated[float, Meta(ge=0, le=100)] | None = None
    amount_off: Count | None = None
    currency: str | None = None
    ends_at: Instant | None = None


class Billing(Event, kw_only=True, gc=False):
    """What all billing events share; costs alone may lack the account."""

    family: ClassVar[str] = "billing"


class AccountBilling(Billing, kw_only=True, gc=False):
    """What the billing events of an account share."""

    account_id: Identifier


Status = Literal["trialing", "active", "past_due", "unpaid", "paused", "incomplete", "canceled"]


class SubscriptionChanged(AccountBilling, tag="billing.subscription_changed", kw_only=True, gc=False):
    subscription_id: Identifier
    status: Status
    plan: str | None = None
    items: list[Item] = []
    discounts: list[Discount] = []
    trial_start: Instant | None = None
    trial_end: Instant | None = None
    current_period_start: Instant | None = None
    current_period_end: Instant | None = None
    cancel_at_period_end: bool = False
    cancel_at: Instant | None = None
    canceled_at: Instant | None = None
    ended_at: Instant | None = None
    involuntary: bool = False


class PaymentSucceeded(AccountBilling, tag="billing.payment_succeeded", kw_only=True, gc=False):
    payment_id: Identifier
    amount: Count
    currency: str
    tax: Count = 0
    fee: Integer = 0
    metered: Count = 0
    invoice_id: str | None = None
    subscription_id: str | None = None


class PaymentFailed(AccountBilling, tag="billing.payment_failed", kw_only=True, gc=False):
    payment_id: Identifier
    amount: Count
    currency: str
    reason: str | None = None
    invoice_id: str | None = None
    subscription_id: str | None = None


class Refunded(AccountBilling, tag="billing.refunded", kw_only=True, gc=False):
    refund_id: Identifier
    amount: Count
    currency: str
    payment_id: str | None = None
    tax: Count = 0


class DisputeChanged(AccountBilling, tag="billing.dispute_changed", kw_only=True, gc=False):
    dispute_id: Identifier
    amount: Count
    currency: str
    status: Literal["opened", "won", "lost"]
    payment_id: str | None = None
    tax: Count = 0


class CostRecorded(Billing, tag="billing.cost_recorded", kw_only=True, gc=False):
    kind: Literal["serving", "retention", "other"]
    amount: Integer
    currency: str


class Uptime(Event, kw_only=True, gc=False):
    """What all uptime events share."""

    family: ClassVar[str] = "uptime"


class Checked(Uptime, tag="uptime.checked", kw_only=True, gc=False):
    service: Identifier
    ok: bool
    latency_ms: Annotated[float, Meta(ge=0)] | None = None
    region: str | None = None


class StatusChanged(Uptime, tag="uptime.status_changed", kw_only=True, gc=False):
    service: Identifier
    status: Literal["up", "degraded", "down"]
    until: Instant | None = None


class RequestsCounted(Uptime, tag="uptime.requests_counted", kw_only=True, gc=False):
    service: Identifier
    total: Count
    good: Count


class IncidentChanged(Uptime, tag="uptime.incident_changed", kw_only=True, gc=False):
    incident_id: Identifier
    status: Literal["opened", "acknowledged", "mitigated", "resolved"]
    started_at: Instant | None = None
    severity: Severity | None = None
    service: Identifier | None = None


class MaintenancePlanned(Uptime, tag="uptime.maintenance_planned", kw_only=True, gc=False):
    service: Identifier
    maintenance_id: Identifier
    starts_at: Instant
    ends_at: Instant
    canceled: bool = False


class Feedback(Event, kw_only=True, gc=False):
    """What all feedback events share."""

    family: ClassVar[str] = "feedback"


class Answered(Feedback, tag="feedback.answered", kw_only=True, gc=False):
    survey: Literal["nps", "csat", "ces", "stars"]
    respondent_id: Identifier
    score: float | None = None
    scale_min: float | UnsetType = UNSET
    scale_max: float | UnsetType = UNSET
    answer_id: str | None = None
    dismissed: bool = False
    deleted: bool = False
    aspect: str | None = None
    channel: str | None = None
    topic: str | None = None
    sentiment: Annotated[float, Meta(ge=-1, le=1)] | None = None

    def __post_init__(self) -> None:
        """Take the usual scale of the survey where none is given."""
        low, high = SCALES[self.survey]
        if self.scale_min is UNSET:
            self.scale_min = low
        if self.scale_max is UNSET:
            self.scale_max = high


class TicketChanged(Feedback, tag="feedback.ticket_changed", kw_only=True, gc=False):
    ticket_id: Identifier
    change: Literal["opened", "replied", "solved", "reopened", "closed", "merged"]
    actor: Literal["customer", "agent", "bot"]
    public: bool = True
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    severity: Severity | None = None
    topic: str | None = None
    kind: Literal["question", "problem", "complaint", "request"] | None = None
    channel: str | None = None
    assignee: str | None = None


class Growth(Event, kw_only=True, gc=False):
    """What all growth events share."""

    family: ClassVar[str] = "growth"


class LeadChanged(Growth, tag="growth.lead_changed", kw_only=True, gc=False):
    lead_id: Identifier
    stage: Literal["visited", "created", "qualified", "signed_up", "trial_started", "converted", "lost"]
    channel: str | None = None
    campaign: str | None = None
    referrer_id: str | None = None
    trial_ends_at: Instant | None = None


class SpendRecorded(Growth, tag="growth.spend_recorded", kw_only=True, gc=False):
    amount: Integer
    currency: str
    lead_id: Identifier | None = None
    channel: str | None = None
    campaign: str | None = None


AnyEvent = (
    Tracked
    | PageViewed
    | PagePinged
    | Impressed
    | Clicked
    | Downloaded
    | PreferenceSet
    | Identified
    | SubscriptionChanged
    | PaymentSucceeded
    | PaymentFailed
    | Refunded
    | DisputeChanged
    | CostRecorded
    | Checked
    | StatusChanged
    | RequestsCounted
    | IncidentChanged
    | MaintenancePlanned
    | Answered
    | TicketChanged
    | LeadChanged
    | SpendRecorded
)
"""Any event, told apart by its `type`."""
