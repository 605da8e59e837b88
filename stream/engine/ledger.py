"""The ledger, checked: MRR at the start and all that moved it since are the MRR at the end, to the micro-unit.

An account tells its MRR twice: as what its subscriptions are worth, and as the sum of its movements and of what new
rates did. Where the two sums over all accounts differ, or a window opened with less than nothing, a number is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from stream.engine.definitions import Definitions
from stream.engine.kpis.kpi import LabelCache, View
from stream.engine.kpis.mrr import M, closing_accounts, closing_mrr, opening_accounts, opening_mrr
from stream.engine.windows import NOW

_PAIRS: Final = {"mrr": "ledger_mrr", "paying_accounts": "ledger_accounts"}


def contradictions(totals: Mapping[str, Mapping[str, int]], definitions: Definitions, as_of: int) -> Iterator[str]:
    """Yield what the totals of one segment say against themselves, in words; nothing where the ledger closes."""
    now = totals.get(NOW, {})
    for counter, booked in _PAIRS.items():
        if now.get(counter, 0) != now.get(booked, 0):
            yield f"{counter} is {now.get(counter, 0)}, its movements add up to {now.get(booked, 0)}"
    for window in M:
        view = View(totals, window, definitions, LabelCache(), as_of)
        for name, said in (
            ("opening_mrr", opening_mrr(view)),
            ("closing_mrr", closing_mrr(view)),
            ("opening_accounts", opening_accounts(view)),
            ("closing_accounts", closing_accounts(view)),
            ("what is left of opening_mrr", opening_mrr(view) - view["cohort_shrunk_mrr"]),
        ):
            if said < 0:
                yield f"{name}.{window} is {said}, less than nothing"
