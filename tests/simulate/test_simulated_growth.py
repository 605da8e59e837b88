"""Where customers come from: the truth against the catalogue's own rules, read from the events one by one."""

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from schemas.currencies import exponent
from stream.simulate import START, Business
from stream.simulate.instants import DAY, instant, moment
from stream.simulate.prices import half_up
from stream.simulate.truth.numbers import ratio
from stream.simulate.truth.quantiles import cell, quantile
from stream.simulate.truth.windows import CALENDAR, LONG, windows

STAGES = ("visited", "created", "qualified", "signed_up", "trial_started", "converted")
COUNTS = ("visitors", "leads", "qualified_leads", "signups", "trials_started", "conversions")
FLOWS = ("1h", *LONG, *CALENDAR)
WINDOWS = (*LONG, *CALENDAR)
FX = {"EUR": "1.0837", "JPY": "0.00671"}
ZONE = "Pacific/Auckland"


@pytest.fixture(scope="module")
def business():
    return Business(seed=12, days=50, accounts=45, fx=FX, zone=ZONE)


@pytest.fixture(scope="module")
def events(business):
    found = [event for event in business.events() if event["type"].startswith("growth.")]
    return [(instant(datetime.fromisoformat(event["time"])), event) for event in found if not event.get("test")]


class Lead:
    """§3.4: a lead, from its events in order."""

    def __init__(self, told):
        self.first, self.lost, self.referrer, self.ends, self.account = {}, None, None, None, None
        named = {}
        for at, event in told:
            if event["stage"] == "lost":
                self.lost = at
            else:
                self.first.setdefault(event["stage"], at)
                self.lost = None
            values = {"channel": event.get("channel"), "campaign": event.get("campaign"), **event.get("attributes", {})}
            for name, value in values.items():
                named[name] = named.get(name) or value
            self.referrer = self.referrer or event.get("referrer_id")
            self.account = self.account or event.get("account_id")
            if "trial_ends_at" in event:
                self.ends = instant(datetime.fromisoformat(event["trial_ends_at"]))
        self.name = told[0][1]["lead_id"]
        self.segments = {"all", *(f"{name}={value}" for name, value in named.items() if value)}

    def after(self, start, end):
        return end in self.first and self.first[end] >= self.first[start]

    def decided(self, as_of):
        end = self.ends or self.first["trial_started"] + 14 * DAY
        return self.after("trial_started", "converted") or self.lost is not None or as_of > end + 7 * DAY


@pytest.fixture(scope="module", params=[1.5, 20.3, 31.5, 50])
def told(business, events, request):
    as_of = START + timedelta(days=request.param)
    at = instant(as_of)
    before = [pair for pair in events if pair[0] < at]
    by_lead = {}
    for pair in before:
        if pair[1]["type"] == "growth.lead_changed":
            by_lead.setdefault(pair[1]["lead_id"], []).append(pair)
    whole = business.truth(as_of, families=True)
    truth = whole["families"]["growth"]
    spends = [(when, event) for when, event in before if event["type"] == "growth.spend_recorded"]
    return at, [Lead(one) for one in by_lead.values()], spends, {"all": truth["values"], **truth["segments"]}, whole


def spent(spends, segment, window):
    total = 0
    for at, event in spends:
        named = {f"{name}={event[name]}" for name in ("channel", "campaign") if name in event}
        if segment in {"all"} | named and window.start <= at < window.end:
            micro = event["amount"] * 10 ** (6 - exponent(event["currency"]))
            total += half_up(micro * Fraction(FX.get(event["currency"], "1")))
    return total


def test_flows(told):
    at, leads, _, truth, _ = told
    for segment, values in truth.items():
        mine = [lead for lead in leads if segment in lead.segments]
        for name in FLOWS:
            start, end = windows(at, ZONE)[name]
            for stage, kpi in zip(STAGES, COUNTS, strict=True):
                assert values[f"{kpi}.{name}"] == sum(start <= lead.first.get(stage, -1) < end for lead in mine)
            assert values[f"lost_leads.{name}"] == sum(start <= (lead.lost or -1) < end for lead in mine)


