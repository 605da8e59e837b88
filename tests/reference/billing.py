"""Billing, from scratch: subscriptions, MRR and its movements, payments (part 2 of the catalogue, sections 1 to 3.3).

Money is an integer of micro-units, 1e-6 of the major unit: native ones ("micro" of a currency) until converted.
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise

from .common import CALENDAR, DAY, as_text, attribute, exact, half_up, optional_micros

M_WINDOWS = ("24h", "7d", "30d", *CALENDAR)
F_WINDOWS = ("1h", *M_WINDOWS)
L_WINDOWS = ("30d", "month", "last_month")

# The codes of ISO 4217 whose exponent is not 2.
CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in CODES.items() for code in codes.split()}

# Factor to a month: "day 365/12, week 52/12, month 1, year 1/12, divided by `interval_count`".
FACTORS = {"day": Fraction(365, 12), "week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}

PAYMENT_HOLD = 90 * DAY  # "A `payment_id`, a `refund_id` ... hold 90 d from their latest event; disputes 400 d"
DISPUTE_HOLD = 400 * DAY


def to_micro(minor, currency):
    """micro = minor x 10^(6 - e), e = the currency's exponent from ISO 4217."""
    return minor * 10 ** (6 - EXPONENTS.get(currency, 2))


# --- foreign exchange -------------------------------------------------------------------------------------------------


class Rates:
    """A mapping, or a list of {from: date, EUR: ...}: entries (begin or None, {currency: rate}), by begin."""

    def __init__(self, settings):
        self.currency = settings.currency
        listed = settings.fx if isinstance(settings.fx, list) else [settings.fx]
        entries = [(self._begin(entry.get("from"), settings.calendar), entry) for entry in listed]
        self.entries = [
            (begin, {name: exact(rate) for name, rate in entry.items() if name != "from"})
            for begin, entry in sorted(entries, key=lambda item: (item[0] is not None, item[0] or 0))
        ]

    @staticmethod
    def _begin(day, calendar):
        """`from` (00:00 in the business's zone)."""
        if day is None:
            return None
        if isinstance(day, datetime):
            day = day.date()
        return calendar.day_start(day if isinstance(day, date) else date.fromisoformat(day))

    def at(self, currency, instant):
        """That of the last entry with `from` <= t that names the currency; before the first, the first."""
        if currency == self.currency:
            return Fraction(1)
        naming = [(begin, entry[currency]) for begin, entry in self.entries if currency in entry]
        begun = [rate for begin, rate in naming if begin is None or begin <= instant]
        if begun:
            return begun[-1]
        return naming[0][1] if naming else None

    def convert(self, micro, currency, instant):
        """Conversion rounds HALF_UP; None without a rate (nothing is nothing at any rate)."""
        if micro == 0:
            return 0
        rate = self.at(currency, instant)
        return None if rate is None else half_up(micro * rate)

    def changes(self, before):
        return sorted({begin for begin, _ in self.entries if begin is not None and begin < before})


# --- subscriptions (3.1) ----------------------------------------------------------------------------------------------


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


# --- accounts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holding:
    """A subscription, what it is worth natively, and where that counts."""

    state: object
    native: dict

    def is_in(self, segment):
        return segment is None or own_dimension(self.state, segment[0]) == segment[1]


