"""The naive reference: KPI values recomputed from all the events, straight from the definitions of the catalogue.

Slow on purpose: no state, no panes, no facts to retract. Each definition is a small function beside the sentence that
it implements. It shares no code with the engine, so that property tests can hold the one against the other.
"""

from .acquisition import acquisition_values
from .billing import billing_values
from .changes import change_values
from .common import Sheet, accept, make_world
from .feedback import feedback_values
from .growth import growth_values
from .incidents import incident_values
from .interactions import interaction_values
from .ledger import Book
from .lifecycle import lifecycle_values
from .opportunities import opportunity_values
from .requests import request_values
from .signals import account_rows, present_accounts, signal_values
from .support import complaint_values, priority_values, support_values
from .uptime import uptime_values
from .usage import usage_of, usage_values

__all__ = ["accounts", "present", "snapshot"]


def snapshot(events, config, as_of, segment="all", lines=None):
    """The snapshot of one segment at `as_of` (seconds since the epoch), in the semantics of a replay.

    events: decoded events of the contract, valid ones, in any order, duplicates included. config: the parsed settings.
    lines: the events' bytes, where "the smallest (event time, bytes of the line)" of a duplicate must be exact.
    """
    accepted, counts = accept(events, lines)
    world = make_world(accepted, config, as_of, segment)
    sheet = Sheet()
    if world.segment is None or world.segment[0] in world.settings.dimensions:
        usage_values(sheet, world)
        lifecycle_values(sheet, world, *usage_of(world))
        interaction_values(sheet, world, *usage_of(world))
        change_values(sheet, world, *usage_of(world))
        book = Book(world)
        billing_values(sheet, world, book)
        signal_values(sheet, world, book)
        opportunity_values(sheet, world, book)
        feedback_values(sheet, world)
        support_values(sheet, world)
        complaint_values(sheet, world)
        priority_values(sheet, world, book)
        growth_values(sheet, world)
        acquisition_values(sheet, world, book)
    uptime_values(sheet, world)
    request_values(sheet, world)
    incident_values(sheet, world)
    return {"values": sheet.values, "reasons": sheet.reasons, "counts": counts}


def accounts(events, config, as_of, lines=None):
    """{account_id: {"mrr", "mrr_at_risk", "signals": {name: since, in µs}}} of the paying accounts."""
    accepted, _ = accept(events, lines)
    world = make_world(accepted, config, as_of, "all")
    return account_rows(world, Book(world))


def present(events, config, as_of, lines=None):
    """The ids of the accounts that are not gone."""
    accepted, _ = accept(events, lines)
    world = make_world(accepted, config, as_of, "all")
    return present_accounts(world, Book(world))
