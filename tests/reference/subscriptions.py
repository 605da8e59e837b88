"""Subscriptions, from scratch: what counts, and how much a month (part 2 of the catalogue, section 3.1)."""

from .common import as_text, attribute, exact, half_up, optional_micros
from .money import FACTORS, to_micro


def own_dimension(state, name):
    """Dimensions are read from the subscription's state in force (`plan`, then `attributes`)."""
    return (as_text(state.get("plan")) if name == "plan" else None) or attribute(state, name)


def end_of(state, settings):
    """E, the end the state itself announces; never before the state's `time`; None: no end."""
    canceled_at = state.instant("canceled_at")
    ended_at, cancel_at = state.instant("ended_at"), state.instant("cancel_at")
    period_end = state.instant("current_period_end")
    at_period_end = state.get("cancel_at_period_end", False) is True
    if state.get("status") == "canceled":
        # The rule: "`ended_at`, else `current_period_end`, else `time`. With `canceled` or `scheduled`: `canceled_at`,
        # else `time`".
        by_period = [ended_at, period_end, state.time]
        by_word = [canceled_at, state.time]
        choices = by_period if settings.churn_at == "period_end" else by_word
        end = next(choice for choice in choices if choice is not None)
    elif settings.churn_at == "scheduled" and (cancel_at is not None or at_period_end):
        end = state.time if canceled_at is None else canceled_at
    else:
        # The rule: "`cancel_at` or, with `cancel_at_period_end`, `current_period_end`; both: the earlier".
        given = [instant for instant in (cancel_at, period_end if at_period_end else None) if instant is not None]
        end = min(given, default=None)
    if ended_at is not None:  # "`ended_at` with any status ends it too"
        end = ended_at if end is None else min(end, ended_at)
    return None if end is None else max(end, state.time)


def not_ended(state, instant, settings):
    end = end_of(state, settings)
    return end is None or instant < end


def counts(states, index, instant, settings):
    """Does this state, as long as no other follows, have MRR at t?

    "At t, a subscription has MRR when its state has status `active`, or `past_due` (policy), or `paused` with
    `mrr.paused: counts`, or `canceled` before its end E, and t < E ... A `canceled` state counts until E only if the
    state before it counted at that moment."
    """
    state = states[index]
    if not not_ended(state, instant, settings):
        return False
    status = state.get("status")
    if status == "canceled":
        return index > 0 and counts(states, index - 1, state.time, settings)
    return (
        status == "active"
        or (status == "past_due" and settings.past_due == "counts")
        or (status == "paused" and settings.paused == "counts")
    )


def index_at(states, instant):
    """A state holds from its `time` until the next one's; None before the first."""
    begun = [index for index, state in enumerate(states) if state.time <= instant]
    return begun[-1] if begun else None


def state_at(states, instant):
    index = index_at(states, instant)
    return None if index is None else states[index]


def is_counted(states, instant, settings):
    index = index_at(states, instant)
    return index is not None and counts(states, index, instant, settings)


def factor(item):
    return FACTORS[item["interval"]] / (item.get("interval_count") or 1)


def licensed_items(state):
    return [item for item in state.get("items", []) if (item.get("usage") or "licensed") == "licensed"]


def is_lowering(discount, instant, settings):
    """`repeating` and `forever` lower MRR while active (t < `ends_at` or no `ends_at`), `once` does not; policy."""
    lowering = {"recurring": ("repeating", "forever"), "forever": ("forever",), "none": ()}[settings.discounts]
    ends_at = optional_micros(discount.get("ends_at"))
    return discount["duration"] in lowering and (ends_at is None or instant < ends_at)


def amount(state, instant, settings):
    """{currency: native micro a month} of a state, whatever its status, with the discounts active at t."""
    items = licensed_items(state)
    sums = {}
    for item in items:
        # "amount x quantity x factor, one HALF_UP to a native micro-unit"
        quantity = 1 if item.get("quantity") is None else item["quantity"]
        micro = half_up(to_micro(item["amount"], item["currency"]) * quantity * factor(item))
        sums[item["currency"]] = sums.get(item["currency"], 0) + micro
    for discount in state.get("discounts", []):  # "in listed order"
        if not is_lowering(discount, instant, settings):
            continue
        if discount.get("percent_off") is not None:
            # "takes its share of what is left in every currency", the share HALF_UP
            for currency, left in sums.items():
                sums[currency] = max(0, left - half_up(left * exact(discount["percent_off"]) / 100))
        elif discount.get("currency") in sums:
            # "taken once per interval of the first licensed item and normalised with its factor"
            currency = discount["currency"]
            off = half_up(to_micro(discount["amount_off"], currency) * factor(items[0]))
            sums[currency] = max(0, sums[currency] - off)
    return {currency: max(0, left) for currency, left in sums.items()}  # "A negative sum is 0"
