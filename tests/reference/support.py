"""Support, complaints and priorities, from scratch (part 3 of the catalogue, sections 2.2, 2.3 and 3)."""

from fractions import Fraction

from .common import ALL_WINDOWS, DAY, HOUR, MILLISECOND, half_up, lives, number, quantile_seconds
from .feedback import L_WINDOWS, answers, said_of

FIELDS = {"ticket_id", "change", "actor", "priority", "severity", "topic", "kind", "channel", "assignee"}
TROUBLES = ("problem", "complaint", "request")
HOLD = 63 * DAY  # "A row goes when it is not open and none of its times is in any window": a fixed span of event time


class Ticket:
    """ "The row is a fold over the ticket's events in order"; the table of section 3.1, a cell a line."""

    def __init__(self, events):
        self.events = []
        self.created = events[0]
        self.state = None
        self.first_response = self.first_solved = self.last_solved = self.waiting_since = None
        self.reopenings = []
        self.reopened_since = False
        for event in events:
            self.take(event)

    def take(self, event):
        self.events.append(event)
        change, actor = event.get("change"), event.get("actor")
        if change == "replied":
            public = event.data.get("public", True) is not False
            change = f"{actor} replied" if public and actor != "bot" else "unseen reply"
        if self.state != "merged":
            getattr(self, change.replace(" ", "_"))(event.time, actor)

    def create(self, at):
        self.state, self.waiting_since = "open", at

    def opened(self, at, actor):
        if self.state is None:
            self.create(at)
            if actor == "agent":
                self.waiting_since = None  # "waiting unless `actor` is agent"
        elif self.state != "open":
            self.reopened(at, actor)  # "as `reopened`"

    def agent_replied(self, at, _):
        if self.state is None:
            self.create(at)  # "opened unseen, then as open"
        self.first_response = self.first_response or at  # "sets `first_response` if unset"
        self.waiting_since = None

    def customer_replied(self, at, _):
        if self.state is None:
            self.create(at)
        elif self.state == "open":
            self.waiting_since = self.waiting_since or at  # "starts the wait if none runs"

    def unseen_reply(self, at, _):
        if self.state is None:
            self.create(at)

    def solved(self, at, _):
        if self.state is None:
            self.create(at)  # "create and solve: 0 s"
        if self.state == "open":
            self.state, self.waiting_since = "solved", None
            self.first_solved, self.last_solved = self.first_solved or at, at

    def reopened(self, at, _):
        if self.state is None:
            self.create(at)
        elif self.state != "open":
            self.state, self.last_solved, self.waiting_since = "open", None, at
            self.reopenings.append(at)
            self.reopened_since = self.reopened_since or self.first_solved is not None

    def closed(self, _, __):
        self.state, self.waiting_since = "closed", None

    def merged(self, _, __):
        self.state, self.waiting_since = "merged", None

    # --- what it is

    @property
    def time(self):
        return self.created.time

    @property
    def order(self):
        return self.created.order

    def last(self, name):
        """ "The last ones given"."""
        given = [event.get(name) for event in self.events if event.get(name) is not None and event.get(name) != ""]
        return given[-1] if given else None

    def is_in(self, segment):
        if segment is None:
            return True
        given = [value for event in self.events if (value := said_of(event, segment[0], FIELDS)) is not None]
        return bool(given) and given[-1] == segment[1]

    @property
    def is_complaint(self):
        """When any of its events so far said `kind: complaint`."""
        return any(event.get("kind") == "complaint" for event in self.events)

    @property
    def who(self):
        if self.created.get("account_id") is not None:
            return "account", self.created.get("account_id")
        return "ticket", self.created.get("ticket_id")

    def since_creation(self, at):
        """ "Instants are cut to the millisecond (floor) before they are subtracted"."""
        return at // MILLISECOND - self.time // MILLISECOND


def tickets(world):
    """Identity (`account_id`, `ticket_id`); "*merged* ends the ticket for good ... as though it had never been"."""
    changes = [event for event in world.events if event.type == "feedback.ticket_changed"]
    told = lives(
        changes,
        lambda event: (event.get("account_id"), event.get("ticket_id")),
        HOLD,
        lambda told: Ticket(told).state != "open",
    )
    found = [Ticket(events) for events in told]
    return [ticket for ticket in found if ticket.state != "merged"]


def support_values(sheet, world):
    every = tickets(world)
    mine = [ticket for ticket in every if ticket.is_in(world.segment)]
    waits = [ticket.waiting_since for ticket in mine if ticket.waiting_since is not None]
    sheet.count("tickets_open", sum(ticket.state == "open" for ticket in mine))
    sheet.count("tickets_waiting", len(waits))
    longest = world.as_of // MILLISECOND - min(waits) // MILLISECOND if waits else 0
    sheet.figure("waiting_longest", Fraction(longest, 1_000))
    for window in ALL_WINDOWS:
        start, end = world.window(window)

        def inside(at, start=start, end=end):
            return at is not None and start <= at < end

        opened = sum(inside(ticket.time) for ticket in mine)
        sheet.count(f"tickets_opened.{window}", opened)
        sheet.count(f"tickets_solved.{window}", sum(inside(ticket.last_solved) for ticket in mine))
        sheet.count(f"tickets_reopened.{window}", sum(inside(at) for ticket in mine for at in ticket.reopenings))
        active = sheet.values[f"active_accounts.{window}"]
        sheet.ratio(f"contact_rate.{window}", opened, active, "no active accounts")
        if window in L_WINDOWS:
            duration_values(sheet, window, mine, inside)


