"""Growth, from scratch: leads, funnel, trials, spend (part 2 of the catalogue, sections 2.4 and 3.4)."""

from fractions import Fraction

from .common import DAY, MILLISECOND, SECOND, as_text, attribute, cell, cell_seconds, lives, number
from .money import F_WINDOWS, M_WINDOWS, Rates, to_micro

ORDER = ("visited", "created", "qualified", "signed_up", "trial_started", "converted")
NAMES = ("visitors", "leads", "qualified_leads", "signups", "trials_started", "conversions")
HOLD = 400 * DAY  # "decided ones after 400 d"


def dimension(event, name):
    """Segments G: `channel`, `campaign`, `attributes`."""
    own = as_text(event.get(name)) if name in ("channel", "campaign") else None
    return own or attribute(event, name)


def first_given(events, value_of):
    """ "First non-empty" by event time."""
    return next((value for value in map(value_of, events) if value), None)


class Lead:
    """What the ordered events of one lead come to."""

    def __init__(self, events, settings):
        self.events = events
        self.first = {}
        for event in events:
            self.first.setdefault(event.get("stage"), event.time)
        self.first.pop("lost", None)
        # "`lost` holds while no other stage event is later"
        last = events[-1]
        self.lost = last.time if last.get("stage") == "lost" else None
        ends = [event.instant("trial_ends_at") for event in events if event.get("trial_ends_at") is not None]
        self.trial_end = ends[-1] if ends else self.first.get("trial_started", 0) + settings.trial_length
        self.trial_grace = settings.trial_grace

    @property
    def is_decided(self):
        return "converted" in self.first or self.lost is not None

    @property
    def is_open(self):
        """Leads `created`, neither converted nor lost."""
        return "created" in self.first and not self.is_decided

    @property
    def entered(self):
        """A lead enters at its earliest stage event (not `lost`)."""
        return min(self.first.values(), default=None)

    @property
    def is_referred(self):
        """*Self-referral* (`referrer_id` = `lead_id` or `account_id`) is no referral."""
        referrer = first_given(self.events, lambda event: event.get("referrer_id"))
        account = first_given(self.events, lambda event: event.get("account_id"))
        return referrer is not None and referrer not in (self.events[0].get("lead_id"), account)

    def is_in(self, segment):
        if segment is None:
            return True
        name, value = segment
        return first_given(self.events, lambda event: dimension(event, name)) == value

    def came(self, start, end):
        """The share `converted` at or after the visit, and likewise; each stage at its first time."""
        return end in self.first and self.first[end] >= self.first[start]

    def reached(self, stage):
        """An event of it **or of a later one**."""
        return any(later in self.first for later in ORDER[ORDER.index(stage) :])

    def is_mature(self, as_of):
        """Decided (mature) = converted at or after s, or lost, or as_of > end + grace."""
        late = as_of > self.trial_end + self.trial_grace
        return self.came("trial_started", "converted") or self.lost is not None or late

    @property
    def cycle(self):
        """ms; no `created`, or one after `converted`: left out."""
        if "created" not in self.first or not self.came("created", "converted"):
            return None
        return self.first["converted"] // MILLISECOND - self.first["created"] // MILLISECOND


def leads_of(world):
    """Per `lead_id`; what comes 400 d after the latest event of a decided one is a new lead."""
    changes = [event for event in world.events if event.type == "growth.lead_changed"]
    told = lives(changes, lambda event: event.get("lead_id"), HOLD, lambda told: Lead(told, world.settings).is_decided)
    leads = [Lead(events, world.settings) for events in told]
    return [lead for lead in leads if lead.is_in(world.segment)]


def spends_of(world):
    """(time, micro-units of the reporting currency or None, currency)."""
    rates = Rates(world.settings)
    for event in world.events:
        here = world.segment is None or dimension(event, world.segment[0]) == world.segment[1]
        if event.type == "growth.spend_recorded" and here:
            currency = event.get("currency")
            yield event.time, rates.convert(to_micro(event.get("amount"), currency), currency, event.time), currency


