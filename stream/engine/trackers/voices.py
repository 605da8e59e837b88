"""What an account's people say, as far as it tells whether the account may leave (catalogue part 2, section 4).

Answers and tickets are kept by their own trackers; here is what signals and health ask of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from schemas.rules import SCALES
from schemas.times import format_time
from stream.engine.definitions import SignalsSection
from stream.engine.scores import MILLI
from stream.engine.trackers.answers import LastAnswer
from stream.engine.trackers.signals import Signal
from stream.engine.trackers.tickets import Ticket
from stream.engine.units import MICRO

ANSWER_HELD: Final = 90 * 86_400 * MICRO
"""µs for which an answer says something of an account's satisfaction."""
TICKET_REMEMBERED: Final = 62 * 86_400 * MICRO
"""µs for which a ticket that is not open any more says that the account had one."""
_SEVERE, _OPEN, _NONE = 50, 15, 100


class Heard(NamedTuple):
    """What is known of an account at one instant, and when (µs) time alone will change it."""

    signal: Signal | None
    health: Fraction | None
    """0 to 100; None where nothing was heard."""
    next: Sequence[int]


def heard(answers: Iterable[LastAnswer], at: int, settings: SignalsSection) -> Heard:
    """Return what an account's answers say at an instant (µs)."""
    told = [answer for answer in answers if answer.at <= at]
    held_for = settings.low_score_for * MICRO
    low = [one for one in told if _is_low(one, settings) and at < one.at + held_for]
    signal = None
    if low:
        since, until = min(one.at for one in low), max(one.at for one in low) + held_for
        signal = Signal("low_score", since, until, f"a low score since {format_time(since)}")
    latest: dict[str, LastAnswer] = {}
    for one in sorted(told, key=lambda answer: (answer.at, answer.survey)):
        if at < one.at + ANSWER_HELD:
            latest[one.respondent] = one
    shares = [one.share for one in latest.values()]
    satisfaction = 100 * sum(shares, Fraction(0)) / len(shares) if shares else None
    return Heard(signal, satisfaction, [one.at + span for one in told for span in (held_for, ANSWER_HELD)])


def helped(tickets: Iterable[Ticket], at: int, settings: SignalsSection) -> Heard:
    """Return what an account's tickets say at an instant (µs)."""
    held_for = settings.severe_ticket_for * MICRO
    told = [ticket for ticket in tickets if ticket.open or at < ticket.last + TICKET_REMEMBERED]
    open_ones = [ticket for ticket in told if ticket.open]
    severe = [ticket.severe_since for ticket in open_ones if ticket.severe_since is not None]
    held = [since for since in severe if at < since + held_for]
    signal = None
    if held:
        since = min(held)
        signal = Signal("severe_ticket", since, max(held) + held_for, f"a severe ticket since {format_time(since)}")
    points = _NONE - _SEVERE * len(severe) - _OPEN * (len(open_ones) - len(severe))
    coming = [*(since + held_for for since in severe), *(ticket.last + TICKET_REMEMBERED for ticket in told)]
    return Heard(signal, Fraction(max(0, points)) if told else None, coming)


def _is_low(answer: LastAnswer, settings: SignalsSection) -> bool:
    """Say whether a score is low: on the survey's usual scale by its threshold, on others in their lowest part."""
    if answer.survey == "ces":
        return False
    if answer.scale != SCALES[answer.survey]:
        return answer.share <= settings.low_share
    threshold = settings.low_nps if answer.survey == "nps" else settings.low_stars
    return answer.milli <= threshold * MILLI
