"""Payments, refunds and disputes, from scratch (part 2 of the catalogue, sections 2.1 and 3.3)."""

from dataclasses import dataclass

from .common import attribute, lives
from .money import DISPUTE_HOLD, F_WINDOWS, M_WINDOWS, PAYMENT_HOLD, to_micro
from .subscriptions import is_counted, own_dimension, state_at


def held_groups(events, id_field, hold):
    """Events (in order) of one (`account_id`, id) as long as it holds: "after that it is a new one"."""
    return lives(events, lambda event: (event.get("account_id"), event.get(id_field)), hold)


def payment_groups(book):
    """First success and first failure, per (`account_id`, `payment_id`), for as long as it holds."""
    kinds = ("billing.payment_succeeded", "billing.payment_failed")
    return held_groups([event for event in book.events if event.type in kinds], "payment_id", PAYMENT_HOLD)


def success_of(group):
    """A `payment_id` succeeds once; the smallest (`time`, `source`, `id`) wins."""
    return next((event for event in group if event.type == "billing.payment_succeeded"), None)


def only_counted(account, instant):
    """The state in force of the account's only counted subscription."""
    counted = [s for s in account.subscriptions.values() if is_counted(s, instant, account.settings)]
    return state_at(counted[0], instant) if len(counted) == 1 else None


def payment_dimension(book, event, name):
    """Its own `attributes`, else those of its `subscription_id` as of its time, else the account's only counted one."""
    account = book.account(event.get("account_id"))
    states = account.subscriptions.get(event.get("subscription_id"), [])
    named, only = state_at(states, event.time), only_counted(account, event.time)
    by_states = [own_dimension(state, name) for state in (named, only) if state is not None]
    return next((value for value in [attribute(event, name), *by_states] if value is not None), None)


def paid_by(book, event):
    """The succeeded payment of a refund's or dispute's `payment_id`, if that still holds at the event's time."""
    for group in payment_groups(book):
        success = success_of([payment for payment in group if payment.time <= event.time])
        same = success and all(success.get(field) == event.get(field) for field in ("account_id", "payment_id"))
        if same and event.time < max(p.time for p in group if p.time <= event.time) + PAYMENT_HOLD:
            return success
    return None


def return_dimension(book, event, name):
    """A refund or dispute its own, else those of its `payment_id`'s payment, else as a payment does."""
    payment = paid_by(book, event)
    by_payment = None if payment is None else payment_dimension(book, payment, name)
    return attribute(event, name) or by_payment or payment_dimension(book, event, name)


@dataclass(frozen=True)
class Flow:
    """A dated fact. micro: in the reporting currency, or None without a rate."""

    name: str
    time: int
    micro: int | None
    currency: str
    is_here: bool


def flows(world, book):
    """All facts of 2.1; `is_here`: in the segment asked for."""

    def fact(name, event, native, dimension_of):
        is_here = world.segment is None or dimension_of(book, event, world.segment[0]) == world.segment[1]
        currency = event.get("currency")
        return Flow(name, event.time, book.rates.convert(native, currency, event.time), currency, is_here)

    def native(event, field):
        return to_micro(event.get(field, 0), event.get("currency"))

    def without_tax(event):
        """Tax is never revenue: `amount - tax`."""
        return native(event, "amount") - native(event, "tax")

    for group in payment_groups(book):
        for event in group:
            if event.type == "billing.payment_failed":  # "`payment_failed` events (attempts)"
                yield fact("failed_payments", event, 0, payment_dimension)
        success = success_of(group)
        if success is not None:
            yield fact("payments", success, 0, payment_dimension)
            yield fact("gross_revenue", success, without_tax(success), payment_dimension)
            yield fact("fees", success, native(success, "fee"), payment_dimension)

    refunded = [event for event in book.events if event.type == "billing.refunded"]
    for first, *_ in held_groups(refunded, "refund_id", PAYMENT_HOLD):  # "a `refund_id` counts once"
        yield fact("refunds", first, without_tax(first), return_dimension)

    disputed = [event for event in book.events if event.type == "billing.dispute_changed"]
    for steps in held_groups(disputed, "dispute_id", DISPUTE_HOLD):
        # They count once: "by their first `opened` (or first status, if none)".
        opened = next((step for step in steps if step.get("status") == "opened"), steps[0])
        yield fact("disputes", opened, 0, return_dimension)
        # Losses: "+(amount - tax) at each step into `lost`, - the same (what was booked) at each step `lost` -> `won`".
        status, booked = None, None
        for step in steps:
            if step.get("status") == "lost" and status != "lost":
                booked = fact("dispute_losses", step, without_tax(step), return_dimension)
                yield booked
            elif step.get("status") == "won" and status == "lost":
                back = None if booked.micro is None else -booked.micro
                yield Flow("dispute_losses", step.time, back, booked.currency, booked.is_here)
            status = step.get("status")


def revenue_values(sheet, world, book):
    facts = [flow for flow in flows(world, book) if flow.is_here]
    for window in F_WINDOWS:
        inside = world.within(window, facts)

        def number_of(name, inside=inside):
            return sum(flow.name == name for flow in inside)

        sums, missing = {}, {}
        for name in ("gross_revenue", "refunds", "fees", "dispute_losses"):
            named = [flow for flow in inside if flow.name == name]
            sums[name] = sum(flow.micro or 0 for flow in named)
            missing[name] = {flow.currency for flow in named if flow.micro is None}
            sheet.money(f"{name}.{window}", sums[name], missing[name])
        net = sums["gross_revenue"] - sums["refunds"] - sums["dispute_losses"] - sums["fees"]
        sheet.money(f"net_revenue.{window}", net, set().union(*missing.values()))
        if window in M_WINDOWS:
            sheet.ratio(f"refund_rate.{window}", sums["refunds"], sums["gross_revenue"], "no revenue")
            sheet.qualify(f"refund_rate.{window}", missing["refunds"] | missing["gross_revenue"])
        payments, failed = number_of("payments"), number_of("failed_payments")
        sheet.count(f"disputes.{window}", number_of("disputes"))
        sheet.count(f"payments.{window}", payments)
        sheet.count(f"failed_payments.{window}", failed)
        sheet.ratio(f"payment_success_rate.{window}", payments, payments + failed, "no attempts")
