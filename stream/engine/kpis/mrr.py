"""MRR, its movements, and the accounts that pay it (catalogue part 2, section 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from stream.engine.kpis.kpi import Kpi, Value, View, count, divided, gauge, money, unrated
from stream.engine.units import MICRO
from stream.engine.windows import C, L

M: Final = (*L, *C)
RATIO_WINDOWS: Final = ("30d", "month", "last_month")
GAINS: Final = ("new_mrr", "expansion_mrr", "reactivation_mrr")
LOSSES: Final = ("contraction_mrr", "churned_mrr")
NO_PAYING: Final = "no paying accounts"
_CHARTMOGUL: Final = "https://help.chartmogul.com/hc/en-us/articles/204710572"
_STRIPE: Final = "https://docs.stripe.com/billing/subscriptions/analytics"


def missing_rates(view: View) -> str | None:
    """Return the reason that qualifies MRR where a currency has no rate."""
    return unrated(view.labels_now("mrr_unrated"))


def net(read: Callable[[str], int]) -> int:
    """Return what MRR (micro-units) moved by, new rates included, over what `read` reads counters of."""
    return sum(map(read, GAINS)) - sum(map(read, LOSSES)) + read("fx_mrr")


def opening_mrr(view: View) -> int:
    """Return the MRR (micro-units) at the window's start."""
    return view.now("mrr") - net(view.since_start)


def opening_accounts(view: View) -> int:
    """Return the paying accounts at the window's start."""
    return view.now("paying_accounts") - view.since_start("accounts_joined") + view.since_start("accounts_left")


def closing_mrr(view: View) -> int:
    """Return the MRR (micro-units) at the window's end."""
    return opening_mrr(view) + net(view.__getitem__)


def closing_accounts(view: View) -> int:
    """Return the paying accounts at the window's end."""
    return opening_accounts(view) + view["accounts_joined"] - view["accounts_left"]


def closing_arpa(view: View) -> Value:
    """Return the MRR (major units) of a paying account at the window's end."""
    mean = divided(Fraction(closing_mrr(view), MICRO), closing_accounts(view), NO_PAYING)
    return mean if mean.value is None else Value(mean.value, missing_rates(view))


def _arpa(view: View) -> Value:
    mean = divided(Fraction(view.now("mrr"), MICRO), view.now("paying_accounts"), NO_PAYING)
    return mean if mean.value is None else Value(mean.value, missing_rates(view))


def _gauge_of(counter: str) -> Callable[[View], Value]:
    return lambda view: money(view.now(counter), unrated(view.labels_now(f"{counter}_unrated")))


def _sum_of(counter: str) -> Callable[[View], Value]:
    return lambda view: money(view[counter])


