"""Acquisition, from scratch: what accounts cost, what campaigns bring (part 2 of the catalogue, section 2.4)."""

from fractions import Fraction

from .common import attribute, number
from .growth import dimension, leads_of, spends_of
from .money import L_WINDOWS, to_micro
from .mrr import unrated
from .payments import flows, payment_groups, success_of

MONTH = 2_628_000
MICRO = 1_000_000
REASONS = {"cac": "no new accounts", "arpa": "no paying accounts"}


class MissingError(Exception):
    """A part is null, for this reason."""


class Parts:
    """What the values of one window are made of."""

    def __init__(self, world, book, window):
        self.world, self.book, self.window, self.segment = world, book, window, world.segment
        self.start, self.end = world.window(window)
        self.moved = world.within(window, book.movements)
        self.missing = set()

    def divide(self, part, whole, reason):
        if whole == 0:
            raise MissingError(reason)
        return Fraction(part) / whole

    def number_of(self, kind):
        return sum(m.kind_in(self.segment) == kind for m in self.moved)

    def mrr_of(self, kind):
        return sum(abs(m.change(self.segment)) for m in self.moved if m.kind_in(self.segment) == kind)

    def cac(self):
        """Spend / new_accounts (no lag)."""
        inside = [(micro, currency) for time, micro, currency in spends_of(self.world) if self.start <= time < self.end]
        cost = self.divide(sum(micro or 0 for micro, _ in inside), self.number_of("new"), REASONS["cac"])
        self.missing |= {currency for micro, currency in inside if micro is None}
        return cost / MICRO

    def closing_arpa(self):
        """Closing MRR / closing accounts."""
        facts = [*self.book.movements, *self.book.rate_changes]
        closing = sum(fact.change(self.segment) for fact in facts if fact.time < self.end)
        accounts = sum(m.joins(self.segment) for m in self.book.movements if m.time < self.end)
        arpa = self.divide(closing, accounts, REASONS["arpa"])
        now = self.world.as_of - 1
        for account in self.book.accounts:
            self.missing |= unrated(account, account.holdings(now), self.segment)
        return arpa / MICRO

    def costs(self, kind):
        """Those of a kind, in `all`: (micro-units or None, currency)."""
        recorded = [event for event in self.book.events if event.type == "billing.cost_recorded"]
        for event in self.world.within(self.window, recorded):
            if event.get("kind") == kind:
                currency = event.get("currency")
                native = to_micro(event.get("amount"), currency)
                yield self.book.rates.convert(native, currency, event.time), currency

    def gross_margin(self):
        """(net_revenue - serving_costs) / net_revenue; "no revenue" if <= 0."""
        signs = {"gross_revenue": 1, "refunds": -1, "dispute_losses": -1, "fees": -1}
        money = [flow for flow in self.world.within(self.window, flows(self.world, self.book)) if flow.name in signs]
        net = sum(signs[flow.name] * (flow.micro or 0) for flow in money)
        serving = list(self.costs("serving"))
        if net <= 0:
            raise MissingError("no revenue")
        if not serving:
            raise MissingError("no serving costs recorded")
        self.missing |= {flow.currency for flow in money if flow.micro is None}
        self.missing |= {currency for micro, currency in serving if micro is None}
        return Fraction(net - sum(micro or 0 for micro, _ in serving), net)

    def cohort(self):
        """(account, opening MRR, closing MRR) of the accounts with opening MRR > 0; at the rates before the start."""
        for account in self.book.accounts:
            mine = [m for m in self.book.movements if m.account is account]
            changes = [fact for fact in [*mine, *self.book.rate_changes] if fact.account is account]
            if sum(fact.change(self.segment) for fact in changes if fact.time < self.start) > 0:
                ends = [[m for m in mine if m.time < instant][-1].after for instant in (self.start, self.end)]
                opening, closing = (account.worth(end, self.start - 1, self.segment) for end in ends)
                yield account, opening, closing

    def retained(self):
        return sum(closing > 0 for _, _, closing in self.cohort())

    def ltv(self):
        """Closing ARPA / churn_rate; "no churn" or churn_rate's reason."""
        cohort = [account for account, _, _ in self.cohort()]
        left = [a for a in cohort if any(m.account is a and m.kind_in(self.segment) == "churned" for m in self.moved)]
        rate = self.divide(len(left), len(cohort), "no accounts at start")
        if rate == 0:
            raise MissingError("no churn")
        return self.closing_arpa() / rate

    # --- the values

    def cac_payback(self):
        """Months of 2,628,000 s; "no margin" if <= 0."""
        cost = self.cac()
        monthly = self.closing_arpa() * self.gross_margin()
        if monthly <= 0:
            raise MissingError("no margin")
        return cost / monthly * MONTH

    def ltv_cac(self):
        """LTV / CAC; reason of the null part, "no spend"."""
        value = self.ltv()
        return self.divide(value, self.cac(), "no spend")

    def form_a(self):
        return self.divide(self.number_of("new"), self.retained(), "none retained")

    def form_b(self):
        kept = sum(min(opening, closing) for _, opening, closing in self.cohort())
        return self.divide(self.mrr_of("new"), self.mrr_of("expansion") + kept, "none retained")

    def form_c(self):
        """CAC / (retention_costs / retained_accounts)."""
        spent = list(self.costs("retention"))
        total = Fraction(sum(micro or 0 for micro, _ in spent), MICRO)
        if total == 0:
            raise MissingError("no retention costs")
        if self.retained() == 0:
            raise MissingError("none retained")
        self.missing |= {currency for micro, currency in spent if micro is None}
        return self.cac() / (total / self.retained())


