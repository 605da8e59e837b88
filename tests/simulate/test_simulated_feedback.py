"""What customers say: the truth against the catalogue's own rules, read from the events one by one."""

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from math import sqrt

import pytest

from stream.simulate import START, Business
from stream.simulate.instants import SECOND, instant
from stream.simulate.truth.ledger import standing
from stream.simulate.truth.numbers import ratio, rounded
from stream.simulate.truth.opinions import margin
from stream.simulate.truth.quantiles import cell, quantile
from stream.simulate.truth.windows import CALENDAR, LONG, windows

SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "stars": (1, 5)}
WINDOWS = (*LONG, *CALENDAR)


@pytest.fixture(scope="module")
def business():
    return Business(seed=11, days=45, accounts=40)


@pytest.fixture(scope="module")
def events(business):
    found = [event for event in business.events() if event["type"].startswith("feedback.")]
    return [(instant(datetime.fromisoformat(event["time"])), event) for event in found if not event.get("test")]


@pytest.fixture(scope="module", params=[2.5, 21.77, 45])
def told(business, events, request):
    """An instant, what was told before it, and the truth then."""
    as_of = START + timedelta(days=request.param)
    at = instant(as_of) // SECOND * SECOND
    whole = business.truth(as_of, families=True)
    past = Past(pair for pair in events if pair[0] < at)
    past.truth = whole
    truth = whole["families"]["feedback"]
    return at, past, {"all": truth["values"], **truth["segments"]}


class Past(list):
    """Events and their times, what they come to, found once, and the whole `truth` of them."""

    @cached_property
    def answers(self):
        return sorted(answers(self), key=lambda pair: pair[0])

    @cached_property
    def tickets(self):
        return tickets(self)


def segments(event):
    attributes = event.get("attributes", {})
    named = {f"{name}={attributes[name]}" for name in ("plan", "country") if name in attributes}
    return {"all"} | named | ({f"channel={event['channel']}"} if "channel" in event else set())


# --- the catalogue's rules, applied to events


def answers(told):
    """§2.1: the latest version of each answer."""
    latest = {}
    for number, (at, event) in enumerate(told):
        if event["type"] == "feedback.answered":
            key = [event.get(name) for name in ("account_id", "respondent_id", "survey")]
            latest[*key, event.get("answer_id", number)] = (at, event)
    return list(latest.values())


def share(event):
    low, high = event.get("scale_min", SCALES[event["survey"]][0]), event.get("scale_max", SCALES[event["survey"]][1])
    return Fraction(event["score"] - low, high - low)


def votes(told, window, survey, segment):
    """§2.1: of each voter the latest answer in the window, over all segments."""
    best = {}
    for at, event in told.answers:
        if event["survey"] == survey and "score" in event and window.start <= at < window.end:
            aspect = event.get("aspect") if survey == "stars" else None
            best[event.get("account_id"), event["respondent_id"], aspect] = event
    return [event for event in best.values() if segment in segments(event)]


class Row:
    """§3.1: a ticket, by the table of the catalogue."""

    def __init__(self, at, event):
        self.created, self.state, self.segments = at, "open", segments(event)
        self.responded = self.first_solved = self.last_solved = self.waiting = None
        self.reopened, self.complaint, self.gone = [], False, False
        self.who = event.get("account_id") or event["ticket_id"]
        self.kind, self.topic, self.severity = None, None, None
        if not (event["change"] == "opened" and event["actor"] == "agent"):
            self.waiting = at

    def apply(self, at, event, first):
        self.complaint |= event.get("kind") == "complaint"
        for name in ("kind", "topic", "severity"):
            setattr(self, name, event.get(name, getattr(self, name)))
        change, actor, public = event["change"], event["actor"], event.get("public", True)
        if change == "merged":
            self.gone = True
        elif first and change == "opened":
            return
        elif change == "replied" and public:
            if actor == "agent":
                self.responded = self.responded or at
                self.waiting = None
            elif actor == "customer" and self.state == "open":
                self.waiting = self.waiting or at
        elif change in ("reopened", "opened") and self.state != "open":
            self.state, self.last_solved, self.waiting = "open", None, at
            self.reopened.append(at)
        elif change == "solved" and self.state == "open":
            self.state, self.last_solved, self.waiting = "solved", at, None
            self.first_solved = self.first_solved or at
        elif change == "closed":
            self.state, self.waiting = "closed", None


