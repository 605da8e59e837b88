"""The pipeline: what the leads come to, and what they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from stream.simulate.growth import Spend
from stream.simulate.instants import DAY, moment
from stream.simulate.leads import Lead
from stream.simulate.segments import ALL
from stream.simulate.truth.numbers import Value, Values, money, ratio, rounded
from stream.simulate.truth.quantiles import cell, quantile
from stream.simulate.truth.windows import CALENDAR, LONG, Window

_FLOWS = ("1h", *LONG, *CALENDAR)
_WINDOWS = (*LONG, *CALENDAR)
_COST_WINDOWS = ("30d", "month", "last_month")
_STAGES = {
    "visited": "visitors",
    "created": "leads",
    "qualified": "qualified_leads",
    "signed_up": "signups",
    "trial_started": "trials_started",
    "converted": "conversions",
}
_ORDER = tuple(_STAGES)
_TRIAL, _GRACE = 14 * DAY, 7 * DAY


@dataclass(slots=True)
class Progress:
    """How far a lead has come by an instant.

    Attributes:
        first: Stage → when it was first there; all instants are milliseconds since the epoch.
        entered: When it first came in at all; None if all that is known is that it was lost.
        lost: When it was lost, if it is.
        segments: Where it counts.
        referred: Whether somebody else recommended us.
        trial_ends: When its trial is over, if it had one.
    """

    first: dict[str, int]
    entered: int | None
    lost: int | None
    segments: tuple[str, ...]
    referred: bool
    trial_ends: int | None

    def reached(self, stage: str) -> bool:
        """Say whether it came to a stage or beyond."""
        return any(later in self.first for later in _ORDER[_ORDER.index(stage) :])

    def went(self, start: str, end: str) -> bool:
        """Say whether it came from one stage to another, in this order."""
        return end in self.first and self.first[end] >= self.first[start]

    def decided(self, as_of: int) -> bool:
        """Say whether its trial will have no other end."""
        late = self.trial_ends is not None and as_of > self.trial_ends + _GRACE
        return self.went("trial_started", "converted") or self.lost is not None or late


def progress(lead: Lead, as_of: int) -> Progress | None:
    """Say how far a lead has come; None if it is not known yet."""
    steps = [step for step in lead.steps if step.at < as_of]
    if not steps:
        return None
    first: dict[str, int] = {}
    for step in steps:
        first.setdefault(step.stage, step.at)
    first.pop("lost", None)
    lost = steps[-1].at if steps[-1].stage == "lost" else None
    named = [
        f"{dimension}={value}"
        for dimension in ("channel", "campaign", "country")
        if (value := next((found for step in steps if (found := getattr(step, dimension))), None))
    ]
    referrer = next((step.referrer for step in steps if step.referrer), None)
    ends = [step.trial_ends for step in steps if step.trial_ends is not None]
    trial = first.get("trial_started")
    return Progress(
        first,
        min(first.values(), default=None),
        lost,
        (ALL, *named),
        referrer is not None and referrer not in (lead.name, lead.account),
        ends[-1] if ends else None if trial is None else trial + _TRIAL,
    )


class Pipeline:
    """The leads and the spending before an instant.

    Args:
        leads: All leads, with all that was told of them.
        spends: All that was spent.
        as_of: What was told before it counts; milliseconds since the epoch.
        named: The windows.
        zone: IANA name of the zone of the business.
    """

    def __init__(
        self, leads: Iterable[Lead], spends: Iterable[Spend], as_of: int, named: dict[str, Window], zone: str
    ) -> None:
        self._as_of = as_of
        self._named = named
        self._zone = zone
        self._leads = [found for lead in leads if (found := progress(lead, as_of)) is not None]
        self._spends = [spend for spend in spends if spend.at < as_of]
        self.segments = {ALL}
        self.segments.update(*(lead.segments for lead in self._leads), *(spend.segments for spend in self._spends))

    def values(self, segment: str, new_accounts: Callable[[str], int]) -> Values:
        """Say the values of growth in a segment.

        Args:
            segment: Which.
            new_accounts: Says how many accounts were new in a window; asked for `all` only.
        """
        mine = [lead for lead in self._leads if segment in lead.segments]
        spends = [spend for spend in self._spends if segment in spend.segments]
        open_ = [one.first["created"] for one in mine if "created" in one.first and not _closed(one)]
        age = [self._as_of - created for created in open_]
        values: Values = {"open_pipeline": len(open_), "open_pipeline_age": ratio(sum(age), 1000 * len(age))}
        values["trial_cohorts"] = self._cohorts(mine)
        for name in _FLOWS:
            window = self._named[name]
            for stage, kpi in _STAGES.items():
                values[f"{kpi}.{name}"] = len(_among(mine, stage, window))
            values[f"lost_leads.{name}"] = sum(1 for one in mine if _in(one.lost, window))
        for name in _WINDOWS:
            values |= {f"{kpi}.{name}": value for kpi, value in self._rates(mine, spends, self._named[name]).items()}
        if segment == ALL:
            for name in _COST_WINDOWS:
                spent = sum(spend.micro for spend in spends if _in(spend.at, self._named[name]))
                values[f"cac.{name}"] = ratio(spent, 1_000_000 * new_accounts(name))
        return values

    def _rates(self, leads: Sequence[Progress], spends: Sequence[Spend], window: Window) -> Values:
        by_stage = {stage: _among(leads, stage, window) for stage in _ORDER}
        visited, trials, won = by_stage["visited"], by_stage["trial_started"], by_stage["converted"]
        cycles = [one.first["converted"] - one.first["created"] for one in won if _cycles(one)]
        referrals = sum(1 for one in by_stage["signed_up"] if one.referred)
        spent = sum(spend.micro for spend in spends if _in(spend.at, window))
        return {
            "conversion_rate": _share(visited, "visited", "converted"),
            "conversion_rate_frame": ratio(len(won), len(visited)),
            "signup_rate": _share(visited, "visited", "signed_up"),
            "lead_conversion_rate": _share(by_stage["created"], "created", "converted"),
            "funnel": _funnel([one for one in leads if _in(one.entered, window)]),
            "trial_conversion": _share(trials, "trial_started", "converted"),
            "trial_maturity": ratio(sum(1 for one in trials if one.decided(self._as_of)), len(trials)),
            "sales_cycle_avg": ratio(sum(cycles), 1000 * len(cycles)),
            "sales_cycle_median": quantile(Counter(cell(ms, session=False) for ms in cycles), Fraction(1, 2)),
            "referrals": referrals,
            "referral_rate": ratio(referrals, len(by_stage["signed_up"])),
            "spend": money(spent),
            "cost_per_conversion": ratio(spent, 1_000_000 * len(won)),
        }

    def _cohorts(self, leads: Sequence[Progress]) -> Value:
        """List the trials by the local month in which they began: this one and the eleven before, oldest first."""
        months: dict[str, list[Progress]] = {}
        for one in leads:
            if "trial_started" in one.first:
                months.setdefault(self._month(one.first["trial_started"]), []).append(one)
        year, month = map(int, self._month(self._as_of).split("-"))
        table = []
        for back in range(11, -1, -1):
            years, place = divmod(12 * year + month - 1 - back, 12)
            name = f"{years}-{place + 1:02d}"
            began = months.get(name, [])
            won = sum(1 for one in began if one.went("trial_started", "converted"))
            mature = sum(1 for one in began if one.decided(self._as_of))
            row = {"cohort": name, "started": len(began), "converted": won}
            row |= {"lost": sum(1 for one in began if one.lost is not None), "mature": mature}
            table.append({**row, "rate": ratio(won, len(began)), "maturity": ratio(mature, len(began))})
        return table

    def _month(self, at: int) -> str:
        return moment(at).astimezone(ZoneInfo(self._zone)).strftime("%Y-%m")


def _in(at: int | None, window: Window) -> bool:
    return at is not None and window.start <= at < window.end


def _cycles(lead: Progress) -> bool:
    return "created" in lead.first and lead.went("created", "converted")


def _closed(lead: Progress) -> bool:
    return "converted" in lead.first or lead.lost is not None


def _among(leads: Sequence[Progress], stage: str, window: Window) -> list[Progress]:
    """List those that were first at a stage in a window."""
    return [one for one in leads if _in(one.first.get(stage), window)]


def _share(leads: Sequence[Progress], start: str, end: str) -> float | None:
    return ratio(sum(1 for one in leads if one.went(start, end)), len(leads))


def _funnel(leads: Sequence[Progress]) -> Value:
    table = {}
    before: int | None = None
    for stage in _ORDER:
        count = sum(1 for one in leads if one.reached(stage))
        rate = ratio(count, before) if before else None
        drop = rounded(1 - Fraction(count, before)) if before else None
        table[stage] = {"count": count, "step_rate": rate, "drop_off": drop}
        before = count
    return table