class Account:
    """One account's subscriptions: {subscription_id: states in order}; and what the rules say about them."""

    def __init__(self, account_id, subscriptions, world, rates):
        self.id = account_id
        self.subscriptions = subscriptions
        self.world = world
        self.settings = world.settings
        self.rates = rates

    def holdings(self, instant, wanted=is_counted):
        """What the account's wanted (by default counted) subscriptions are worth at t."""
        return [
            Holding(state, amount(state, instant, self.settings))
            for states in self.subscriptions.values()
            if wanted(states, instant, self.settings)
            for state in [state_at(states, instant)]
        ]

    def worth(self, holdings, instant, segment=None):
        """Converted at the rates in force at t, "HALF_UP, per subscription and currency"; no rate: outside the sums."""
        return sum(
            self.rates.convert(micro, currency, instant) or 0
            for holding in holdings
            if holding.is_in(segment)
            for currency, micro in holding.native.items()
        )

    def mrr(self, instant, segment=None):
        """Account MRR M(t) = Σ over the account's subscriptions; in a segment "the part of its subscriptions there"."""
        return self.worth(self.holdings(instant), instant, segment)

    # --- its movements (3.2)

    def parts(self, holdings, instant):
        """M and the account's part in each segment."""
        result = {None: self.worth(holdings, instant)}
        for dimension in self.settings.dimensions:
            for holding in holdings:
                segment = (dimension, own_dimension(holding.state, dimension))
                if segment[1] is not None:
                    result[segment] = self.worth(holdings, instant, segment)
        return {segment: value for segment, value in result.items() if value}

    def candidates(self):
        """The instants before `as_of` at which anything can step for another reason than a rate: events and timers."""
        instants = set()
        for states in self.subscriptions.values():
            for state in states:
                instants |= {state.time, end_of(state, self.settings)}
                instants |= {optional_micros(discount.get("ends_at")) for discount in state.get("discounts", [])}
        return sorted(instant for instant in instants - {None} if instant < self.world.as_of)

    def changes(self):
        """The instants where M, or the account's part in any segment, steps for another reason than a rate."""
        return [
            t
            for t in self.candidates()
            if self.parts(self.holdings(t - 1), t) != self.parts(self.holdings(t), t)  # both at the rates of t
        ]

    def netting_windows(self):
        """[[t0, ... last change]]: "the first change not inside an earlier one, at t0, opens [t0, t0 + netting)".

        "every change inside belongs to it, the one at t0 + netting opens the next. (With `0m`: exactly those at t0.)"
        """
        windows = []
        for t in self.changes():
            if windows and t < windows[-1][0] + self.settings.netting:
                windows[-1].append(t)
            else:
                windows.append([t])
        return windows

    def movements(self):
        """One movement a netting window, dated t0, from B before t0 to A after the last change; at the rates of t0."""
        windows = self.netting_windows()
        result, ever_paid = [], False
        for window, following in pairwise([*windows, [self.world.as_of]]):
            t0 = window[0]
            before = self.holdings(t0 - 1)
            after = self.holdings(following[0] - 1)  # after the last change inside nothing steps until the next opens
            b, a = self.worth(before, t0), self.worth(after, t0)
            kind = movement_class(b, a, ever_paid)
            involuntary = kind == "churned" and self.is_involuntary(window[-1])
            result.append(Movement(self, t0, before, after, kind, involuntary))
            ever_paid = ever_paid or a > 0
        return result

    def is_involuntary(self, instant):
        """By the state that took the last counted subscription away, at this instant.

        "if [it] has `involuntary` = true or status `unpaid`, is `past_due` (policy `excluded`), or its end was reached
        by timer while `past_due`".
        """
        takers = []
        for states in self.subscriptions.values():
            alone = Account(self.id, {"": states}, self.world, self.rates)
            if alone.worth(alone.holdings(instant - 1), instant) > 0:
                takers.append(state_at(states, instant))
        taker = max(takers, key=lambda state: state.order)
        by_timer = taker.time < instant
        status = taker.get("status")
        return (
            taker.get("involuntary", False) is True
            or status == "unpaid"
            or (status == "past_due" and (self.settings.past_due == "excluded" or by_timer))
        )

    def rate_changes(self):
        """A rate change at f moves fx = value(A, new) - value(A, old).

        "with A the native MRR after all movements dated **before** f (a movement at f itself is valued at the new
        rate)".
        """
        openings = [window[0] for window in self.netting_windows()]
        result = []
        for f in self.rates.changes(self.world.as_of):
            following = min((t0 for t0 in openings if t0 >= f), default=self.world.as_of)
            if any(t0 < f for t0 in openings):
                result.append(RateChange(self, f, self.holdings(following - 1)))
        return result