def tickets(told):
    rows = {}
    for at, event in told:
        if event["type"] != "feedback.ticket_changed":
            continue
        key = event.get("account_id"), event["ticket_id"]
        first = key not in rows
        row = rows.setdefault(key, None) or Row(at, event)
        if not row.gone:
            row.apply(at, event, first)
        rows[key] = row
    return [row for row in rows.values() if not row.gone]


# --- the truth says the same


def test_segments_are_those_of_the_events(told):
    _, events, truth = told

    assert truth.keys() - {"all"} >= set().union(*(segments(event) for _, event in events.answers), set()) - {"all"}
    assert set().union({"all"}, *(segments(event) for _, event in events)) >= truth.keys()


def test_surveys(told):
    at, events, truth = told
    for name in WINDOWS:
        window = windows(at, "UTC")[name]
        for segment, values in truth.items():
            nps = [event["score"] for event in votes(events, window, "nps", segment)]
            up, down = sum(score >= 9 for score in nps), sum(score <= 6 for score in nps)
            assert values[f"nps_answers.{name}"] == len(nps)
            assert values[f"nps.{name}"] == (rounded(Fraction(100 * (up - down), len(nps))) if nps else None)
            assert values[f"nps_promoters.{name}"] == ratio(up, len(nps))
            assert values[f"nps_detractors.{name}"] == ratio(down, len(nps))
            assert values[f"nps_margin.{name}"] == margin(up, down, len(nps))
            csat = [share(event) for event in votes(events, window, "csat", segment)]
            assert values[f"csat.{name}"] == ratio(sum(4 * one >= 3 for one in csat), len(csat))
            assert values[f"csat_avg.{name}"] == (rounded(1 + 4 * sum(csat) / len(csat)) if csat else None)
            ces = [share(event) for event in votes(events, window, "ces", segment)]
            assert values[f"ces_answers.{name}"] == len(ces)
            assert values[f"ces.{name}"] == (rounded(1 + 6 * sum(ces) / len(ces)) if ces else None)
            stars = [share(event) for event in votes(events, window, "stars", segment)]
            assert values[f"stars_avg.{name}"] == (rounded(1 + 4 * sum(stars) / len(stars)) if stars else None)
            asked = [
                event
                for when, event in events.answers
                if window.start <= when < window.end and segment in segments(event) and not event.get("deleted")
            ]
            scored = sum("score" in event for event in asked)
            assert values[f"survey_response_rate.{name}"] == ratio(scored, len(asked))


def test_stars_by_aspect_add_up(told):
    for name in WINDOWS:
        table, overall = (told[2]["all"][f"{kpi}.{name}"] for kpi in ("stars_by_aspect", "stars_avg"))
        count = sum(row["answers"] for row in table.values())
        for row in table.values():
            assert sum(row["cells"].values()) == row["answers"]
            assert sum(int(star) * many for star, many in row["cells"].items()) / row["answers"] == pytest.approx(
                row["avg"]
            )
            weighed = (10 * overall + row["avg"] * row["answers"]) / (10 + row["answers"])
            assert row["bayes"] == pytest.approx(weighed, abs=2e-6)
        if count:
            assert sum(row["avg"] * row["answers"] for row in table.values()) / count == pytest.approx(overall)