def growth_values(sheet, world):
    leads, spends = leads_of(world), list(spends_of(world))
    still_open = [lead for lead in leads if lead.is_open]
    sheet.count("open_pipeline", len(still_open))
    ages = [world.as_of - lead.first["created"] // MILLISECOND * MILLISECOND for lead in still_open]
    sheet.ratio("open_pipeline_age", Fraction(sum(ages), SECOND), len(ages), "no open leads")
    sheet.values["trial_cohorts"] = cohorts(leads, world)

    for window in F_WINDOWS:
        start, end = world.window(window)
        for stage, name in zip(ORDER, NAMES, strict=True):
            sheet.count(f"{name}.{window}", sum(start <= lead.first.get(stage, start - 1) < end for lead in leads))
        sheet.count(f"lost_leads.{window}", sum(lead.lost is not None and start <= lead.lost < end for lead in leads))
    for window in M_WINDOWS:
        rates_of(sheet, world, window, leads)
        start, end = world.window(window)
        inside = [spend for spend in spends if start <= spend[0] < end]
        spent, missing = sum(micro or 0 for _, micro, _ in inside), {cur for _, micro, cur in inside if micro is None}
        sheet.money(f"spend.{window}", spent, missing)
        conversions = sheet.values[f"conversions.{window}"]
        sheet.ratio(f"cost_per_conversion.{window}", Fraction(spent, 1_000_000), conversions, "no conversions")
        sheet.qualify(f"cost_per_conversion.{window}", missing if conversions else ())


def rates_of(sheet, world, window, leads):
    start, end = world.window(window)
    at = {stage: [lead for lead in leads if start <= lead.first.get(stage, start - 1) < end] for stage in ORDER}
    for name, begin, goal, reason in (
        ("conversion_rate", "visited", "converted", "no visitors"),
        ("signup_rate", "visited", "signed_up", "no visitors"),
        ("lead_conversion_rate", "created", "converted", "no leads"),
        ("trial_conversion", "trial_started", "converted", "no trials"),
    ):
        sheet.ratio(f"{name}.{window}", sum(lead.came(begin, goal) for lead in at[begin]), len(at[begin]), reason)
    sheet.ratio(f"conversion_rate_frame.{window}", len(at["converted"]), len(at["visited"]), "no visitors")
    mature = sum(lead.is_mature(world.as_of) for lead in at["trial_started"])
    sheet.ratio(f"trial_maturity.{window}", mature, len(at["trial_started"]), "no trials")
    cycles = sorted(lead.cycle for lead in at["converted"] if lead.cycle is not None)
    sheet.ratio(f"sales_cycle_avg.{window}", Fraction(sum(cycles), 1_000), len(cycles), "no conversions")
    if cycles:
        sheet.figure(f"sales_cycle_median.{window}", cell_seconds(cell(cycles[-(-len(cycles) // 2) - 1], longest=None)))
    else:
        sheet.null(f"sales_cycle_median.{window}", "no conversions")
    referrals = sum(lead.is_referred for lead in at["signed_up"])
    sheet.count(f"referrals.{window}", referrals)
    sheet.ratio(f"referral_rate.{window}", referrals, len(at["signed_up"]), "no signups")
    entered = [lead for lead in leads if lead.entered is not None and start <= lead.entered < end]
    sheet.values[f"funnel.{window}"] = funnel(entered)


def funnel(leads):
    """`step_rate` = count / count of the stage before (null for the first or if that is 0), `drop_off` = 1 - it."""
    rows, before = {}, 0
    for stage in ORDER:
        count = sum(lead.reached(stage) for lead in leads)
        rate = Fraction(count, before) if before else None
        rows[stage] = {
            "count": count,
            "step_rate": None if rate is None else number(rate),
            "drop_off": None if rate is None else number(1 - rate),
        }
        before = count
    return rows


def cohorts(leads, world):
    """One row a calendar month (zone) of trial start, the current month and the 11 before, oldest first."""
    calendar = world.settings.calendar
    first = calendar.day_of(world.as_of).replace(day=1)
    months = [(first.year - (back >= first.month), (first.month - 1 - back) % 12 + 1) for back in range(11, -1, -1)]
    rows = []
    for year, month in months:
        mine = []
        for lead in leads:
            if "trial_started" in lead.first:
                day = calendar.day_of(lead.first["trial_started"])
                if (day.year, day.month) == (year, month):
                    mine.append(lead)
        row = {"cohort": f"{year}-{month:02}", "started": len(mine)}
        row["converted"] = sum(lead.came("trial_started", "converted") for lead in mine)
        row["lost"] = sum(lead.lost is not None for lead in mine)
        row["mature"] = sum(lead.is_mature(world.as_of) for lead in mine)
        row["rate"] = number(Fraction(row["converted"], len(mine))) if mine else None
        row["maturity"] = number(Fraction(row["mature"], len(mine))) if mine else None
        rows.append(row)
    return rows
