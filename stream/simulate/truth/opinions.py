"""Opinions: what the answers to surveys come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

from stream.simulate.segments import ALL
from stream.simulate.surveys import Answer, Version
from stream.simulate.truth.numbers import Value, Values, ratio, rounded
from stream.simulate.truth.windows import CALENDAR, LONG, Window

_WINDOWS = (*LONG, *CALENDAR)
_WEIGHT = 10
"""How many average stars an aspect has from the beginning."""


class Held(NamedTuple):
    """An answer as it is held at an instant."""

    answer: Answer
    version: Version

    @property
    def share(self) -> Fraction:
        """Where on its scale it is, 0…1."""
        low, high = self.version.scale
        return Fraction((self.version.score or 0) - low, high - low)

    @property
    def voter(self) -> tuple[str | None, ...]:
        """Whose vote it is: each has one for a survey, and for stars one for an aspect."""
        aspect = self.version.aspect if self.answer.survey == "stars" else None
        return self.answer.account, self.answer.respondent, self.answer.survey, aspect


class Opinions:
    """The answers before an instant.

    Args:
        answers: All answers, with all they ever were.
        as_of: What was told before it counts.
        named: The windows.
    """

    def __init__(self, answers: Sequence[Answer], as_of: int, named: dict[str, Window]) -> None:
        self._named = named
        latest = [
            Held(answer, [version for version in answer.versions if version.at < as_of][-1])
            for answer in answers
            if answer.versions and answer.versions[0].at < as_of
        ]
        self.scored = [held for held in latest if held.version.score is not None]
        self._dismissed = [held for held in latest if held.version.dismissed]
        self._votes = {name: self._voted(name) for name in _WINDOWS}
        self.segments = {ALL} | {
            segment for answer in answers for one in answer.versions if one.at < as_of for segment in one.segments
        }

    def _voted(self, window: str) -> list[Held]:
        """Take the latest answer of each voter in a window; it is chosen before anybody asks for segments."""
        start, end = self._named[window]
        inside = [held for held in self.scored if start <= held.version.at < end]
        return list({held.voter: held for held in sorted(inside, key=lambda held: held.version.at)}.values())

    def values(self, segment: str) -> Values:
        """Say the values of the surveys in a segment."""
        values: Values = {}
        for name in _WINDOWS:
            votes = [held for held in self._votes[name] if segment in held.version.segments]
            by_survey = {
                survey: [one for one in votes if one.answer.survey == survey]
                for survey in ("nps", "csat", "ces", "stars")
            }
            values |= {f"{kpi}.{name}": value for kpi, value in _recommending(by_survey["nps"]).items()}
            csat = by_survey["csat"]
            satisfied = sum(1 for held in csat if held.share >= Fraction(3, 4))
            values[f"csat.{name}"] = ratio(satisfied, len(csat))
            values[f"csat_avg.{name}"] = _mean([1 + 4 * held.share for held in csat])
            values[f"csat_answers.{name}"] = len(csat)
            values[f"ces.{name}"] = _mean([1 + 6 * held.share for held in by_survey["ces"]])
            values[f"ces_answers.{name}"] = len(by_survey["ces"])
            values[f"stars_avg.{name}"] = _mean([1 + 4 * held.share for held in by_survey["stars"]])
            if segment == ALL:
                values[f"stars_by_aspect.{name}"] = _aspects(by_survey["stars"])
            start, end = self._named[name]
            asked = [
                sum(1 for held in some if segment in held.version.segments and start <= held.version.at < end)
                for some in (self.scored, self._dismissed)
            ]
            values[f"survey_response_rate.{name}"] = ratio(asked[0], sum(asked))
        return values


def _mean(parts: Sequence[Fraction]) -> float | None:
    return rounded(Fraction(sum(parts), len(parts))) if parts else None


def _recommending(votes: Sequence[Held]) -> Values:
    scores = [held.version.score or 0 for held in votes]
    count = len(scores)
    promoters, detractors = sum(1 for one in scores if one >= 9), sum(1 for one in scores if one <= 6)
    return {
        "nps": ratio(100 * (promoters - detractors), count),
        "nps_promoters": ratio(promoters, count),
        "nps_passives": ratio(count - promoters - detractors, count),
        "nps_detractors": ratio(detractors, count),
        "nps_answers": count,
        "nps_margin": margin(promoters, detractors, count),
    }


def margin(promoters: int, detractors: int, count: int) -> float | None:
    """Half the width of the 95 % interval of a net promoter score, in points; of fewer than 2 answers it is null.

    Example:
        >>> margin(1, 1, 2)
        138.592929
    """
    if count < 2:
        return None
    with localcontext() as context:
        context.prec = 50
        variance = Decimal((promoters + detractors) * count - (promoters - detractors) ** 2) / count**3
        return float((196 * variance.sqrt()).quantize(Decimal("0.000001"), ROUND_HALF_UP))


def _aspects(votes: Sequence[Held]) -> Value:
    """Say for each aspect how many stars it has, and what that is worth while they are few."""
    if not votes:
        return {}
    stars = [(held.version.aspect or "none", 1 + 4 * held.share) for held in votes]
    overall = Fraction(sum(one for _, one in stars), len(stars))
    table = {}
    for aspect in sorted({aspect for aspect, _ in stars}):
        mine = [one for name, one in stars if name == aspect]
        cells = dict.fromkeys(("1", "2", "3", "4", "5"), 0)
        for one in mine:
            cells[str(int(one + Fraction(1, 2)))] += 1
        bayes = (_WEIGHT * overall + sum(mine)) / (_WEIGHT + len(mine))
        table[aspect] = {"answers": len(mine), "avg": _mean(mine), "bayes": rounded(bayes), "cells": cells}
    return table
