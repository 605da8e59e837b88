"""Priorities: which topics to mend first, by the MRR of those who complain of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from stream.simulate.instants import DAY, HOUR
from stream.simulate.prices import half_up
from stream.simulate.truth.numbers import Value, rounded
from stream.simulate.truth.windows import Window

_MINOR, _MAJOR = 10_000, 100
"""Millionths in a cent, and cents in a dollar."""
_UNSAID, _OLDEST, _LISTED = 3, 29, 20


class Trouble(NamedTuple):
    """Something that should be better.

    Attributes:
        at: When it was said, in milliseconds since the epoch.
        topic: What about.
        who: Whose it is.
        account: The `account_id`, if there is one.
        severity: 1, the worst, to 5, if that was said.
    """

    at: int
    topic: str
    who: Hashable
    account: str | None
    severity: int | None


def priorities(troubles: Iterable[Trouble], window: Window, mrr: Callable[[str], int]) -> Value:
    """Rank the topics of a window.

    Args:
        troubles: What was said, in any order.
        window: The last 30 days.
        mrr: Says what an account is worth a month, in millionths of the reporting currency.

    Example:
        >>> said = [Trouble(0, "export", "a", "a", 1), Trouble(1, "export", "a", "a", 5), Trouble(2, "ui", "b", "b", 3)]
        >>> table = priorities(said, Window(0, 1_000), {"a": 90_000_000, "b": 0}.__getitem__)
        >>> [(row["topic"], row["score"], row["items"], row["mrr"]) for row in table]
        [('export', 18.0, 2, 90.0), ('ui', 0.6, 1, 0.0)]
    """
    inside = sorted((one for one in troubles if window.start <= one.at < window.end), key=lambda one: one.at)
    rows: list[tuple[Fraction, dict[str, Any]]] = []
    for topic in {one.topic for one in inside}:
        mine = [one for one in inside if one.topic == topic]
        score, worth = Fraction(0), 0
        latest = {one.who: one for one in mine}
        for one in latest.values():
            cents = half_up(Fraction(mrr(one.account), _MINOR)) if one.account else 0
            weight = 6 - (one.severity or _UNSAID)
            age = min((window.end - one.at // HOUR * HOUR) // DAY, _OLDEST)
            score += Fraction(max(cents, _MAJOR) * weight * (30 - age), 150 * _MAJOR)
            worth += cents
        row = {"topic": topic, "score": rounded(score), "accounts": len(latest), "items": len(mine)}
        rows.append((score, {**row, "mrr": rounded(Fraction(worth, _MAJOR))}))
    rows.sort(key=lambda pair: (-pair[0], -pair[1]["accounts"], pair[1]["topic"]))
    return [row for _, row in rows[:_LISTED]]
