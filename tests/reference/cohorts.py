"""Churn and retention, from scratch (part 2 of the catalogue, section 2.3): account by account, window by window."""

from fractions import Fraction

from .money import L_WINDOWS, M_WINDOWS
from .mrr import unrated


class Part:
    """One account's part in a window and segment."""

    def __init__(self, account, facts, movements, start, end, segment):
        self.segment = segment
        self.inside = [m for m in movements if start <= m.time < end]
        # The rule: "each account's own opening MRR", all that moved before the start
        self.opening = sum(fact.change(segment) for fact in facts if fact.time < start)
        # "both at the rates in force just before the start"
        before = [m for m in movements if m.time < start]
        until = [m for m in movements if m.time < end]
        self.opening_worth = account.worth(before[-1].after, start - 1, segment) if before else 0
        self.closing_worth = account.worth(until[-1].after, start - 1, segment) if until else 0

    def booked(self, *kinds):
        return sum(abs(m.change(self.segment)) for m in self.inside if m.kind_in(self.segment) in kinds)

    def has(self, *kinds):
        return any(m.kind_in(self.segment) in kinds for m in self.inside)


def cohort_values(sheet, world, book):
    segment = world.segment
    by_account = [
        (
            account,
            [fact for fact in [*book.movements, *book.rate_changes] if fact.account is account],
            [m for m in book.movements if m.account is account],
        )
        for account in book.accounts
    ]
    for window in M_WINDOWS:
        start, end = world.window(window)
        parts = [Part(account, facts, moved, start, end, segment) for account, facts, moved in by_account]
        cohort = [part for part in parts if part.opening > 0]
        opening = sum(part.opening for part in parts)
        opening_accounts = sum(m.joins(segment) for m in book.movements if m.time < start)
        left = sum(part.has("churned") for part in cohort)
        sheet.ratio(f"churn_rate.{window}", left, opening_accounts, "no accounts at start")
        kept = opening_accounts - left
        sheet.ratio(f"customer_retention.{window}", kept, opening_accounts, "no accounts at start")  # 1 - churn_rate

        churned = [part for part in parts if part.has("churned")]
        paid = [part for part in parts if part.opening > 0 or part.has("new", "reactivation")]
        sheet.ratio(f"churn_rate_stripe.{window}", len(churned), len(paid), "no accounts")
        lost = sum(part.booked("churned", "contraction") for part in cohort)
        sheet.ratio(f"gross_mrr_churn_rate.{window}", lost, opening, "no MRR at start")
        won = sum(part.booked("expansion") for part in cohort) + sum(part.booked("reactivation") for part in parts)
        sheet.ratio(f"net_mrr_churn_rate.{window}", lost - won, opening, "no MRR at start")
        if window in L_WINDOWS:
            before = sum(part.opening_worth for part in cohort)
            sheet.ratio(f"nrr.{window}", sum(part.closing_worth for part in cohort), before, "no MRR at start")
            smaller = sum(min(part.closing_worth, part.opening_worth) for part in cohort)
            sheet.ratio(f"grr.{window}", smaller, before, "no MRR at start")
            sheet.count(f"retained_accounts.{window}", sum(part.closing_worth > 0 for part in cohort))
        if window in ("30d", "last_month"):
            ltv(sheet, world, book, window, Fraction(left, opening_accounts) if opening_accounts else None)


def ltv(sheet, world, book, window, churn_rate):
    """Closing ARPA / churn_rate; "no churn" or churn_rate's reason. Closing MRR / closing accounts."""
    name, segment = f"ltv.{window}", world.segment
    _, end = world.window(window)
    closing = sum(f.change(segment) for f in [*book.movements, *book.rate_changes] if f.time < end)
    accounts = sum(m.joins(segment) for m in book.movements if m.time < end)
    if churn_rate is None:
        sheet.null(name, "no accounts at start")
    elif churn_rate == 0:
        sheet.null(name, "no churn")
    elif accounts == 0:
        sheet.null(name, "no paying accounts")
    else:
        sheet.figure(name, Fraction(closing, 1_000_000) / accounts / churn_rate)
        now = world.as_of - 1
        sheet.qualify(name, set().union(*(unrated(a, a.holdings(now), segment) for a in book.accounts)))