def test_items_and_complaints(told):
    at, events, truth = told
    active = events.truth
    for name, (start, end) in windows(at, "UTC").items():
        for segment, values in truth.items():
            said = [
                (event.get("account_id") or event["respondent_id"], event)
                for when, event in events.answers
                if start <= when < end and segment in segments(event) and "score" in event
            ]
            bad = {
                who
                for who, event in said
                if (event["survey"] in ("csat", "stars") and 4 * share(event) <= 1) or event.get("sentiment", 0) < 0
            }
            opened = [row for row in events.tickets if start <= row.created < end and segment in row.segments]
            complaining = bad | {row.who for row in opened if row.complaint}
            assert values[f"feedback_items.{name}"] == len(said) + len(opened)
            assert values[f"complaining_accounts.{name}"] == len(complaining)
            assert values[f"complaints.{name}"] >= len(complaining)
            known = active["values"] if segment == "all" else active["segments"].get(segment, {})
            accounts = known.get(f"active_accounts.{name}", 0)
            assert values[f"complaint_rate.{name}"] == ratio(len(complaining), accounts)
            assert values[f"contact_rate.{name}"] == ratio(len(opened), accounts)


def test_channels_add_up(told):
    for name in WINDOWS:
        values = told[2]["all"]
        table = values[f"feedback_by_channel.{name}"]
        rated = sum(row["rated"] for row in table.values())
        assert sum(row["items"] for row in table.values()) == values[f"feedback_items.{name}"]
        assert all(row["negative"] + row["neutral"] + row["positive"] == row["rated"] for row in table.values())
        assert (values[f"sentiment_avg.{name}"] is None) == (rated == 0)
        if rated:
            total = sum(row["sentiment"] * row["rated"] for row in table.values() if row["rated"])
            assert total / rated == pytest.approx(values[f"sentiment_avg.{name}"], abs=1e-5)


def test_tickets(told):
    at, events, truth = told
    for segment, values in truth.items():
        rows = [row for row in events.tickets if segment in row.segments]
        waiting = [row.waiting for row in rows if row.waiting is not None]
        assert values["tickets_open"] == sum(row.state == "open" for row in rows)
        assert values["tickets_waiting"] == len(waiting)
        assert values["waiting_longest"] == ((at - min(waiting)) / 1000 if waiting else 0)
        for name, (start, end) in windows(at, "UTC").items():
            assert values[f"tickets_opened.{name}"] == sum(start <= row.created < end for row in rows)
            assert values[f"tickets_solved.{name}"] == sum(start <= (row.last_solved or 0) < end for row in rows)
            assert values[f"tickets_reopened.{name}"] == sum(start <= one < end for row in rows for one in row.reopened)
            if name not in WINDOWS:
                continue
            for kpi, field in (
                ("first_response", "responded"),
                ("resolution", "first_solved"),
                ("full_resolution", "last_solved"),
            ):
                cells = Counter(
                    cell(getattr(row, field) - row.created) for row in rows if start <= (getattr(row, field) or 0) < end
                )
                assert values[f"{kpi}_p50.{name}"] == quantile(cells, Fraction(1, 2))
                assert values[f"{kpi}_p90.{name}"] == quantile(cells, Fraction(9, 10))
            solved = [row for row in rows if start <= (row.first_solved or 0) < end]
            again = sum(any(one > row.first_solved for one in row.reopened) for row in solved)
            assert values[f"reopen_rate.{name}"] == ratio(again, len(solved))


