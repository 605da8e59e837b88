"""The cohort: what became of the accounts that paid when a window began. The simulated world's rates never change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stream.simulate.truth.numbers import Values, ratio

_RETAINED = ("30d", "month", "last_month")
_LASTING = ("30d", "last_month")


@dataclass(slots=True)
class Cohort:
    """Sums over the accounts of one segment and window; money in millionths of the reporting currency."""

    opening: int = 0
    closing: int = 0
    accounts: int = 0
    closing_accounts: int = 0
    left: int = 0
    all_left: int = 0
    all_paid: int = 0
    lost: int = 0
    won: int = 0
    kept: int = 0
    smaller: int = 0
    retained: int = 0

    def add(self, before: int, after: int, moved: Mapping[str, int]) -> None:
        """Add one account.

        Args:
            before: What it was worth when the window began.
            after: What it was worth at its end.
            moved: Between the two, by class.
        """
        self.opening += before
        self.closing += after
        self.closing_accounts += after > 0
        self.all_left += moved["churned"] > 0
        self.all_paid += before > 0 or moved["new"] > 0 or moved["reactivation"] > 0
        if before:
            self.accounts += 1
            self.left += moved["churned"] > 0
            self.lost += moved["churned"] + moved["contraction"]
            self.won += moved["expansion"]
            self.kept += after
            self.smaller += min(before, after)
            self.retained += after > 0

    def values(self, name: str, reactivation: int) -> Values:
        """Say what became of them in the window of a name."""
        values: Values = {
            f"churn_rate.{name}": ratio(self.left, self.accounts),
            f"customer_retention.{name}": ratio(self.accounts - self.left, self.accounts),
            f"churn_rate_stripe.{name}": ratio(self.all_left, self.all_paid),
            f"gross_mrr_churn_rate.{name}": ratio(self.lost, self.opening),
            f"net_mrr_churn_rate.{name}": ratio(self.lost - self.won - reactivation, self.opening),
        }
        if name in _RETAINED:
            values[f"nrr.{name}"] = ratio(self.kept, self.opening)
            values[f"grr.{name}"] = ratio(self.smaller, self.opening)
            values[f"retained_accounts.{name}"] = self.retained
        if name in _LASTING:
            share = self.closing_accounts * self.left * 1_000_000
            values[f"ltv.{name}"] = ratio(self.closing * self.accounts, share)
        return values