def test_rates_and_cycles(told):
    at, leads, _, truth, _ = told
    for segment, values in truth.items():
        mine = [lead for lead in leads if segment in lead.segments]
        for name in WINDOWS:
            start, end = windows(at, ZONE)[name]
            by = {stage: [lead for lead in mine if start <= lead.first.get(stage, -1) < end] for stage in STAGES}
            for kpi, begin, goal in (
                ("conversion_rate", "visited", "converted"),
                ("signup_rate", "visited", "signed_up"),
                ("lead_conversion_rate", "created", "converted"),
                ("trial_conversion", "trial_started", "converted"),
            ):
                won = sum(lead.after(begin, goal) for lead in by[begin])
                assert values[f"{kpi}.{name}"] == ratio(won, len(by[begin]))
            assert values[f"conversion_rate_frame.{name}"] == ratio(len(by["converted"]), len(by["visited"]))
            mature = sum(lead.decided(at) for lead in by["trial_started"])
            assert values[f"trial_maturity.{name}"] == ratio(mature, len(by["trial_started"]))
            cycles = [
                lead.first["converted"] - lead.first["created"]
                for lead in by["converted"]
                if "created" in lead.first and lead.first["created"] <= lead.first["converted"]
            ]
            assert values[f"sales_cycle_avg.{name}"] == ratio(sum(cycles), 1000 * len(cycles))
            cells = Counter(cell(milliseconds, session=False) for milliseconds in cycles)
            assert values[f"sales_cycle_median.{name}"] == quantile(cells, Fraction(1, 2))
            referred = sum(
                lead.referrer is not None and lead.referrer not in (lead.name, lead.account) for lead in by["signed_up"]
            )
            assert values[f"referrals.{name}"] == referred
            assert values[f"referral_rate.{name}"] == ratio(referred, len(by["signed_up"]))


def test_funnel(told):
    at, leads, _, truth, _ = told
    for segment, values in truth.items():
        for name in WINDOWS:
            start, end = windows(at, ZONE)[name]
            entered = [
                lead
                for lead in leads
                if segment in lead.segments and lead.first and start <= min(lead.first.values()) < end
            ]
            furthest = Counter(max(STAGES.index(stage) for stage in lead.first) for lead in entered)
            counts = [sum(furthest[later] for later in range(place, len(STAGES))) for place in range(len(STAGES))]
            funnel = values[f"funnel.{name}"]
            assert [funnel[stage]["count"] for stage in STAGES] == counts
            assert [funnel[stage]["step_rate"] for stage in STAGES[1:]] == [
                ratio(after, before) for before, after in pairwise(counts)
            ]
            for row in list(funnel.values())[1:]:
                assert row["step_rate"] is row["drop_off"] is None or row["step_rate"] + row[
                    "drop_off"
                ] == pytest.approx(1)


def test_pipeline_and_cohorts(told):
    at, leads, _, truth, _ = told
    for segment, values in truth.items():
        mine = [lead for lead in leads if segment in lead.segments]
        ages = [
            at - lead.first["created"]
            for lead in mine
            if "created" in lead.first and "converted" not in lead.first and lead.lost is None
        ]
        assert values["open_pipeline"] == len(ages)
        assert values["open_pipeline_age"] == ratio(sum(ages), 1000 * len(ages))
        rows = values["trial_cohorts"]
        assert [row["cohort"] for row in rows] == sorted({row["cohort"] for row in rows})
        assert len(rows) == 12
        started = [lead for lead in mine if "trial_started" in lead.first]
        assert sum(row["started"] for row in rows) == len(started)
        assert sum(row["mature"] for row in rows) == sum(lead.decided(at) for lead in started)
        assert sum(row["converted"] for row in rows) == sum(
            lead.after("trial_started", "converted") for lead in started
        )
        assert sum(row["lost"] for row in rows) == sum(lead.lost is not None for lead in started)


def test_the_latest_cohort_is_that_of_the_local_month(told):
    local = moment(told[0]).astimezone(ZoneInfo(ZONE))

    assert told[3]["all"]["trial_cohorts"][-1]["cohort"] == f"{local.year}-{local.month:02d}"