MRR: Final = Kpi(
    "mrr",
    "money",
    (),
    lambda view: money(view.now("mrr"), missing_rates(view)),
    "Monthly recurring revenue: what all subscriptions together are worth a month.",
    "Σ over the counted subscriptions of their licensed items, normalised to a month, less recurring discounts.",
    _STRIPE,
    "100 subscriptions of 100 a month and 50 of 600 a year: 12500.",
)
ARR: Final = Kpi(
    "arr",
    "money",
    (),
    lambda view: money(12 * view.now("mrr"), missing_rates(view)),
    "Annual run rate.",
    "12 × `mrr`.",
    _STRIPE,
    "`mrr` 12500: 150000.",
)
OPENING_MRR: Final = Kpi(
    "opening_mrr",
    "money",
    M,
    lambda view: money(opening_mrr(view)),
    "MRR at the window's start.",
    "Σ of all movements and changes of rates dated before the window's start.",
    _CHARTMOGUL,
    "On the 10th an account subscribed for 100, today it added 20: today opened with 100.",
)
NEW_MRR: Final = Kpi(
    "new_mrr",
    "money",
    M,
    _sum_of("new_mrr"),
    "MRR of accounts that pay for the first time.",
    "Σ of the movements from 0 of accounts that never paid before.",
    _CHARTMOGUL,
    "Four seats of 500 a year are bought by an account that never paid: 166.666667.",
)
EXPANSION_MRR: Final = Kpi(
    "expansion_mrr",
    "money",
    M,
    _sum_of("expansion_mrr"),
    "MRR that paying accounts added.",
    "Σ of the movements from above 0 upwards.",
    _CHARTMOGUL,
    "An account of 100 adds a subscription of 60: 60.",
)
REACTIVATION_MRR: Final = Kpi(
    "reactivation_mrr",
    "money",
    M,
    _sum_of("reactivation_mrr"),
    "MRR of accounts that came back.",
    "Σ of the movements from 0 of accounts that had paid before.",
    _CHARTMOGUL,
    "An account that left a year ago subscribes for 150: 150.",
)
CONTRACTION_MRR: Final = Kpi(
    "contraction_mrr",
    "money",
    M,
    _sum_of("contraction_mrr"),
    "MRR that paying accounts gave up, positive.",
    "Σ of the movements downwards, but not to 0.",
    _CHARTMOGUL,
    "One of two subscriptions, of 60, ends: 60.",
)
CHURNED_MRR: Final = Kpi(
    "churned_mrr",
    "money",
    M,
    _sum_of("churned_mrr"),
    "MRR of accounts that left, positive.",
    "Σ of the movements to 0, at the end of the paid period.",
    _CHARTMOGUL,
    "The last subscription, of 60, is canceled in May and ends with its year in December: 60 in December.",
)
CHURNED_MRR_INVOLUNTARY: Final = Kpi(
    "churned_mrr_involuntary",
    "money",
    M,
    _sum_of("churned_mrr_involuntary"),
    "The part of `churned_mrr` that nobody decided: payments failed.",
    "Churned movements whose last state was involuntary, unpaid or past due.",
    "https://www.paddle.com/resources/involuntary-churn",
    "A subscription of 100 becomes `unpaid`: 100.",
)
FX_MRR: Final = Kpi(
    "fx_mrr",
    "money",
    M,
    _sum_of("fx_mrr"),
    "What new exchange rates did to MRR, signed.",
    "Σ of value at the new rates − value at the old ones, when rates begin.",
    "https://help.chartmogul.com/hc/en-us/articles/115002276245",
    "100 EUR a month, the rate goes from 1.08 to 1.10: 2.",
)
NET_NEW_MRR: Final = Kpi(
    "net_new_mrr",
    "money",
    M,
    lambda view: money(net(view.__getitem__)),
    "What MRR moved by.",
    "new + expansion + reactivation − contraction − churned + fx.",
    _CHARTMOGUL,
    "New 100, expansion 20, contraction 5, churned 50, rates 2: 67.",
)
MRR_GROWTH_RATE: Final = Kpi(
    "mrr_growth_rate",
    "fraction",
    M,
    lambda view: divided(net(view.__getitem__), opening_mrr(view), "no MRR at start"),
    "How fast MRR grows.",
    "`net_new_mrr` ÷ `opening_mrr`; null: no MRR at start.",
    _CHARTMOGUL,
    "Opened with 1000, net new 67: 0.067.",
)
QUICK_RATIO: Final = Kpi(
    "quick_ratio",
    "ratio",
    RATIO_WINDOWS,
    lambda view: divided(
        view["new_mrr"] + view["expansion_mrr"], view["contraction_mrr"] + view["churned_mrr"], "nothing lost"
    ),
    "How much MRR is won for each unit that is lost.",
    "(`new_mrr` + `expansion_mrr`) ÷ (`contraction_mrr` + `churned_mrr`); null: nothing lost.",
    "https://mamoonhamid.com/the-saas-quick-ratio",
    "New 100, expansion 20, contraction 5, churned 50: 2.181818.",
)
PAYING_ACCOUNTS: Final = Kpi(
    "paying_accounts",
    "accounts",
    (),
    gauge("paying_accounts"),
    "Accounts that pay.",
    "Accounts with MRR above 0.",
    _STRIPE,
    "One account with two subscriptions, and one on trial: 1.",
)
OPENING_ACCOUNTS: Final = Kpi(
    "opening_accounts",
    "accounts",
    M,
    lambda view: Value(opening_accounts(view)),
    "Paying accounts at the window's start.",
    "Σ of ±1 at the movements before the start by which an account began or ceased to pay.",
    _CHARTMOGUL,
    "Three accounts pay since last week, one of them left today: today opened with 3.",
)
FREE_ACCOUNTS: Final = Kpi(
    "free_accounts",
    "accounts",
    (),
    gauge("free_accounts"),
    "Accounts with an active subscription that costs nothing.",
    "Accounts with an `active` subscription and MRR 0.",
    _STRIPE,
    "An account has an active subscription with 100 % off: 1.",
)
NEW_ACCOUNTS: Final = Kpi(
    "new_accounts",
    "accounts",
    M,
    count("new_accounts"),
    "Accounts that began to pay for the first time.",
    "Movements of class new.",
    _CHARTMOGUL,
    "An account buys two subscriptions within an hour: 1.",
)
CHURNED_ACCOUNTS: Final = Kpi(
    "churned_accounts",
    "accounts",
    M,
    count("churned_accounts"),
    "Accounts that ceased to pay.",
    "Movements of class churned; an account that churns twice counts twice.",
    _CHARTMOGUL,
    "An account leaves, comes back and leaves again: 2.",
)
REACTIVATED_ACCOUNTS: Final = Kpi(
    "reactivated_accounts",
    "accounts",
    M,
    count("reactivated_accounts"),
    "Accounts that came back.",
    "Movements of class reactivation.",
    _CHARTMOGUL,
    "An account leaves in May and subscribes again in July: 1 in July.",
)
ARPA: Final = Kpi(
    "arpa",
    "money",
    (),
    _arpa,
    "Average MRR of a paying account.",
    "`mrr` ÷ `paying_accounts`; null: no paying accounts.",
    "https://help.chartmogul.com/hc/en-us/articles/204710362",
    "Two accounts pay 100 and 50: 75.",
)
TRIAL_ACCOUNTS: Final = Kpi(
    "trial_accounts",
    "accounts",
    (),
    gauge("trial_accounts"),
    "Accounts that try and do not pay yet.",
    "Accounts with MRR 0 and a subscription in trial.",
    _STRIPE,
    "One account on trial, one paying account that tries a second product: 1.",
)
TRIAL_MRR: Final = Kpi(
    "trial_mrr",
    "money",
    (),
    _gauge_of("trial_mrr"),
    "What the trials would be worth as paid subscriptions.",
    "Σ of the MRR that subscriptions in trial would have as `active`.",
    _STRIPE,
    "A trial of a plan of 100 a month: 100.",
)
TRIALS_ENDING_NEXT_7D: Final = Kpi(
    "trials_ending_next_7d",
    "accounts",
    (),
    gauge("trials_ending_next_7d"),
    "Trials whose outcome is near.",
    "Accounts in trial whose earliest `trial_end` is before `as_of` + 7 d.",
    _STRIPE,
    "Three accounts try, until tomorrow, until in seven days to the second, and without an end: 1.",
)
SCHEDULED_CHURN_MRR: Final = Kpi(
    "scheduled_churn_mrr",
    "money",
    (),
    _gauge_of("scheduled_churn_mrr"),
    "MRR that is known to end.",
    "MRR of counted subscriptions with a known end at or after `as_of`.",
    _CHARTMOGUL,
    "Of subscriptions of 100 and 60 the second is to end with its period: 60.",
)
SCHEDULED_CHURN_MRR_NEXT_7D: Final = Kpi(
    "scheduled_churn_mrr_next_7d",
    "money",
    (),
    _gauge_of("scheduled_churn_mrr_next_7d"),
    "MRR that is known to end within 7 days.",
    "As `scheduled_churn_mrr`, with the end before `as_of` + 7 d.",
    _CHARTMOGUL,
    "One of 60 ends in 5 days, one of 40 in 20: 60.",
)
SCHEDULED_CHURN_MRR_NEXT_30D: Final = Kpi(
    "scheduled_churn_mrr_next_30d",
    "money",
    (),
    _gauge_of("scheduled_churn_mrr_next_30d"),
    "MRR that is known to end within 30 days.",
    "As `scheduled_churn_mrr`, with the end before `as_of` + 30 d.",
    _CHARTMOGUL,
    "One of 60 ends in 5 days, one of 40 in 20: 100.",
)
COMMITTED_MRR: Final = Kpi(
    "committed_mrr",
    "money",
    (),
    lambda view: money(view.now("mrr") - view.now("scheduled_churn_mrr"), missing_rates(view)),
    "MRR that is not known to end.",
    "`mrr` − `scheduled_churn_mrr`.",
    "https://www.saasoptics.com/cmrr",
    "`mrr` 160, of which 60 are to end: 100.",
)
PAST_DUE_MRR: Final = Kpi(
    "past_due_mrr",
    "money",
    (),
    _gauge_of("past_due_mrr"),
    "MRR whose payment is overdue.",
    "MRR of subscriptions with status `past_due`.",
    _STRIPE,
    "Of subscriptions of 100 and 60 the second is `past_due`: 60.",
)
METERED_SUBSCRIPTIONS: Final = Kpi(
    "metered_subscriptions",
    "subscriptions",
    (),
    gauge("metered_subscriptions"),
    "Subscriptions that also pay by use.",
    "Counted subscriptions with a metered item.",
    _STRIPE,
    "A subscription of 20 a month with a metered item, and one without: 1.",
)
