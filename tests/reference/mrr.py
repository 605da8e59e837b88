"""MRR values, from scratch (part 2 of the catalogue, sections 2.2 and 2.3)."""

from fractions import Fraction

from .common import DAY
from .money import L_WINDOWS, M_WINDOWS
from .subscriptions import end_of, is_counted, not_ended, state_at


def unrated(account, holdings, segment):
    """The currencies whose amounts stay outside the sums."""
    return {
        currency
        for holding in holdings
        if holding.is_in(segment)
        for currency, micro in holding.native.items()
        if micro and account.rates.at(currency, 0) is None
    }


def is_in_trial(states, instant, settings):
    """Status `trialing`, until `trial_end` if given (timer), else until the next state."""
    state = state_at(states, instant)
    if state is None or state.get("status") != "trialing" or not not_ended(state, instant, settings):
        return False
    trial_end = state.instant("trial_end")
    return trial_end is None or instant < trial_end


def is_active(states, instant, settings):
    """An `active` subscription, whatever it costs."""
    state = state_at(states, instant)
    return state is not None and state.get("status") == "active" and not_ended(state, instant, settings)


def is_past_due(states, instant, settings):
    state = state_at(states, instant)
    return state is not None and state.get("status") == "past_due" and not_ended(state, instant, settings)


def ends_before(instant_or_none):
    """Counted subscriptions with a known end E >= as_of (as they count just before it); or before an instant."""

    def wanted(states, instant, settings):
        if not is_counted(states, instant, settings):
            return False
        end = end_of(state_at(states, instant), settings)
        return end is not None and (instant_or_none is None or end < instant_or_none)

    return wanted


def gauge_values(sheet, world, book):
    """Gauges at `as_of`: a timer at t counts like an event at t, so they are those of the instant just before."""
    now, segment = world.as_of - 1, world.segment

    def total(name, wanted):
        pairs = [(account, account.holdings(now, wanted)) for account in book.accounts]
        micro = sum(account.worth(holdings, now, segment) for account, holdings in pairs)
        missing = set().union(*(unrated(account, holdings, segment) for account, holdings in pairs))
        sheet.money(name, micro, missing)
        return micro, missing

    def having(wanted, *, paying):
        """Accounts with such a subscription (in the segment), and MRR (the part there) > 0 or 0."""
        return sum(
            any(holding.is_in(segment) for holding in account.holdings(now, wanted))
            and (account.mrr(now, segment) > 0) is paying
            for account in book.accounts
        )

    mrr, missing = total("mrr", is_counted)
    sheet.money("arr", 12 * mrr, missing)
    scheduled, _ = total("scheduled_churn_mrr", ends_before(None))
    total("scheduled_churn_mrr_next_7d", ends_before(world.as_of + 7 * DAY))
    total("scheduled_churn_mrr_next_30d", ends_before(world.as_of + 30 * DAY))
    sheet.money("committed_mrr", mrr - scheduled, missing)
    total("past_due_mrr", is_past_due)
    total("trial_mrr", is_in_trial)
    paying = having(is_counted, paying=True)
    sheet.count("paying_accounts", paying)
    sheet.count("free_accounts", having(is_active, paying=False))
    sheet.count("trial_accounts", having(is_in_trial, paying=False))
    sheet.count("trials_ending_next_7d", trials_ending(world, book))
    sheet.ratio("arpa", Fraction(mrr, 1_000_000), paying, "no paying accounts")
    sheet.qualify("arpa", missing)


def movement_values(sheet, world, book):
    segment = world.segment
    for window in M_WINDOWS:
        start, _ = world.window(window)
        inside = world.within(window, book.movements)

        def booked(kind, inside=inside):
            """Movements of the class, >= 0; contraction and churned published positive."""
            return sum(abs(m.change(segment)) for m in inside if m.kind_in(segment) == kind)

        def number_of(kind, inside=inside):
            return sum(m.kind_in(segment) == kind for m in inside)

        # "Σ of all movements and fx dated before the window's start"
        opening = sum(fact.change(segment) for fact in [*book.movements, *book.rate_changes] if fact.time < start)
        opening_accounts = sum(m.joins(segment) for m in book.movements if m.time < start)
        fx = sum(change.change(segment) for change in world.within(window, book.rate_changes))
        new, expansion, reactivation = booked("new"), booked("expansion"), booked("reactivation")
        contraction, churned = booked("contraction"), booked("churned")
        net_new = new + expansion + reactivation - contraction - churned + fx

        sheet.money(f"opening_mrr.{window}", opening)
        sheet.money(f"new_mrr.{window}", new)
        sheet.money(f"expansion_mrr.{window}", expansion)
        sheet.money(f"reactivation_mrr.{window}", reactivation)
        sheet.money(f"contraction_mrr.{window}", contraction)
        sheet.money(f"churned_mrr.{window}", churned)
        involuntary = sum(abs(m.change(segment)) for m in inside if m.kind == "churned" and m.involuntary)
        sheet.money(f"churned_mrr_involuntary.{window}", involuntary)
        sheet.money(f"fx_mrr.{window}", fx)
        sheet.money(f"net_new_mrr.{window}", net_new)
        sheet.ratio(f"mrr_growth_rate.{window}", net_new, opening, "no MRR at start")
        if window in L_WINDOWS:
            sheet.ratio(f"quick_ratio.{window}", new + expansion, contraction + churned, "nothing lost")

        sheet.count(f"opening_accounts.{window}", opening_accounts)
        sheet.count(f"new_accounts.{window}", number_of("new"))
        sheet.count(f"churned_accounts.{window}", number_of("churned"))
        sheet.count(f"reactivated_accounts.{window}", number_of("reactivation"))


def trials_ending(world, book):
    """Trial accounts whose earliest `trial_end` is in [as_of, as_of + 7 d)."""
    now, segment = world.as_of - 1, world.segment
    found = 0
    for account in book.accounts:
        trials = [holding for holding in account.holdings(now, is_in_trial) if holding.is_in(segment)]
        ends = [holding.state.instant("trial_end") for holding in trials]
        earliest = min((end for end in ends if end is not None), default=None)
        near = earliest is not None and world.as_of <= earliest < world.as_of + 7 * DAY
        found += near and account.mrr(now, segment) == 0
    return found
