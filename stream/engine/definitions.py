"""What the business measures: `vitals.yaml` as models. An empty file is valid; every default is the contract's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from stream.engine.alerting.rules import Rule
from stream.engine.custom.model import CustomKpi
from stream.engine.sections import Currency, Duration, Exact, Rate, Section, SnakeCase, Zone, known_currency
from stream.engine.slos.model import Slo
from stream.engine.steering.model import Target, Trend

DAY = 86_400


class BusinessSection(Section):
    """The business whose numbers these are."""

    zone: Zone = Field("UTC", description="IANA zone of the calendar windows")
    week_start: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        "monday", description="first day of a week"
    )
    currency: Currency = Field("USD", description="the reporting currency")


class SessionsSection(Section):
    """When a session begins and ends."""

    gap: Duration = Field(1_800, description="silence that ends a session of a client without session ids")
    heartbeat: Duration = Field(10, ge=1, le=DAY, description="interval of page pings")
    min_visit: Duration = Field(5, description="engaged time of a page with a single ping")


class FeatureEntry(Section):
    """Who could use a feature; without an entry: every active user."""

    name: str = Field(min_length=1, description="as in `usage.tracked`")
    plans: list[str] | None = Field(None, description="the plans that have it; without: everyone")


class Grace(Section):
    """Later than this, an event goes to the late topic and counts as `too_late`."""

    usage: Duration = Field(3_600, description="of usage events")
    uptime: Duration = Field(3_600, description="of uptime events")
    billing: Duration = Field(35 * DAY, description="of billing events")
    feedback: Duration = Field(35 * DAY, description="of feedback events")
    growth: Duration = Field(35 * DAY, description="of growth events")


class LatenessSection(Section):
    """How late an event may come."""

    allowed: Duration = Field(5, description="how far the watermark stays behind the highest event time")
    grace: Grace = Field(Grace(), description="how much later than the watermark an event still corrects")
    future: Duration = Field(300, description="how far ahead of the clock an event may be")


class MrrSection(Section):
    """What monthly recurring revenue counts."""

    discounts: Literal["recurring", "forever", "none"] = Field(
        "recurring", description="the discounts that lower it: all that recur, only those without end, or none"
    )
    past_due: Literal["counts", "excluded"] = Field(
        "counts", description="whether a subscription that is past due counts"
    )
    paused: Literal["excluded", "counts"] = Field("excluded", description="whether a paused subscription counts")
    churn_at: Literal["period_end", "canceled", "scheduled"] = Field(
        "period_end",
        description="when a cancellation is churn: as the paid period ends, as it is canceled, or as it is scheduled",
    )
    netting: Duration = Field(3_600, description="movements of one account closer than this are one")
    renewal_grace: Duration = Field(14 * DAY, description="how long after a period's end its renewal may still come")


class GrowthSection(Section):
    """Trials and leads."""

    trial_length: Duration = Field(14 * DAY, description="of a trial that does not say when it ends")
    trial_grace: Duration = Field(7 * DAY, description="how long after its end a trial may still convert")


class SignalsSection(Section):
    """Thresholds of the churn signals; days are whole local days, shares are fractions of the baseline."""

    dormant_after: Duration = Field(14 * DAY, description="no active use for this long: `dormant`")
    usage_drop_below: Rate = Field(Fraction(1, 2), description="share of the baseline under which use has dropped")
    usage_drop_recovers: Rate = Field(Fraction(7, 10), description="share from which it has recovered")
    usage_drop_min_week: int = Field(20, ge=1, description="active-use events a week below which no drop is seen")
    baseline_days: int = Field(28, ge=7, le=60, description="complete days before the last seven")
    baseline_min_days: int = Field(21, ge=1, description="of them at least this many since first use")
    warm_up: Duration = Field(28 * DAY, description="after the account's first event nothing is said of its use")
    payment_failed_for: Duration = Field(30 * DAY, description="how long a lone failed payment is held against it")
    low_nps: int = Field(6, ge=0, le=10, description="an nps up to this, on its usual scale, is a `low_score`")
    low_stars: int = Field(2, ge=1, le=5, description="a csat or stars up to this, on their usual scale, are one")
    low_share: Rate = Field(Fraction(3, 10), description="on any other scale: the lowest part of it that is one")
    low_score_for: Duration = Field(90 * DAY, le=90 * DAY, description="how long a low score is held against it")
    severe_ticket_for: Duration = Field(30 * DAY, description="how long a severe ticket is held against it")
    seats_removed_share: Rate = Field(Fraction(1, 10), description="fewer seats than before by this: `seats_removed`")
    seats_removed_for: Duration = Field(
        28 * DAY, le=28 * DAY, description="how far back seats are compared, and how long fewer are held against it"
    )
    near_limit_from: Rate = Field(
        Fraction(4, 5), description="share of `plan_limit` from which it is `near_plan_limit`"
    )
    near_limit_until: Rate = Field(Fraction(7, 10), description="share below which it is not any more")
    saturated_from: Rate = Field(Fraction(9, 10), description="users a seat from which it is `seat_saturation`")
    saturated_until: Rate = Field(Fraction(4, 5), description="users a seat below which it is not any more")
    saturated_min_seats: int = Field(3, ge=1, description="with fewer seats it never is")
    very_active_from: int = Field(5, ge=1, le=7, description="active days of the last seven: `very_active_free`")
    very_active_until: int = Field(3, ge=1, le=7, description="with fewer it is not any more")
    opportunity_for: Duration = Field(28 * DAY, le=28 * DAY, description="how long an opportunity is told")


class FeedbackSection(Section):
    """How answers and complaints are counted."""

    one_vote: list[Literal["nps", "csat", "ces", "stars"]] = Field(
        ["nps", "csat", "ces", "stars"], description="surveys in which a respondent's last answer counts alone"
    )
    ces_direction: Literal["ease", "effort"] = Field(
        "ease", description="what a high score says: that it was easy, or an effort"
    )
    complaint_sentiment: Exact = Field(Decimal(0), description="an answer below this sentiment is a complaint")
    bayes_weight: int = Field(10, ge=0, description="answers of the mean that a topic's own are weighed against")
    priority_top: int = Field(20, ge=1, description="how many topics the table of priorities shows")


class QualitySection(Section):
    """How uptime is counted."""

    degraded: Literal["up", "down"] = Field("up", description="what a degraded service counts as")
    check_stale: Duration = Field(300, description="how long a check speaks for its region")
    outage_merge: Duration = Field(60, description="two outages closer than this are one")
    apdex: str = Field("500ms", pattern=r"^[0-9]{1,7}ms$", description="the satisfying latency")
    detect_within: Duration = Field(900, description="an incident belongs to an outage that ended this recently")

    @property
    def satisfied_ms(self) -> int:
        """The satisfying latency in milliseconds."""
        return int(self.apdex.removesuffix("ms"))


class AlertingSection(Section):
    """How rules are judged."""

    interval: Duration = Field(60, ge=1, description="rules are judged at its multiples since the epoch")
    catch_up: Duration = Field(7_200, description="older instants that were missed are skipped")
    stalled: Duration = Field(300, description="how long a partition may stay behind before judging goes on")
    page_within: Duration = Field(900, description="alerts about older instants are historic")
    no_data_resolve: Duration = Field(DAY, description="a firing alert without a value resolves after this")
    early: bool = Field(False, description="judge a rule without `for` at every snapshot too, to fire at once")
    max_per_hour: int = Field(60, ge=0, description="notifications of all rules; 0: no cap")


class FxEntry(Section):
    """The rates in force from a local date on, in units of the reporting currency."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)
    __pydantic_extra__: dict[str, Rate]

    from_date: date = Field(alias="from")

    @property
    def rates(self) -> dict[str, Fraction]:
        """Units of the reporting currency by currency code."""
        return dict(self.__pydantic_extra__)

    @model_validator(mode="after")
    def _known(self) -> FxEntry:
        for code in self.__pydantic_extra__:
            known_currency(code)
        return self