def test_improvement_priorities(told, business):
    """§2.3, by hand: what each topic's latest items weigh."""
    at, events, truth = told
    start = windows(at, "UTC")["30d"].start
    worth = {account.name: standing(account.worths, at) for account in business._accounts}
    items = [
        (row.created, row.topic, row.who, row.severity)
        for row in events.tickets
        if row.kind in ("problem", "complaint", "request") and row.topic
    ]
    for when, event in events.answers:
        if "score" in event and "topic" in event:
            bad = event["survey"] in ("csat", "stars") and 4 * share(event) <= 1
            if bad or event.get("sentiment", 0) < 0:
                items.append((when, event["topic"], event.get("account_id") or event["respondent_id"], None))
    items = sorted((item for item in items if item[0] >= start), key=lambda item: item[0])
    latest = {(topic, who): (when, severity) for when, topic, who, severity in items}
    scores = Counter()
    for (topic, who), (when, severity) in latest.items():
        dollars = max(Fraction(worth.get(who, 0), 1_000_000), 1)
        age = min((at - when // 3_600_000 * 3_600_000) // 86_400_000, 29)
        scores[topic] += dollars * (6 - (severity or 3)) * (30 - age) / 150
    table = truth["all"]["improvement_priorities.30d"]

    assert [row["topic"] for row in table] == sorted(scores, key=lambda topic: -scores[topic])
    for row in table:
        assert row["score"] == pytest.approx(float(scores[row["topic"]]), rel=1e-4)
        assert row["items"] == sum(item[1] == row["topic"] for item in items)
        assert row["accounts"] == sum(topic == row["topic"] for topic, _ in latest)


# --- the world


def test_every_oddity_occurs(events):
    """What a reader could get wrong is there to be got wrong."""
    said = [event for _, event in events if event["type"] == "feedback.answered"]
    steps = [event for _, event in events if event["type"] == "feedback.ticket_changed"]
    kept = Counter((event.get("account_id"), event["respondent_id"], event["survey"]) for event in said)
    seen, back = set(), False
    for event in said:
        back |= event.get("answer_id") in seen and "score" in event
        seen |= {event["answer_id"]} if event.get("deleted") else set()

    assert {event["survey"] for event in said} == set(SCALES)
    assert {event["change"] for event in steps} == {"opened", "replied", "solved", "reopened", "closed", "merged"}
    assert {event["actor"] for event in steps} == {"customer", "agent", "bot"}
    assert any(event.get("dismissed") for event in said)
    assert any(event.get("deleted") for event in said)
    assert back, "a deleted answer is given again"
    assert max(kept.values()) > 2, "the same person answers again"
    assert any("answer_id" not in event for event in said)
    assert {event.get("scale_max") for event in said if event["survey"] == "csat"} == {None, 3, 7}
    assert any(event.get("scale_min") == 1 for event in said if event["survey"] == "nps")
    assert any("account_id" not in event for event in said)
    assert any("account_id" not in event for event in steps)
    assert any(event.get("public") is False for event in steps)
    assert any(event.get("kind") == "complaint" and event["change"] == "replied" for event in steps)
    first = {}
    for event in steps:
        first.setdefault(event["ticket_id"], event)
    assert any(event["change"] == "replied" for event in first.values()), "its opening is never told"
    assert any(event["actor"] == "agent" for event in first.values())


def test_unhappy_accounts_leave_more(business):
    """Those who will leave say worse things before they do."""
    scores = {True: [], False: []}
    left = {
        account.name: max((worth.at for worth in account.worths if not worth.micro), default=None)
        for account in business._accounts
        if account.worths and any(worth.micro for worth in account.worths) and not account.worths[-1].micro
    }
    for answer in business.feedback.answers:
        version = answer.versions[0]
        if answer.survey == "nps" and version.score is not None and answer.account:
            scores[answer.account in left].append(version.score)

    assert len(left) > 5
    assert sum(scores[True]) / len(scores[True]) + 1.5 < sum(scores[False]) / len(scores[False])


def test_nobody_says_anything_before_the_account_is_there(business, events):
    """Else an account would be known earlier than its first use, which moves what is judged by its age."""
    signups = {account.name: account.signup for account in business._accounts}

    assert all(at >= signups[event["account_id"]] for at, event in events if "account_id" in event)


@pytest.mark.parametrize(("up", "down", "count"), [(5, 2, 12), (3, 0, 3), (40, 31, 100)])
def test_the_margin_is_that_of_the_catalogue(up, down, count):
    p, d = up / count, down / count

    assert margin(up, down, count) == pytest.approx(196 * sqrt((p + d - (p - d) ** 2) / count), abs=1e-6)
    assert margin(1, 0, 1) is None
