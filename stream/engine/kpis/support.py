"""Support (catalogue part 3, section 3)."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from stream.engine.counters import weighed
from stream.engine.kpis.kpi import Kpi, Value, View, count, divided, gauge, ratio
from stream.engine.kpis.sessions import duration_quantile
from stream.engine.trackers.support import WAITING_SINCE, YEAR_1
from stream.engine.windows import C, L, R

_A: Final = (*R, *C)
_LC: Final = (*L, *C)
_SOURCE: Final = "https://support.zendesk.com/hc/en-us/articles/4408827693594"
_NO_SOLUTIONS: Final = "no solutions"


def _waiting_longest(view: View) -> Value:
    since = view.now(WAITING_SINCE.name)
    return Value(Fraction(view.as_of * 1_000 - (since - YEAR_1), 1_000) if since else 0)


TICKETS_OPENED: Final = Kpi(
    "tickets_opened",
    "tickets",
    _A,
    count("tickets_opened"),
    "Tickets that came in.",
    "Tickets created in the window, merged ones apart.",
    _SOURCE,
    "Three tickets are opened, one of them is merged into another: 2.",
)
TICKETS_SOLVED: Final = Kpi(
    "tickets_solved",
    "tickets",
    _A,
    count("tickets_solved"),
    "Tickets that were solved, and are.",
    "Tickets whose last solution is in the window; reopening a ticket takes it back.",
    _SOURCE,
    "Solved on Monday, reopened on Tuesday, solved on Friday: 1, on Friday.",
)
TICKETS_REOPENED: Final = Kpi(
    "tickets_reopened",
    "reopenings",
    _A,
    count("tickets_reopened"),
    "How often a ticket that was solved or closed had to be taken up again.",
    "Reopenings in the window.",
    _SOURCE,
    "One ticket is reopened twice: 2.",
)
TICKETS_OPEN: Final = Kpi(
    "tickets_open",
    "tickets",
    (),
    gauge("tickets_open"),
    "The backlog: tickets that are neither solved nor closed.",
    "Opened − solved − closed without a solution + reopened − merged.",
    _SOURCE,
    "Three are opened, one is solved: 2.",
)
CONTACT_RATE: Final = Kpi(
    "contact_rate",
    "fraction",
    _A,
    ratio("tickets_opened", "active_accounts", "no active accounts"),
    "How many tickets an active account opens.",
    "`tickets_opened` ÷ `active_accounts`; may exceed 1. Null: no active accounts.",
    "https://www.intercom.com/help/en/articles/9061614",
    "Six tickets, four active accounts: 1.5.",
)


_MEDIAN: Final = (Fraction(1, 2), "p50", "half")
_MOST: Final = (Fraction(9, 10), "p90", "nine of ten")


def _quantile(name: str, which: tuple[Fraction, str, str], words: str, until: str, reason: str, example: str) -> Kpi:
    """Declare a quantile of a duration."""
    q, suffix, share = which
    return Kpi(
        f"{name}_{suffix}",
        "seconds",
        _LC,
        duration_quantile(f"{name}_cells", q, reason),
        f"{words} at most in {share} of the tickets.",
        f"Nearest-rank quantile of the time from creation to {until}, around the clock, within 1 %. Null: {reason}.",
        _SOURCE,
        example,
    )


_RESPONSE: Final = (
    "How long a customer waits for the first answer of a person",
    "the first public reply of an agent, of tickets first answered in the window",
    "no responses",
    "Opened at 10:00, a bot replies at once, an agent at 10:30: 1812.885549, within 1 % of 1800.",
)
_RESOLUTION: Final = (
    "How long it takes to solve a ticket for the first time",
    "the first solution, of tickets first solved in the window",
    _NO_SOLUTIONS,
    "Opened at 10:00, solved at 11:00, reopened, solved at 15:00: 3578.495532, within 1 % of 3600.",
)
_FULL_RESOLUTION: Final = (
    "How long it takes to solve a ticket for good",
    "the last solution, of tickets last solved in the window",
    _NO_SOLUTIONS,
    "Opened at 10:00, solved at 11:00, reopened, solved at 15:00: 18083.437660, within 1 % of 18000.",
)
FIRST_RESPONSE_P50: Final = _quantile("first_response", _MEDIAN, *_RESPONSE)
FIRST_RESPONSE_P90: Final = _quantile("first_response", _MOST, *_RESPONSE)
RESOLUTION_P50: Final = _quantile("resolution", _MEDIAN, *_RESOLUTION)
RESOLUTION_P90: Final = _quantile("resolution", _MOST, *_RESOLUTION)
FULL_RESOLUTION_P50: Final = _quantile("full_resolution", _MEDIAN, *_FULL_RESOLUTION)
FULL_RESOLUTION_P90: Final = _quantile("full_resolution", _MOST, *_FULL_RESOLUTION)


def _reopen_rate(view: View) -> Value:
    return divided(view["solved_and_reopened"], sum(view.labels("resolution_cells").values()), _NO_SOLUTIONS)


REOPEN_RATE: Final = Kpi(
    "reopen_rate",
    "fraction",
    _LC,
    _reopen_rate,
    "How many solutions did not hold.",
    "Of the tickets first solved in the window, those reopened since ÷ all. Null: no solutions.",
    _SOURCE,
    "Four are solved on Monday, one of them is reopened on Friday: 0.25, on Monday.",
    # what is good is what stayed solved
    parts={"resolution_cells": weighed(1, 1), "solved_and_reopened": weighed(-1, 0)},
)
TICKETS_WAITING: Final = Kpi(
    "tickets_waiting",
    "tickets",
    (),
    gauge("tickets_waiting"),
    "Tickets whose customer waits for an answer.",
    "Open tickets to which the customer said something, or which were reopened, since an agent last replied in public.",
    _SOURCE,
    "A ticket is opened and only a bot replies: 1.",
)
WAITING_LONGEST: Final = Kpi(
    "waiting_longest",
    "seconds",
    (),
    _waiting_longest,
    "How long the customer has waited who has waited longest.",
    "`as_of` − the earliest instant since which a customer waits; 0 where nobody does.",
    _SOURCE,
    "Opened at 10:00, not answered at 12:30: 9000.",
)