def test_money(told):
    at, leads, spends, truth, whole = told
    for segment, values in truth.items():
        for name in WINDOWS:
            window = windows(at, ZONE)[name]
            total = spent(spends, segment, window)
            won = sum(
                segment in lead.segments and window.start <= lead.first.get("converted", -1) < window.end
                for lead in leads
            )
            assert values[f"spend.{name}"] == total / 1_000_000
            assert values[f"cost_per_conversion.{name}"] == ratio(total, 1_000_000 * won)
            if segment == "all" and name in ("30d", "month", "last_month"):
                new = whole["values"][f"new_accounts.{name}"]
                assert values[f"cac.{name}"] == ratio(total, 1_000_000 * new)


# --- the world


def test_every_oddity_occurs(events):
    told = [event for _, event in events if event["type"] == "growth.lead_changed"]
    spends = [event for _, event in events if event["type"] == "growth.spend_recorded"]
    stages = {}
    for event in told:
        stages.setdefault(event["lead_id"], []).append(event["stage"])

    assert {event["stage"] for event in told} == {*STAGES, "lost"}
    assert any(one.count("converted") == 2 for one in stages.values())
    assert any(one.count("trial_started") == 2 for one in stages.values())
    assert any("lost" in one and one[-1] != "lost" for one in stages.values()), "lost, then reopened"
    assert any(one[0] == "created" for one in stages.values())
    assert any(event.get("referrer_id") in (event["lead_id"], f"acct{event['lead_id'][9:]}") for event in told)
    assert any("trial_ends_at" not in event for event in told if event["stage"] == "trial_started")
    assert any(event["amount"] < 0 for event in spends)
    assert {event["currency"] for event in spends} == {"USD", "EUR", "JPY"}
    assert any("channel" not in event for event in spends)


def test_accounts_are_leads_that_signed_up(business, events):
    """The stages of an account go with what its billing says."""
    told = {}
    for at, event in events:
        if "account_id" in event:
            told.setdefault(event["account_id"], {}).setdefault(event["stage"], at)
    customers = {account.name: account for account in business._accounts if not account.test}

    assert told.keys() <= customers.keys()
    assert len(told) > 0.9 * len(customers)
    for name, stages in told.items():
        account = customers[name]
        paid = next((worth.at for worth in account.worths if worth.micro), None)
        assert 0 <= stages["signed_up"] - account.signup <= 20_000
        if "converted" in stages:
            assert 0 < stages["converted"] - paid < 130_000
            assert stages["converted"] > stages["signed_up"]
        trial = next((at for at, event in account.diary if event.get("status") == "trialing"), None)
        assert (trial is not None) >= ("trial_started" in stages)


# --- beside the other families


def is_new(event):
    return event["type"].startswith(("feedback.", "growth."))


@pytest.mark.parametrize("options", [{}, {"late": 0.1, "duplicates": 0.1}])
def test_all_else_stays_as_it_is_without_them(options):
    """To the byte and in the same order, late and repeated ones too; and so does what the world says of itself."""
    with_them = Business(7, 6, accounts=8, **options)
    without = Business(7, 6, accounts=8, families=("usage", "billing", "uptime"), **options)
    events = list(with_them.events())

    assert [event for event in events if not is_new(event)] == list(without.events())
    assert sum(map(is_new, events)) > 50
    assert with_them.truth() == without.truth()
    assert {
        name: value for name, value in with_them.truth(families=True).items() if name != "families"
    } == without.truth()


def test_any_families_are_told():
    whole = list(Business(7, 4, accounts=6).events())
    for families in (["usage"], ["billing"], ["uptime", "feedback"], ["growth"]):
        prefixes = tuple(f"{name}." for name in families)
        told = list(Business(7, 4, accounts=6, families=families).events())
        assert told == [event for event in whole if event["type"].startswith(prefixes)]


def test_a_family_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="no family 'weather'; there are usage"):
        Business(7, 1, accounts=1, families=("usage", "weather"))


def test_before_anything():
    """Zeros and nulls."""
    families = Business(4, 2, accounts=4).truth(START, families=True)["families"]

    assert families["feedback"]["segments"] == families["growth"]["segments"] == {}
    assert families["feedback"]["values"]["feedback_items.30d"] == families["growth"]["values"]["visitors.30d"] == 0
    assert families["feedback"]["values"]["nps.30d"] is families["growth"]["values"]["cac.30d"] is None
    assert families["feedback"]["values"]["stars_by_aspect.30d"] == {}