def movement_class(b, a, ever_paid):
    """new | reactivation | churned | expansion | contraction | None (the table of 3.2)."""
    if b == a:
        return None
    if b == 0:
        return "reactivation" if ever_paid else "new"
    if a == 0:
        return "churned"
    return "expansion" if a > b else "contraction"


@dataclass(frozen=True)
class Movement:
    account: Account
    time: int
    before: list
    after: list
    kind: str | None
    involuntary: bool

    def ends(self, segment):
        """(B, A) of the account's part there."""
        return tuple(self.account.worth(side, self.time, segment) for side in (self.before, self.after))

    def change(self, segment):
        b, a = self.ends(segment)
        return a - b

    def kind_in(self, segment):
        """The account's class in `all`; where that is not new, reactivation or churned, a rise or fall of the part.

        "A movement counts in a segment only where the account's part in it is not 0."
        """
        change = self.change(segment)
        if change == 0:
            return None
        if self.kind in ("new", "reactivation", "churned"):
            return self.kind
        return "expansion" if change > 0 else "contraction"

    def joins(self, segment):
        """±1 facts "dated at the movement by which the account's part there becomes > 0 or 0"."""
        b, a = self.ends(segment)
        return (a > 0) - (b > 0)


@dataclass(frozen=True)
class RateChange:
    account: Account
    time: int
    after: list

    def change(self, segment):
        new = self.account.worth(self.after, self.time, segment)
        return new - self.account.worth(self.after, self.time - 1, segment)


class Book:
    """All accounts, their movements and rate changes, as of `as_of`."""

    def __init__(self, world):
        self.world = world
        self.rates = Rates(world.settings)
        self.events = [event for event in world.events if event.family == "billing"]
        subscriptions = {event.get("account_id"): {} for event in self.events if event.get("account_id") is not None}
        for event in self.events:  # in order
            if event.type == "billing.subscription_changed":
                states = subscriptions[event.get("account_id")].setdefault(event.get("subscription_id"), [])
                states.append(event)
        self.accounts = [Account(name, subs, world, self.rates) for name, subs in subscriptions.items()]
        self.movements = [movement for account in self.accounts for movement in account.movements()]
        self.rate_changes = [change for account in self.accounts for change in account.rate_changes()]

    def account(self, account_id):
        return next(account for account in self.accounts if account.id == account_id)


# --- MRR values (2.2, 2.3) --------------------------------------------------------------------------------------------


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

        lost = churned_of_cohort(book, start, inside, segment)
        sheet.ratio(f"churn_rate.{window}", lost, opening_accounts, "no accounts at start")
        kept = opening_accounts - lost
        sheet.ratio(f"customer_retention.{window}", kept, opening_accounts, "no accounts at start")  # 1 - churn_rate


def churned_of_cohort(book, start, inside, segment):
    """Accounts of the cohort (opening MRR > 0, the part there) with a churned movement in the window (each once)."""
    lost = 0
    for account in book.accounts:
        facts = [fact for fact in [*book.movements, *book.rate_changes] if fact.account is account]
        opening = sum(fact.change(segment) for fact in facts if fact.time < start)
        churns = [m for m in inside if m.account is account and m.kind_in(segment) == "churned"]
        lost += opening > 0 and bool(churns)
    return lost


# --- payments, refunds, disputes (2.1, 3.3) ---------------------------------------------------------------------------


def held_groups(events, id_field, hold):
    """Events (in order) of one (`account_id`, id) as long as it holds: "after that it is a new one"."""
    groups = []
    for event in events:
        name = (event.get("account_id"), event.get(id_field))
        same = [group for group in groups if (group[0].get("account_id"), group[0].get(id_field)) == name]
        if same and event.time < same[-1][-1].time + hold:
            same[-1].append(event)
        else:
            groups.append([event])
    return groups


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


def billing_values(sheet, world, book):
    gauge_values(sheet, world, book)
    movement_values(sheet, world, book)
    revenue_values(sheet, world, book)
