"""Surveys, from scratch: answers, votes, complaints (part 3 of the catalogue, sections 1 and 2)."""

from dataclasses import dataclass
from fractions import Fraction

from .common import CALENDAR, as_text, attribute, exact, half_up, number

L_WINDOWS = ("24h", "7d", "30d", *CALENDAR)
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "stars": (1, 5)}
FIELDS = {"survey", "respondent_id", "answer_id", "aspect", "channel", "topic"}


@dataclass(frozen=True)
class Answer:
    """The latest version of an answer: "its score, aspect, topic, **and its time**"."""

    event: object

    @property
    def time(self):
        return self.event.time

    @property
    def order(self):
        return self.event.order

    def get(self, name):
        """A field of the version; empty text counts as absent."""
        return self.event.get(name) or None

    @property
    def survey(self):
        return self.event.get("survey")

    @property
    def is_dismissed(self):
        return self.event.get("dismissed", False) and not self.event.get("deleted", False)

    @property
    def is_scored(self):
        return not self.event.get("dismissed", False) and not self.event.get("deleted", False)

    @property
    def score(self):
        """In thousandths: "a score is counted in the cell (survey, `scale_min`, `scale_max`, score in thousandths)"."""
        return Fraction(half_up(exact(self.event.get("score")) * 1_000), 1_000)

    @property
    def share(self):
        """`s` = (score - `scale_min`) / (`scale_max` - `scale_min`)."""
        low, high = SCALES[self.survey]
        low, high = exact(self.event.get("scale_min", low)), exact(self.event.get("scale_max", high))
        return min(max((self.score - low) / (high - low), Fraction(0)), Fraction(1))

    @property
    def sentiment(self):
        given = self.event.get("sentiment")
        return None if given is None else Fraction(half_up(exact(given) * 1_000_000), 1_000_000)

    @property
    def voter(self):
        """(`account_id`, `respondent_id`, `survey`, and for stars also `aspect`)."""
        aspect = self.get("aspect") if self.survey == "stars" else None
        return self.event.get("account_id"), self.event.get("respondent_id"), self.survey, aspect

    def is_in(self, segment):
        return segment is None or said_of(self.event, segment[0], FIELDS) == segment[1]

    def is_complaint(self, settings):
        """A stars or csat answer with `4·(score-min) <= (max-min)`, or a sentiment below `complaint_sentiment`."""
        if not self.is_scored:
            return False
        low = self.survey in ("stars", "csat") and 4 * self.share <= 1
        return low or (self.sentiment is not None and self.sentiment < settings.complaint_sentiment)

    @property
    def who(self):
        """Without `account_id`, the respondent stands for the account."""
        if self.event.get("account_id") is not None:
            return "account", self.event.get("account_id")
        return "respondent", self.event.get("respondent_id")


def said_of(event, dimension, fields):
    """Field, else attribute."""
    return (as_text(event.get(dimension)) if dimension in fields else None) or attribute(event, dimension)


def answers(world):
    """Each answer as its latest version.

    "An answer's identity is (`account_id`, `respondent_id`, `survey`, `answer_id`); without `answer_id` every event is
    an answer of its own"; "the latest version is the answer".
    """
    latest = {}
    for event in world.events:  # in order
        if event.type == "feedback.answered":
            of = tuple(event.get(name) for name in ("account_id", "respondent_id", "survey"))
            own = event.get("answer_id") or ("event", event.source, event.id)
            latest[(*of, own)] = Answer(event)
    return list(latest.values())


def votes(world, window, survey, known):
    """For each voter only the latest answer in the window, "chosen over all segments"; else each answer votes."""
    inside = [one for one in world.within(window, known) if one.survey == survey and one.is_scored]
    if survey in world.settings.one_vote:
        best = {}
        for one in sorted(inside, key=lambda one: one.order):
            best[one.voter] = one
        inside = list(best.values())
    return [one for one in inside if one.is_in(world.segment)]


def mean(sheet, name, values):
    sheet.ratio(name, sum(values, Fraction(0)), len(values), "no answers")


def nps_values(sheet, window, voted):
    n = len(voted)
    promoters = sum(one.score >= 9 for one in voted)
    detractors = sum(one.score <= 6 for one in voted)
    passives = sum(6 < one.score < 9 for one in voted)
    sheet.ratio(f"nps.{window}", 100 * (promoters - detractors), n, "no answers")
    sheet.ratio(f"nps_promoters.{window}", promoters, n, "no answers")
    sheet.ratio(f"nps_passives.{window}", passives, n, "no answers")
    sheet.ratio(f"nps_detractors.{window}", detractors, n, "no answers")
    sheet.count(f"nps_answers.{window}", n)
    if n < 2:
        sheet.null(f"nps_margin.{window}", "fewer than 2 answers")
    else:
        p, d = Fraction(promoters, n), Fraction(detractors, n)
        sheet.figure(f"nps_margin.{window}", 196 * root((p + d - (p - d) ** 2) / n))


def root(square):
    """A square root by bisection, to 30 binary digits below what is published."""
    low, high = Fraction(0), Fraction(2)
    for _ in range(60):
        middle = (low + high) / 2
        if middle * middle == square:
            return middle
        low, high = (middle, high) if middle * middle < square else (low, middle)
    return low


def star_row(voted, overall, settings):
    """`{answers, avg, bayes, cells}`; "cells by `1 + 4s` rounded half up"."""
    stars = [1 + 4 * one.share for one in voted]
    weight = settings.bayes_weight
    return {
        "answers": len(stars),
        "avg": number(sum(stars) / len(stars)),
        "bayes": number((weight * overall + sum(stars)) / (weight + len(stars))),
        "cells": {str(star): sum(half_up(one) == star for one in stars) for star in range(1, 6)},
    }


def feedback_values(sheet, world):
    known, settings = answers(world), world.settings
    for window in L_WINDOWS:
        nps_values(sheet, window, votes(world, window, "nps", known))
        csat = votes(world, window, "csat", known)
        satisfied = sum(4 * one.share >= 3 for one in csat)  # 4·(score-min) >= 3·(max-min)
        sheet.ratio(f"csat.{window}", satisfied, len(csat), "no answers")
        mean(sheet, f"csat_avg.{window}", [1 + 4 * one.share for one in csat])
        sheet.count(f"csat_answers.{window}", len(csat))
        ces = votes(world, window, "ces", known)
        ease = [1 - one.share if settings.ces_direction == "effort" else one.share for one in ces]
        mean(sheet, f"ces.{window}", [1 + 6 * one for one in ease])
        sheet.count(f"ces_answers.{window}", len(ces))
        stars = votes(world, window, "stars", known)
        mean(sheet, f"stars_avg.{window}", [1 + 4 * one.share for one in stars])
        if world.segment is None:
            aspects = {one.get("aspect") or "none" for one in stars}
            overall = sum(1 + 4 * one.share for one in stars) / len(stars) if stars else None
            sheet.values[f"stars_by_aspect.{window}"] = {
                aspect: star_row([one for one in stars if (one.get("aspect") or "none") == aspect], overall, settings)
                for aspect in aspects
            }
        inside = [one for one in world.within(window, known) if one.is_in(world.segment)]
        scored = [one for one in inside if one.is_scored]
        dismissed = sum(one.is_dismissed for one in inside)
        sheet.ratio(f"survey_response_rate.{window}", len(scored), len(scored) + dismissed, "no surveys")
        heard = [one.sentiment for one in scored if one.sentiment is not None]
        sheet.ratio(f"sentiment_avg.{window}", sum(heard, Fraction(0)), len(heard), "no sentiment")
