"""Costs and the gross margin, from scratch (part 2 of the catalogue, section 2.1)."""

from fractions import Fraction

from .common import attribute
from .money import L_WINDOWS, M_WINDOWS, to_micro
from .payments import flows, payment_dimension

KINDS = {"costs": ("serving", "retention", "other"), "serving_costs": ("serving",), "retention_costs": ("retention",)}


def is_here(book, event, segment):
    """As a payment: its own attributes, else the only counted subscription's; without an account its own alone."""
    if segment is None:
        return True
    own = attribute(event, segment[0])
    if event.get("account_id") is None:
        return own == segment[1]
    known = [account for account in book.accounts if account.id == event.get("account_id")]
    return (payment_dimension(book, event, segment[0]) if known else own) == segment[1]


def cost_values(sheet, world, book):
    recorded = [
        event for event in book.events if event.type == "billing.cost_recorded" and is_here(book, event, world.segment)
    ]
    revenue = [flow for flow in flows(world, book) if flow.is_here] if world.segment is None else []
    for window in M_WINDOWS:
        inside = world.within(window, recorded)
        sums, missing = {}, {}
        for name, kinds in KINDS.items():
            micro = [
                (event.get("currency"), book.rates.convert(native, event.get("currency"), event.time))
                for event in inside
                if event.get("kind") in kinds
                for native in [to_micro(event.get("amount"), event.get("currency"))]
            ]
            sums[name] = sum(amount or 0 for _, amount in micro)
            missing[name] = {currency for currency, amount in micro if amount is None}
            sheet.money(f"{name}.{window}", sums[name], missing[name])
        if window in L_WINDOWS and world.segment is None:
            net, without = 0, set()
            for flow in world.within(window, revenue):
                sign = {"gross_revenue": 1, "refunds": -1, "dispute_losses": -1, "fees": -1}.get(flow.name, 0)
                net += sign * (flow.micro or 0)
                without |= {flow.currency} if sign and flow.micro is None else set()
            name = f"gross_margin.{window}"
            if net <= 0:
                sheet.null(name, "no revenue")
            elif not any(event.get("kind") == "serving" for event in inside):
                sheet.null(name, "no serving costs recorded")
            else:
                sheet.figure(name, Fraction(net - sums["serving_costs"], net))
                sheet.qualify(name, without | missing["serving_costs"])
