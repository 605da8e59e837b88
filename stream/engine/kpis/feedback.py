"""Surveys (catalogue part 3, section 2)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import Final

from stream.engine.counters import weighed
from stream.engine.kpis.kpi import Kpi, Scope, Value, View, divided
from stream.engine.names import OTHER
from stream.engine.publication import published
from stream.engine.scores import NPS_DETRACTOR, NPS_PROMOTER, cell_of, mean
from stream.engine.units import MICRO
from stream.engine.windows import C, L

_LC: Final = (*L, *C)
_NONE: Final = "no answers"
ROWS: Final = 50
"""Aspects or channels of a table; the rest is `other`."""
_DIGITS: Final = 10**20

_NPS_SOURCE: Final = "https://www.netpromoter.com/know/"
_CSAT_SOURCE: Final = "https://www.qualtrics.com/experience-management/customer/what-is-csat/"
_CES_SOURCE: Final = "https://www.gartner.com/en/documents/3488619"
_STARS_SOURCE: Final = "https://www.evanmiller.org/bayesian-average-ratings.html"
_FEEDBACK_SOURCE: Final = "https://aapor.org/standards-and-ethics/standard-definitions/"


def _answers(survey: str) -> Callable[[View], int]:
    return lambda view: sum(view.labels(f"{survey}_scores").values())


def _average(survey: str, width: int) -> Callable[[View], Value]:
    def formula(view: View) -> Value:
        found = mean(view.labels(f"{survey}_scores"), width)
        return Value(found, _NONE if found is None else None)

    return formula


def _csat(view: View) -> Value:
    votes = view.labels("csat_scores")
    satisfied = sum(n for label, n in votes.items() if 4 * cell_of(label).share >= 3)
    return divided(satisfied, sum(votes.values()), _NONE)


def _nps(view: View) -> tuple[int, int, int]:
    """Return promoters, detractors, and all answers."""
    votes = view.labels("nps_scores")
    promoters = sum(n for label, n in votes.items() if cell_of(label).milli >= NPS_PROMOTER)
    detractors = sum(n for label, n in votes.items() if cell_of(label).milli <= NPS_DETRACTOR)
    return promoters, detractors, sum(votes.values())


def _nps_share(part: Callable[[int, int, int], int]) -> Callable[[View], Value]:
    def formula(view: View) -> Value:
        found = _nps(view)
        return divided(part(*found), found[2], _NONE)

    return formula


def _nps_margin(view: View) -> Value:
    promoters, detractors, n = _nps(view)
    if n < 2:
        return Value(None, "fewer than 2 answers")
    return Value(196 * _root(Fraction((promoters + detractors) * n - (promoters - detractors) ** 2, n**3)))


def _root(square: Fraction) -> Fraction:
    """Return a square root: exact where it is rational, else cut far behind the decimals that are published."""
    above, below = isqrt(square.numerator), isqrt(square.denominator)
    if above**2 == square.numerator and below**2 == square.denominator:
        return Fraction(above, below)
    return Fraction(isqrt(square.numerator * _DIGITS**2 // square.denominator), _DIGITS)


def _ces(view: View) -> Value:
    ease = mean(view.labels("ces_scores"), 6)
    if ease is None:
        return Value(None, _NONE)
    return Value(ease if view.definitions.feedback.ces_direction == "ease" else 8 - ease)


def _stars_by_aspect(view: View) -> Value:
    """Return the table of aspects; `other` adds up those with the fewest answers."""
    by_aspect: dict[str, dict[str, int]] = {}
    for label, n in view.labels("aspect_scores").items():
        *cell, aspect = label.split(" ", 3)
        by_aspect.setdefault(aspect, {})[" ".join(cell)] = n
    overall, weight = mean(view.labels("stars_scores"), 4), view.definitions.feedback.bayes_weight
    rows: dict[str, dict[str, int]] = {}
    for place, aspect in enumerate(ranked({name: sum(cells.values()) for name, cells in by_aspect.items()})):
        row = rows.setdefault(aspect if place < ROWS else OTHER, {})
        for label, n in by_aspect[aspect].items():
            row[label] = row.get(label, 0) + n
    return Value({aspect: _aspect(cells, overall or Fraction(0), weight) for aspect, cells in sorted(rows.items())})


def _aspect(cells: dict[str, int], overall: Fraction, weight: int) -> dict[str, object]:
    number, average = sum(cells.values()), mean(cells, 4) or Fraction(0)
    stars = dict.fromkeys(("1", "2", "3", "4", "5"), 0)
    for label, n in cells.items():
        stars[str(int(1 + 4 * cell_of(label).share + Fraction(1, 2)))] += n
    return {
        "answers": number,
        "avg": published(average),
        "bayes": published((weight * overall + number * average) / (weight + number)),
        "cells": stars,
    }


def ranked(counts: dict[str, int]) -> list[str]:
    """Return names with the largest count first, ties by name; `other` is last, as it takes up the rest."""
    return sorted(counts, key=lambda name: (name == OTHER, -counts[name], name))


CSAT: Final = Kpi(
    "csat",
    "fraction",
    _LC,
    _csat,
    "Customer satisfaction: how many of those who answered are satisfied.",
    "Voters whose answer is in the top quarter of its scale, 4·(score − min) ≥ 3·(max − min), ÷ voters: 4 and 5 "
    "of 1–5, 6 and 7 of 1–7, 3 of 1–3. Null: no answers.",
    _CSAT_SOURCE,
    "Three people answer 5, 4 and 3 of 1–5: 2 ÷ 3 = 0.666667.",
    parts={"csat_scores": lambda label: (int(4 * cell_of(label).share >= 3), 1)},
)
CSAT_AVG: Final = Kpi(
    "csat_avg",
    "1–5",
    _LC,
    _average("csat", 4),
    "The mean answer to the question how satisfied one is, brought to 1–5 from any scale.",
    "Mean of 1 + 4·(score − min) ÷ (max − min). Null: no answers.",
    _CSAT_SOURCE,
    "4 of 1–5 and 7 of 1–7: (4 + 5) ÷ 2 = 4.5.",
)
CSAT_ANSWERS: Final = Kpi(
    "csat_answers",
    "answers",
    _LC,
    lambda view: Value(_answers("csat")(view)),
    "People who said how satisfied they are.",
    "Voters of csat: with `feedback.one_vote` the latest answer of each respondent in the window, else all answers.",
    _CSAT_SOURCE,
    "Ann answers twice, Bob once: 2.",
)
NPS: Final = Kpi(
    "nps",
    "points",
    _LC,
    _nps_share(lambda promoters, detractors, _: 100 * (promoters - detractors)),
    "Net promoter score: how many more would recommend the product than advise against it, −100 to 100.",
    "100 × (answers of 9 and 10 − answers of 6 and less) ÷ answers, the latest of each respondent. Null: no answers.",
    _NPS_SOURCE,
    "Answers of 10, 9, 8 and 3: 100 × (2 − 1) ÷ 4 = 25.",
)
NPS_PROMOTERS: Final = Kpi(
    "nps_promoters",
    "fraction",
    _LC,
    _nps_share(lambda promoters, _, __: promoters),
    "How many of those who answered would recommend the product.",
    "nps answers with a score of 9 or more ÷ `nps_answers`. Null: no answers.",
    _NPS_SOURCE,
    "Answers of 10, 9, 8 and 3: 0.5.",
)
NPS_PASSIVES: Final = Kpi(
    "nps_passives",
    "fraction",
    _LC,
    _nps_share(lambda promoters, detractors, n: n - promoters - detractors),
    "How many of those who answered are neither for nor against.",
    "nps answers with a score between 6 and 9, both excluded, ÷ `nps_answers`. Null: no answers.",
    _NPS_SOURCE,
    "Answers of 10, 9, 8 and 3: 0.25.",
)
NPS_DETRACTORS: Final = Kpi(
    "nps_detractors",
    "fraction",
    _LC,
    _nps_share(lambda _, detractors, __: detractors),
    "How many of those who answered would advise against the product.",
    "nps answers with a score of 6 or less ÷ `nps_answers`. Null: no answers.",
    _NPS_SOURCE,
    "Answers of 10, 9, 8 and 3: 0.25.",
)
NPS_ANSWERS: Final = Kpi(
    "nps_answers",
    "answers",
    _LC,
    lambda view: Value(_answers("nps")(view)),
    "People who said whether they would recommend the product.",
    "Voters of nps: with `feedback.one_vote` the latest answer of each respondent in the window, else all answers.",
    _NPS_SOURCE,
    "Ann answers 3, and 9 an hour later; Bob answers 8: 2.",
)
NPS_MARGIN: Final = Kpi(
    "nps_margin",
    "points",
    _LC,
    _nps_margin,
    "How far the net promoter score may be off by chance: half the width of its 95 % interval.",
    "100 × 1.96 × √((p + d − (p − d)²) ÷ n), p and d being the shares of promoters and detractors of n answers. "
    "Null: fewer than 2 answers.",
    "https://www.genroe.com/blog/how-to-calculate-margin-of-error-and-other-stats-for-nps/5994",
    "A 10 and a 0: 196 × √(1 ÷ 2) = 138.592929.",
)
CES: Final = Kpi(
    "ces",
    "1–7",
    _LC,
    _ces,
    "Customer effort score, 1–7: the higher, the easier it was, whichever way the question was put.",
    "Mean of 1 + 6·(score − min) ÷ (max − min); with `feedback.ces_direction: effort` 8 less that. Null: no answers.",
    _CES_SOURCE,
    "Answers of 7 and 4 of 1–7: 5.5; where high scores say that it was an effort: 2.5.",
)
CES_ANSWERS: Final = Kpi(
    "ces_answers",
    "answers",
    _LC,
    lambda view: Value(_answers("ces")(view)),
    "People who said how easy it was.",
    "Voters of ces: with `feedback.one_vote` the latest answer of each respondent in the window, else all answers.",
    _CES_SOURCE,
    "Ann and Bob answer: 2.",
)
STARS_AVG: Final = Kpi(
    "stars_avg",
    "1–5",
    _LC,
    _average("stars", 4),
    "The mean of the stars, over all aspects.",
    "Mean of 1 + 4·(score − min) ÷ (max − min) over the votes; each respondent has one an aspect. Null: no answers.",
    _STARS_SOURCE,
    "Ann gives 5 for speed and 2 for the price: 3.5.",
)
STARS_BY_ASPECT: Final = Kpi(
    "stars_by_aspect",
    "table",
    _LC,
    _stars_by_aspect,
    "The stars of each aspect, and what they are worth while they are few.",
    "{aspect: {`answers`, `avg`, `bayes`, `cells`}}: `bayes` = (C·m + Σ stars) ÷ (C + answers) with "
    "C = `feedback.bayes_weight` and m = `stars_avg`; `cells` are the answers by star, rounded half up. "
    "Without an aspect: `none`. The 50 aspects with the most answers, the rest is `other`.",
    _STARS_SOURCE,
    "5 for speed and 2 for the price: `bayes` of speed = (10 × 3.5 + 5) ÷ 11 = 3.636364.",
    scope=Scope.NONE,
)
SURVEY_RESPONSE_RATE: Final = Kpi(
    "survey_response_rate",
    "fraction",
    _LC,
    lambda view: divided(view["survey_answers"], view["survey_answers"] + view["survey_dismissals"], "no surveys"),
    "How many surveys were answered, not closed.",
    "Answers ÷ (answers + dismissals), of all surveys, each answer and not each voter. Null: no surveys.",
    _FEEDBACK_SOURCE,
    "Two answers and two dismissals: 0.5.",
    parts={"survey_answers": weighed(1, 1), "survey_dismissals": weighed(0, 1)},
)
SENTIMENT_AVG: Final = Kpi(
    "sentiment_avg",
    "−1–1",
    _LC,
    lambda view: divided(Fraction(view["sentiment_micro"], MICRO), view["sentiments"], "no sentiment"),
    "How what customers write sounds, from −1 to 1.",
    "Σ sentiment ÷ answers that have one, each to six decimals. Null: no sentiment.",
    _FEEDBACK_SOURCE,
    "Answers with −0.5 and 0.2, and one without: −0.15.",
)
