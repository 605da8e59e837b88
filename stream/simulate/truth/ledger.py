"""The ledger: MRR, its movements and the accounts that pay, from each account's own movements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stream.simulate.books import Worth
from stream.simulate.segments import ALL
from stream.simulate.truth.cohort import Cohort
from stream.simulate.truth.movements import Movement, movements
from stream.simulate.truth.numbers import Values, money, ratio
from stream.simulate.truth.windows import CALENDAR, LONG, Window

_WINDOWS = (*LONG, *CALENDAR)


class Ledger:
    """The movements of all accounts before an instant.

    Args:
        worths: For each account, what its subscriptions were worth.
        as_of: Changes before it count.
        named: The windows.
    """

    def __init__(self, worths: Iterable[Sequence[Worth]], as_of: int, named: dict[str, Window]) -> None:
        self._named = named
        self._as_of = as_of
        self._segments = {ALL}
        self._accounts: list[list[Movement]] = []
        for account in worths:
            self._accounts.append(movements(account, as_of))
            # A subscription makes its segments known, even one that is worth nothing.
            self._segments.update(segment for worth in account if worth.at < as_of for segment in worth.segments)

    @property
    def segments(self) -> set[str]:
        """All segments that any subscription was in."""
        return self._segments

    def values(self, segment: str) -> Values:
        """Say the MRR values of a segment."""
        standing = [_standing(account, segment, self._as_of) for account in self._accounts]
        mrr, paying = sum(standing), sum(1 for micro in standing if micro)
        values: Values = {"mrr": money(mrr), "arr": money(12 * mrr), "paying_accounts": paying}
        values["arpa"] = ratio(mrr, paying * 1_000_000)
        for name in _WINDOWS:
            values |= self._window(segment, name)
        return values

    def new_accounts(self, name: str) -> int:
        """Count the accounts that were new in a window, in all segments together."""
        start, end = self._named[name]
        return sum(
            1
            for account in self._accounts
            for one in account
            if start <= one.at < end and one.kind == "new" and one.change(ALL)
        )

    def _window(self, segment: str, name: str) -> Values:
        start, end = self._named[name]
        amounts = dict.fromkeys(("new", "reactivation", "churned", "expansion", "contraction"), 0)
        counts = dict.fromkeys(amounts, 0)
        cohort = Cohort()
        for account in self._accounts:
            before, after = _standing(account, segment, start), _standing(account, segment, end)
            moved = dict.fromkeys(amounts, 0)
            for movement in account:
                change = movement.change(segment)
                if start <= movement.at < end and change:
                    kind = _kind(movement, change)
                    moved[kind] += abs(change)
                    counts[kind] += 1
            for kind, amount in moved.items():
                amounts[kind] += amount
            cohort.add(before, after, moved)
        won = amounts["new"] + amounts["expansion"] + amounts["reactivation"]
        lost = amounts["contraction"] + amounts["churned"]
        return {
            f"opening_mrr.{name}": money(cohort.opening),
            f"new_mrr.{name}": money(amounts["new"]),
            f"expansion_mrr.{name}": money(amounts["expansion"]),
            f"contraction_mrr.{name}": money(amounts["contraction"]),
            f"churned_mrr.{name}": money(amounts["churned"]),
            f"reactivation_mrr.{name}": money(amounts["reactivation"]),
            # The simulated world's rates never change.
            f"fx_mrr.{name}": money(0),
            f"net_new_mrr.{name}": money(won - lost),
            f"opening_accounts.{name}": cohort.accounts,
            f"new_accounts.{name}": counts["new"],
            f"churned_accounts.{name}": counts["churned"],
            f"reactivated_accounts.{name}": counts["reactivation"],
            **cohort.values(name, amounts["reactivation"]),
        }


def standing(worths: Sequence[Worth], as_of: int) -> int:
    """Say what one account was worth a month at an instant, in millionths of the reporting currency."""
    return _standing(movements(worths, as_of), ALL, as_of)


def _standing(account: Sequence[Movement], segment: str, at: int) -> int:
    """Say what an account was worth, going by the movements dated before an instant."""
    latest = [movement for movement in account if movement.at < at][-1:]
    return latest[0].after.get(segment, 0) if latest else 0


def _kind(movement: Movement, change: int) -> str:
    if movement.kind != "other":
        return movement.kind
    return "expansion" if change > 0 else "contraction"