class Definitions(Section):
    """The whole file."""

    business: BusinessSection = BusinessSection()
    fx: dict[Currency, Rate] | list[FxEntry] = Field(
        {},
        description="rates to the reporting currency: units of it for one unit of the other, by currency; "
        "or a list of `{from: date, EUR: …}`, each in force from its local date on",
    )
    sessions: SessionsSection = SessionsSection()
    features: list[FeatureEntry] = []
    lateness: LatenessSection = LatenessSection()
    mrr: MrrSection = MrrSection()
    growth: GrowthSection = GrowthSection()
    signals: SignalsSection = SignalsSection()
    feedback: FeedbackSection = FeedbackSection()
    quality: QualitySection = QualitySection()
    alerting: AlertingSection = AlertingSection()
    segments: list[SnakeCase] = Field(
        ["plan", "country", "service"], description="fields or attributes: there is a snapshot for each of their values"
    )
    rules: list[Rule] = []
    slos: list[Slo] = []
    targets: list[Target] = []
    trends: list[Trend] = []
    kpis: list[CustomKpi] = []
    receivers: list[dict[str, Any]] = Field([], description="read, not acted on yet")
    silences: list[dict[str, Any]] = Field([], description="read, not acted on yet")

    @property
    def has_grid(self) -> bool:
        """Whether anything is asked for at the instants of the grid."""
        return bool(self.rules or self.targets or self.trends or any(slo.used_pairs for slo in self.slos))

    @model_validator(mode="after")
    def _unique(self) -> Definitions:
        for what, names in (
            ("segments", self.segments),
            ("rules", [rule.name for rule in self.rules]),
            ("features", [feature.name for feature in self.features]),
            ("slos", [slo.name for slo in self.slos]),
            ("kpis", [kpi.name for kpi in self.kpis]),
            ("targets", [target.name for target in self.targets]),
            ("trends", [trend.name for trend in self.trends]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what}: {', '.join(twice)} stands there twice; names are unique")
        return self
