"""Revenue: what the cash books come to."""

from __future__ import annotations

from collections.abc import Iterable

from stream.simulate.books import Receipt
from stream.simulate.segments import ALL
from stream.simulate.truth.numbers import Values, money, ratio
from stream.simulate.truth.windows import CALENDAR, LONG, Window

_MARGINS = ("30d", "month", "last_month")
_WINDOWS = ("1h", *LONG, *CALENDAR)


class Revenue:
    """The cash books of all accounts before an instant.

    Args:
        receipts: Their lines.
        as_of: Lines before it count.
        named: The windows.
    """

    def __init__(self, receipts: Iterable[Receipt], as_of: int, named: dict[str, Window]) -> None:
        self._receipts = [receipt for receipt in receipts if receipt.at < as_of]
        self._named = named

    @property
    def segments(self) -> set[str]:
        """All segments that any money was in."""
        return {segment for receipt in self._receipts for segment in receipt.segments} | {ALL}

    def values(self, segment: str) -> Values:
        """Say the revenue values of a segment."""
        mine = [receipt for receipt in self._receipts if segment in receipt.segments]
        values: Values = {}
        for name in _WINDOWS:
            values |= self._window(segment, mine, name)
        return values

    def _window(self, segment: str, receipts: list[Receipt], name: str) -> Values:
        start, end = self._named[name]
        sums = dict.fromkeys(("gross", "fee", "refund", "loss", "failure", "dispute", "serving", "retention"), 0)
        counts = dict.fromkeys(sums, 0)
        for at, kind, micro, _ in receipts:
            if start <= at < end:
                sums[kind] += micro
                counts[kind] += 1
        net = sums["gross"] - sums["refund"] - sums["loss"] - sums["fee"]
        costs: Values = {}
        if name != "1h":
            costs = {
                f"costs.{name}": money(sums["serving"] + sums["retention"]),
                f"serving_costs.{name}": money(sums["serving"]),
                f"retention_costs.{name}": money(sums["retention"]),
            }
        if segment == ALL and name in _MARGINS:
            known = net > 0 and counts["serving"] > 0
            costs[f"gross_margin.{name}"] = ratio(net - sums["serving"], net) if known else None
        return costs | {
            f"gross_revenue.{name}": money(sums["gross"]),
            f"refunds.{name}": money(sums["refund"]),
            f"fees.{name}": money(sums["fee"]),
            f"dispute_losses.{name}": money(sums["loss"]),
            f"net_revenue.{name}": money(net),
            f"payments.{name}": counts["gross"],
            f"failed_payments.{name}": counts["failure"],
            f"disputes.{name}": counts["dispute"],
        }
