"""Renewals, and trials as billing tells of them (catalogue part 2, sections 2.3, 2.4 and 3.3)."""

from __future__ import annotations

from typing import Final

from stream.engine.counters import weighed
from stream.engine.kpis.kpi import Kpi, Value, View, count, divided, ratio
from stream.engine.kpis.mrr import M

_SOURCE: Final = "https://www.gainsight.com/guides/renewals/"


def _rate(view: View) -> Value:
    return divided(view["renewals_renewed"], view["renewals_due"] - view["renewals_pending"], "none due")


def _rate_mrr(view: View) -> Value:
    decided = view["renewal_mrr_due"] - view["renewal_mrr_pending"]
    return divided(view["renewal_mrr_renewed"], decided, "none due")


RENEWALS_DUE: Final = Kpi(
    "renewals_due",
    "renewals",
    M,
    count("renewals_due"),
    "Accounts whose paid period ended.",
    "Ends of a paid period in the window; those of one account on one local date are one.",
    _SOURCE,
    "An annual customer in month 5, and three whose month ended on the 1st: 3 on the 1st.",
)
RENEWALS_RENEWED: Final = Kpi(
    "renewals_renewed",
    "renewals",
    M,
    count("renewals_renewed"),
    "Those of them that went on.",
    "Due ones followed by an `active` state with a later period end, by `mrr.renewal_grace` after they were due.",
    _SOURCE,
    "Due on the 1st, paid on the 5th after a failed payment: 1, on the 1st.",
)
RENEWALS_PENDING: Final = Kpi(
    "renewals_pending",
    "renewals",
    M,
    count("renewals_pending"),
    "Those of them that are not decided.",
    "Due ones neither renewed nor ended, while `mrr.renewal_grace` lasts.",
    _SOURCE,
    "Due on the 1st, `past_due` since: 1 until the 15th, 0 from then on.",
)
RENEWAL_RATE: Final = Kpi(
    "renewal_rate",
    "fraction",
    M,
    _rate,
    "How many of those that could leave stayed.",
    "`renewals_renewed` ÷ (`renewals_due` − `renewals_pending`); null: none due.",
    _SOURCE,
    "Of four accounts due two renewed, one ended and one is pending: 0.666667.",
)
RENEWAL_RATE_MRR: Final = Kpi(
    "renewal_rate_mrr",
    "fraction",
    M,
    _rate_mrr,
    "The same, weighted by what they pay.",
    "MRR just before they were due of the subscriptions that renewed ÷ of those that are decided; null: none due.",
    _SOURCE,
    "Subscriptions of 100 and 50 renewed, one of 50 ended, one of 80 is pending: 0.75.",
)
TRIAL_CONVERSION_BILLING: Final = Kpi(
    "trial_conversion_billing",
    "fraction",
    M,
    ratio("billing_trials_converted", "billing_trials", "no trials"),
    "How many of the accounts that began to try went on to pay.",
    "Of the accounts whose first `trialing` state is in the window: those with MRR above 0 at any later instant; "
    "null: no trials.",
    "https://help.chartmogul.com/hc/en-us/articles/204710482",
    "Ten accounts began to try in May, and five of them paid later: 0.5 for May.",
    parts={"billing_trials_converted": weighed(1, 0), "billing_trials": weighed(0, 1)},
)