def acquisition_values(sheet, world, book):
    for window in L_WINDOWS:

        def put(name, formula, window=window):
            parts = Parts(world, book, window)
            try:
                sheet.figure(f"{name}.{window}", formula(parts))
                sheet.qualify(f"{name}.{window}", parts.missing)
            except MissingError as null:
                sheet.null(f"{name}.{window}", str(null))

        put("acquisition_retention_ratio", Parts.form_a)
        put("acquisition_retention_ratio_mrr", Parts.form_b)
        if world.segment is None or world.segment[0] in ("channel", "campaign"):
            put("cac", Parts.cac)
        if world.segment is not None:
            continue
        put("acquisition_retention_ratio_cost", Parts.form_c)
        if window != "month":
            put("cac_payback", Parts.cac_payback)
            put("ltv_cac", Parts.ltv_cac)
        sheet.values[f"campaigns.{window}"], missing = campaigns(world, book, window)
        sheet.qualify(f"campaigns.{window}", missing)


def first_touch(book, account_id):
    """ "The account's are the first non-empty ones by event time, for good"."""
    mine = (attribute(event, "campaign") for event in book.events if event.get("account_id") == account_id)
    return next((campaign for campaign in mine if campaign), None)


def campaigns(world, book, window):
    """One row a campaign, most spend first; leads or spend without campaign are in no row."""
    start, end = world.window(window)
    rows, missing = {}, set()

    def add(campaign, column, time, amount, currency=None):
        if campaign is None or not start <= time < end:
            return
        if amount is None:
            missing.add(currency)
            return
        row = rows.setdefault(campaign, {})
        row[column] = row.get(column, 0) + amount

    for event in world.events:
        if event.type == "growth.spend_recorded":
            currency = event.get("currency")
            micro = book.rates.convert(to_micro(event.get("amount"), currency), currency, event.time)
            add(dimension(event, "campaign"), "spend", event.time, micro, currency)
    for lead in leads_of(world):
        campaign = next((name for event in lead.events if (name := dimension(event, "campaign"))), None)
        for stage, column in (("created", "leads"), ("converted", "conversions")):
            if stage in lead.first:
                add(campaign, column, lead.first[stage], 1)
    touches = {account.id: first_touch(book, account.id) for account in book.accounts}
    for movement in book.movements:
        if movement.kind == "new":
            add(touches[movement.account.id], "new_accounts", movement.time, 1)
            add(touches[movement.account.id], "new_mrr", movement.time, movement.change(None))
    for group in payment_groups(book):
        paid = success_of(group)
        if paid is not None:
            currency = paid.get("currency")
            native = to_micro(paid.get("amount"), currency) - to_micro(paid.get("tax", 0), currency)
            micro = book.rates.convert(native, currency, paid.time)
            add(touches[paid.get("account_id")], "revenue", paid.time, micro, currency)

    is_billed = any(touches.values())
    with_something = {name: row for name, row in rows.items() if any(row.values())}
    order = sorted(with_something, key=lambda name: (-with_something[name].get("spend", 0), name))
    return [published(name, with_something[name], is_billed=is_billed) for name in order], missing


def published(name, row, *, is_billed):
    spend, revenue = (Fraction(row.get(column, 0), MICRO) for column in ("spend", "revenue"))
    conversions = row.get("conversions", 0)
    return {
        "campaign": name,
        "spend": number(spend),
        "leads": row.get("leads", 0),
        "conversions": conversions,
        "new_accounts": row.get("new_accounts", 0) if is_billed else None,
        "revenue": number(revenue) if is_billed else None,
        "new_mrr": number(Fraction(row.get("new_mrr", 0), MICRO)) if is_billed else None,
        "cost_per_conversion": number(spend / conversions) if conversions else None,
        "roi": number((revenue - spend) / spend) if is_billed and spend else None,
    }
