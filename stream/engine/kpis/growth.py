"""Growth: leads, funnel, trials (catalogue part 2, section 2.4)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any, Final

from stream.engine.calendar import Calendar
from stream.engine.counters import Parts, weighed
from stream.engine.kpis.kpi import Kpi, Value, View, count, divided, gauge, ratio
from stream.engine.kpis.mrr import M
from stream.engine.publication import published
from stream.engine.quantiles import quantile
from stream.engine.windows import C, H

_F: Final = (*H, *C)
_STAGES: Final = ("visited", "created", "qualified", "signed_up", "trial_started", "converted")
_MONTHS: Final = 12
_MS: Final = 1_000
_LEADS: Final = "https://help.chartmogul.com/hc/en-us/articles/210547889"
_CONVERSION: Final = "https://support.google.com/adxbuyer/answer/166189"
_FUNNELS: Final = "https://umami.is/docs/funnel"
_TRIALS: Final = "https://help.chartmogul.com/hc/en-us/articles/115000865205"
_CYCLES: Final = "https://help.chartmogul.com/hc/en-us/articles/115000865485"
_REFERRALS: Final = "https://en.wikipedia.org/wiki/Referral_marketing"


def _stage(name: str, stage: str, description: str, example: str) -> Kpi:
    return Kpi(
        name,
        "leads",
        _F,
        count(name),
        description,
        f"Leads by the first time at which they were `{stage}`.",
        _LEADS,
        example=example,
    )


def _funnel(view: View) -> Value:
    reached, rows, before = view.labels("funnel"), dict[str, dict[str, Any]](), 0
    for stage in _STAGES:
        here = reached.get(stage, 0)
        step = Fraction(here, before) if before else None
        rows[stage] = {
            "count": here,
            "step_rate": published(step),
            "drop_off": None if step is None else published(1 - step),
        }
        before = here
    return Value(rows)


@cache
def _calendar(zone: str) -> Calendar:
    return Calendar(zone)


def _cohorts(view: View) -> Value:
    current = _calendar(view.definitions.business.zone).periods(view.as_of).month
    counts = {name: view.labels_now(f"trial_cohort_{name}") for name in ("started", "converted", "lost", "mature")}
    rows: list[dict[str, Any]] = []
    for month in range(current - _MONTHS + 1, current + 1):
        row = {name: labels.get(str(month), 0) for name, labels in counts.items()}
        rows.append(
            {
                "cohort": f"{month // 12}-{month % 12 + 1:02d}",
                **row,
                "rate": published(divided(row["converted"], row["started"], "no trials").value),
                "maturity": published(divided(row["mature"], row["started"], "no trials").value),
            }
        )
    return Value(rows)


def _median(view: View) -> Value:
    cells = ((int(cell), number) for cell, number in view.labels("sales_cycle_cell").items())
    found = quantile(cells, Fraction(1, 2))
    return Value(None, "no conversions") if found is None else Value(found / _MS)


def _cycle(view: View) -> Value:
    return divided(Fraction(view["sales_cycle_ms"], _MS), view["sales_cycles"], "no conversions")


def _age(view: View) -> Value:
    leads = view.now("open_pipeline")
    return divided(view.as_of * leads - Fraction(view.now("open_pipeline_created_ms"), _MS), leads, "no open leads")


def _rate(
    name: str,
    part: str,
    whole: str,
    words: tuple[str, str, str],
    source: str,
    example: str,
    parts: Parts | None = None,
) -> Kpi:
    description, definition, reason = words
    formula: Callable[[View], Value] = ratio(part, whole, reason)
    said = f"{definition}; null: {reason}."
    return Kpi(name, "fraction", M, formula, description, said, source, example=example, parts=parts)


def _share(name: str, part: str, whole: str, words: tuple[str, str, str], source: str, example: str) -> Kpi:
    """Return a rate of the same leads: an objective can be set for it."""
    parts = {part: weighed(1, 0), whole: weighed(0, 1)}
    return _rate(name, part, whole, words, source, example, parts)


VISITORS: Final = _stage(
    "visitors", "visited", "Who came to have a look.", "A lead that visited on three days: 1, on the first of them."
)
LEADS: Final = _stage(
    "leads",
    "created",
    "Who left a name.",
    "`created` at 10:00, and again at 12:00: 1, at 10:00; a late 09:00 moves it.",
)
QUALIFIED_LEADS: Final = _stage(
    "qualified_leads", "qualified", "Leads that are worth an effort.", "5 leads `created`, 2 of them `qualified`: 2."
)
SIGNUPS: Final = _stage(
    "signups", "signed_up", "Who opened an account.", "A lead `converted` without ever having `signed_up`: 0."
)
TRIALS_STARTED: Final = _stage(
    "trials_started",
    "trial_started",
    "Who began a trial.",
    "A trial in May, a second one of the lead in June: 1, in May.",
)
CONVERSIONS: Final = _stage(
    "conversions",
    "converted",
    "Who became a customer.",
    "`converted` told by the CRM and again by billing: 1, at the first.",
)
LOST_LEADS: Final = Kpi(
    "lost_leads",
    "leads",
    _F,
    count("lost_leads"),
    "Who said no, and has not come back.",
    "Leads by the latest time at which they were `lost`, as long as no other stage comes later.",
    _LEADS,
    example="`lost` on Monday: 1 on Monday; `qualified` again on Friday: 0.",
)
CONVERSION_RATE: Final = _share(
    "conversion_rate",
    "visitors_converted",
    "visitors",
    (
        "How many visitors became customers.",
        "Of the leads first `visited` in the window, the share `converted` at or after the visit, by `as_of`",
        "no visitors",
    ),
    _CONVERSION,
    "4 visited in May, one of them converted in June: 0.25 for May, from June on.",
)
CONVERSION_RATE_FRAME: Final = _rate(
    "conversion_rate_frame",
    "conversions",
    "visitors",
    (
        "Customers won for each visitor of the same time.",
        "`conversions` ÷ `visitors`: not the same leads, so it may exceed 1",
        "no visitors",
    ),
    _CONVERSION,
    "4 visited in May, 5 of other months converted in May: 1.25.",
)
SIGNUP_RATE: Final = _share(
    "signup_rate",
    "visitors_signed_up",
    "visitors",
    (
        "How many visitors opened an account.",
        "Of the leads first `visited` in the window, the share `signed_up` at or after the visit, by `as_of`",
        "no visitors",
    ),
    _CONVERSION,
    "3 visited, 1 signed up two days later: 0.333333.",
)
LEAD_CONVERSION_RATE: Final = _share(
    "lead_conversion_rate",
    "leads_converted",
    "leads",
    (
        "How many leads became customers.",
        "Of the leads first `created` in the window, the share `converted` at or after that, by `as_of`",
        "no leads",
    ),
    _CONVERSION,
    "10 created, 5 of them converted: 0.5; one that was created only after it had converted is not among the 5.",
)
FUNNEL: Final = Kpi(
    "funnel",
    "table",
    M,
    _funnel,
    "How far those came who entered, and where they stayed behind.",
    "Of the leads whose earliest stage (but `lost`) is in the window, for each stage: `count` that came to it or "
    "beyond, `step_rate` = `count` ÷ the one before (null for the first, and over 0), `drop_off` = 1 − `step_rate`.",
    _FUNNELS,
    example="One visited, one visited and converted: `visited` counts 2, every stage after it 1, at a `step_rate` of "
    "0.5, then 1.",
)
TRIAL_CONVERSION: Final = _share(
    "trial_conversion",
    "trials_converted",
    "trials_started",
    (
        "How many trials ended in a purchase.",
        "Of the leads whose first trial began in the window, the share `converted` at or after that, by `as_of`",
        "no trials",
    ),
    _TRIALS,
    "10 trials began in May, 5 of the leads paid later: 0.5 for May.",
)
TRIAL_MATURITY: Final = _rate(
    "trial_maturity",
    "trials_decided",
    "trials_started",
    (
        "How final `trial_conversion` is: 1 when all its trials are decided.",
        "Of the same trials, the share that converted, is lost, or ended more than `growth.trial_grace` ago",
        "no trials",
    ),
    _TRIALS,
    "Two trials of 14 d began, one converted: 0.5, and 1 from just after 21 d on.",
)
TRIAL_COHORTS: Final = Kpi(
    "trial_cohorts",
    "table",
    (),
    _cohorts,
    "What became of the trials of each month.",
    "The current month of the business's zone and the 11 before, oldest first, by the trial's start: `started`, "
    "`converted`, `lost`, `mature`, `rate` = `converted` ÷ `started`, `maturity` = `mature` ÷ `started`; null where no "
    "trial started.",
    _TRIALS,
    example="10 began in May, 5 paid, 2 are lost: started 10, converted 5, lost 2, mature 7, rate 0.5, maturity 0.7.",
)
SALES_CYCLE_AVG: Final = Kpi(
    "sales_cycle_avg",
    "seconds",
    M,
    _cycle,
    "How long it takes to win a customer.",
    "Mean of first `converted` − first `created` of the leads converted in the window, in whole milliseconds; without "
    "`created`, or with one after `converted`, left out; null: no conversions.",
    _CYCLES,
    example="10 leads on 1 May, 5 paid on 11 May, 5 on 21 May: 1296000, which is 15 d.",
)
SALES_CYCLE_MEDIAN: Final = Kpi(
    "sales_cycle_median",
    "seconds",
    M,
    _median,
    "How long it takes to win a customer, unmoved by the slowest.",
    "Median of the same, nearest rank, relative error at most 1 %; null: no conversions.",
    _CYCLES,
    example="Cycles of 1, 2 and 30 d: about 2 d, the second of the three.",
)
OPEN_PIPELINE: Final = Kpi(
    "open_pipeline",
    "leads",
    (),
    gauge("open_pipeline"),
    "Leads that are neither won nor lost.",
    "Leads `created`, without `converted`, and not lost.",
    _LEADS,
    example="5 created, 1 converted, 1 lost, 1 lost and qualified again: 3.",
)
OPEN_PIPELINE_AGE: Final = Kpi(
    "open_pipeline_age",
    "seconds",
    (),
    _age,
    "How long the open leads have been waiting.",
    "Mean of `as_of` − first `created` over `open_pipeline`; null: no open leads.",
    _LEADS,
    example="Created 1 d and 3 d ago: 172800.",
)
REFERRALS: Final = Kpi(
    "referrals",
    "leads",
    M,
    count("referrals"),
    "Who opened an account because somebody recommended us.",
    "`signups` whose first `referrer_id` is neither their own `lead_id` nor their first `account_id`.",
    _REFERRALS,
    example="3 signups, one referred by `acme`, one by itself: 1.",
)
REFERRAL_RATE: Final = _rate(
    "referral_rate",
    "referrals",
    "signups",
    ("How many of those who open an account were referred.", "`referrals` ÷ `signups`", "no signups"),
    _REFERRALS,
    "3 signups, one of them referred: 0.333333.",
)
