"""Renewals, and trials as billing tells of them, from scratch (part 2 of the catalogue, sections 2.4 and 3.3)."""

from collections import defaultdict
from dataclasses import dataclass

from .ledger import Holding
from .money import M_WINDOWS
from .subscriptions import amount, end_of, is_counted, own_dimension, state_at


def in_force(states, state):
    """A state that another of the same time does not replace at once."""
    return state_at(states, state.time) is state


def names_a_period(account, states, state):
    """P is the `current_period_end` of a state that counts with MRR > 0 (and has not passed by its time)."""
    due = state.instant("current_period_end")
    if due is None or due <= state.time or not in_force(states, state):
        return False
    if not is_counted(states, state.time, account.settings):
        return False
    return account.worth([Holding(state, amount(state, state.time, account.settings))], state.time) > 0


def has_ended(states, instant, settings):
    """The subscription has ended: by a state (`unpaid`, an end that it announces), or by a timer."""
    state = state_at(states, instant)
    if state is None:
        return False
    end = end_of(state, settings)
    return state.get("status") == "unpaid" or (end is not None and instant >= end)


@dataclass(frozen=True)
class Case:
    time: int  # P: all facts are dated there
    outcome: str
    account: object
    state: object
    at: int  # the instant that what is up for renewal is of
    native: dict


def cases_of(account, states, as_of):
    settings = account.settings
    naming = [state for state in states if names_a_period(account, states, state)]
    for due in sorted({state.instant("current_period_end") for state in naming}):
        if due >= as_of:  # "none is booked before P < as_of"
            continue
        last = [state for state in naming if state.instant("current_period_end") == due][-1]
        later = [state for state in states if state.order > last.order]
        # "A state before P with a *smaller* `current_period_end` P' withdraws P in favour of P'."
        if any(s in naming and s.time < due and s.instant("current_period_end") < due for s in later):
            continue
        # "a state with status `active` and `current_period_end` > P begins by P + grace"
        renewing = [
            s
            for s in later
            if s.get("status") == "active"
            and in_force(states, s)
            and (s.instant("current_period_end") or 0) > due
            and s.time <= due + settings.renewal_grace
        ]
        if renewing:
            outcome = "renewed"
        elif has_ended(states, due, settings) or due + settings.renewal_grace < as_of:
            outcome = "lost"
        else:
            outcome = "pending"
        # "the subscription's MRR just before P, or just before its end if it ended earlier"
        at = due - 1
        while has_ended(states, at, settings):
            at = max(t for t in turns(states, settings) if t <= at) - 1
        state = state_at(states, at)
        native = amount(state, at, settings) if is_counted(states, at, settings) else {}
        yield Case(due, outcome, account, state, at, native)


def turns(states, settings):
    """The instants at which a subscription can begin or cease to have ended."""
    return {instant for state in states for instant in (state.time, end_of(state, settings)) if instant is not None}


def renewal_values(sheet, world, book):
    segment, calendar = world.segment, world.settings.calendar
    cases = [
        case
        for account in book.accounts
        for states in account.subscriptions.values()
        for case in cases_of(account, states, world.as_of)
        if segment is None or own_dimension(case.state, segment[0]) == segment[1]
    ]
    # "the cases of one account on one local date are one ... dated the earliest P of that date"
    groups = defaultdict(list)
    for case in cases:
        groups[case.account.id, calendar.day_of(case.time)].append(case)
    for window in M_WINDOWS:
        start, end = world.window(window)
        outcomes = [
            next(o for o in ("renewed", "pending", "lost") if o in {case.outcome for case in group})
            for group in groups.values()
            if start <= min(case.time for case in group) < end
        ]
        renewed, pending = outcomes.count("renewed"), outcomes.count("pending")
        sheet.count(f"renewals_due.{window}", len(outcomes))
        sheet.count(f"renewals_renewed.{window}", renewed)
        sheet.count(f"renewals_pending.{window}", pending)
        sheet.ratio(f"renewal_rate.{window}", renewed, len(outcomes) - pending, "none due")
        inside = world.within(window, cases)
        worth = defaultdict(int)
        for case in inside:
            worth[case.outcome] += case.account.worth([Holding(case.state, case.native)], case.at)
        sheet.ratio(f"renewal_rate_mrr.{window}", worth["renewed"], worth["renewed"] + worth["lost"], "none due")


def trial_values(sheet, world, book):
    """Accounts whose trial began in the window: share with MRR > 0 at any later instant; dated at the beginning."""
    begun = []
    for account in book.accounts:
        states = [state for states in account.subscriptions.values() for state in states]
        trials = sorted((s for s in states if s.get("status") == "trialing"), key=lambda state: state.order)
        if trials:
            first = trials[0]
            later = {first.time + 1, *(t for t in account.candidates() if t > first.time)}
            paid = any(account.mrr(t) > 0 for t in later if t < world.as_of)
            segment = world.segment
            if segment is None or own_dimension(first, segment[0]) == segment[1]:
                begun.append((first.time, paid))
    for window in M_WINDOWS:
        start, end = world.window(window)
        inside = [paid for time, paid in begun if start <= time < end]
        sheet.ratio(f"trial_conversion_billing.{window}", sum(inside), len(inside), "no trials")
