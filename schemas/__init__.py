"""The public contract of Vitals: events in, snapshots and alerts out, a card for every topic.

This package needs pydantic and the standard library only, so whoever publishes events can use it alone.

>>> from datetime import UTC, datetime
>>> from schemas import UsageTracked, message_key, parse
>>> event = UsageTracked(
...     id="e-1", source="web", time=datetime(2026, 11, 22, 10, tzinfo=UTC), account_id="acme", user_id="ann",
...     name="export",
... )
>>> message_key(event)
'acme'
>>> parse(event.to_json()) == event
True

Input is strict in types and lenient in fields: `"1"` is not a number, and a field that is not known is ignored, since
the producer may be newer. Output is strict in both.
"""

from schemas.alert import Alert
from schemas.billing import (
    BillingCommon,
    BillingCostRecorded,
    BillingDisputeChanged,
    BillingEvent,
    BillingPaymentFailed,
    BillingPaymentSucceeded,
    BillingRefunded,
    BillingSubscriptionChanged,
    Discount,
    Item,
)
from schemas.currencies import EXPONENTS, exponent
from schemas.envelope import Envelope
from schemas.errors import BadEvent, Reason
from schemas.events import FAMILIES, MODELS, Event
from schemas.feedback import FeedbackAnswered, FeedbackEvent, FeedbackTicketChanged
from schemas.growth import GrowthEvent, GrowthLeadChanged, GrowthSpendRecorded
from schemas.keys import KEY_FIELDS, TOPICS, family, message_key
from schemas.parse import MAX_BYTES, MAX_DEPTH, parse
from schemas.snapshot import Counts, Snapshot, SnapshotNotice
from schemas.times import format_time, from_datetime, parse_time, to_datetime
from schemas.topics import CARDS, TopicCard, full_name
from schemas.uptime import (
    UptimeChecked,
    UptimeCommon,
    UptimeEvent,
    UptimeIncidentChanged,
    UptimeMaintenancePlanned,
    UptimeRequestsCounted,
    UptimeStatusChanged,
)
from schemas.usage import (
    UsageClicked,
    UsageCommon,
    UsageDownloaded,
    UsageEvent,
    UsageIdentified,
    UsageImpressed,
    UsagePagePinged,
    UsagePageViewed,
    UsagePreferenceSet,
    UsageTracked,
)

__all__ = [
    "CARDS",
    "EXPONENTS",
    "FAMILIES",
    "KEY_FIELDS",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MODELS",
    "TOPICS",
    "Alert",
    "BadEvent",
    "BillingCommon",
    "BillingCostRecorded",
    "BillingDisputeChanged",
    "BillingEvent",
    "BillingPaymentFailed",
    "BillingPaymentSucceeded",
    "BillingRefunded",
    "BillingSubscriptionChanged",
    "Counts",
    "Discount",
    "Envelope",
    "Event",
    "FeedbackAnswered",
    "FeedbackEvent",
    "FeedbackTicketChanged",
    "GrowthEvent",
    "GrowthLeadChanged",
    "GrowthSpendRecorded",
    "Item",
    "Reason",
    "Snapshot",
    "SnapshotNotice",
    "TopicCard",
    "UptimeChecked",
    "UptimeCommon",
    "UptimeEvent",
    "UptimeIncidentChanged",
    "UptimeMaintenancePlanned",
    "UptimeRequestsCounted",
    "UptimeStatusChanged",
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
    "exponent",
    "family",
    "format_time",
    "from_datetime",
    "full_name",
    "message_key",
    "parse",
    "parse_time",
    "to_datetime",
]