def duration_values(sheet, window, mine, inside):
    for name, field, reason in (
        ("first_response", "first_response", "no responses"),
        ("resolution", "first_solved", "no solutions"),
        ("full_resolution", "last_solved", "no solutions"),
    ):
        spent = [one.since_creation(getattr(one, field)) for one in mine if inside(getattr(one, field))]
        for suffix, q in (("p50", Fraction(1, 2)), ("p90", Fraction(9, 10))):
            if spent:
                sheet.figure(f"{name}_{suffix}.{window}", quantile_seconds(spent, q))
            else:
                sheet.null(f"{name}_{suffix}.{window}", reason)
    solved = [ticket for ticket in mine if inside(ticket.first_solved)]
    sheet.ratio(f"reopen_rate.{window}", sum(one.reopened_since for one in solved), len(solved), "no solutions")


def complaint_values(sheet, world):
    settings = world.settings
    items = [one for one in answers(world) if one.is_scored] + tickets(world)
    complaints = [
        one
        for one in items
        if (one.is_complaint(settings) if hasattr(one, "is_scored") else one.is_complaint) and one.is_in(world.segment)
    ]
    for window in ALL_WINDOWS:
        found = world.within(window, complaints)
        complaining = {one.who for one in found}
        said = [one for one in world.within(window, items) if one.is_in(world.segment)]
        sheet.count(f"feedback_items.{window}", len(said))
        sheet.count(f"complaints.{window}", len(found))
        sheet.count(f"complaining_accounts.{window}", len(complaining))
        active = sheet.values[f"active_accounts.{window}"]
        sheet.ratio(f"complaint_rate.{window}", len(complaining), active, "no active accounts")
        if world.segment is None and window in L_WINDOWS:
            sheet.values[f"feedback_by_channel.{window}"] = channel_table(said)


def channel_of(item):
    return (item.last("channel") if isinstance(item, Ticket) else item.get("channel")) or "none"


def channel_table(items):
    """`{items, rated, sentiment, negative, neutral, positive}`; "negative < 0, neutral = 0, positive > 0"."""
    table = {}
    for channel in {channel_of(item) for item in items}:
        here = [item for item in items if channel_of(item) == channel]
        rated = [one.sentiment for one in here if not isinstance(one, Ticket) and one.sentiment is not None]
        table[channel] = {
            "items": len(here),
            "rated": len(rated),
            "sentiment": number(sum(rated) / len(rated)) if rated else None,
            "negative": sum(one < 0 for one in rated),
            "neutral": sum(one == 0 for one in rated),
            "positive": sum(one > 0 for one in rated),
        }
    return table


def priority_values(sheet, world, book):
    """Score(topic) = Σ over accounts of m·w·(30 - a) / 150, in major units of a currency of two decimals."""
    if world.segment is not None:
        return
    items = [
        (ticket.order, ticket.last("topic"), ticket.who, 6 - (ticket.last("severity") or 3))
        for ticket in tickets(world)
        if ticket.last("kind") in TROUBLES and ticket.last("topic")
    ]
    items += [
        (one.order, one.get("topic"), one.who, 3)
        for one in answers(world)
        if one.is_complaint(world.settings) and one.get("topic")
    ]
    start, end = world.window("30d")
    items = sorted(item for item in items if start <= item[0][0] < end)
    worth = {}
    for account in book.accounts:
        worth[account.id] = half_up(Fraction(account.mrr(world.as_of - 1, None), 10_000))
    rows = []
    for topic in {item[1] for item in items}:
        here = [item for item in items if item[1] == topic]
        latest = {who: (order[0], weight) for order, _, who, weight in here}
        score = mrr = 0
        for (kind, name), (at, weight) in latest.items():
            cents = worth.get(name, 0) if kind == "account" else 0
            age = min((end - at // HOUR * HOUR) // DAY, 29)  # "cut at 29"
            score += Fraction(max(cents, 100) * weight * (30 - age), 150 * 100)
            mrr += cents
        row = {"topic": topic, "score": number(score), "accounts": len(latest), "items": len(here)}
        rows.append((score, {**row, "mrr": number(Fraction(mrr, 100))}))
    rows.sort(key=lambda pair: (-pair[0], -pair[1]["accounts"], pair[1]["topic"]))
    sheet.values["improvement_priorities.30d"] = [row for _, row in rows[: world.settings.priority_top]]
