"""The books that the world keeps on itself while it is told: what the truth is computed from."""

from __future__ import annotations

from typing import NamedTuple


class Worth(NamedTuple):
    """From an instant on, what one subscription is worth a month.

    Attributes:
        at: Milliseconds since the epoch.
        subscription: Whose worth.
        micro: Millionths of the reporting currency; 0 when it does not pay.
        segments: Where it counts.
    """

    at: int
    subscription: str
    micro: int
    segments: tuple[str, ...]


class Receipt(NamedTuple):
    """One line of the cash book.

    Attributes:
        at: Milliseconds since the epoch.
        kind: `gross`, `fee`, `refund`, `loss`, `failure` or `dispute`, each `gross` being one payment; `serving` or
            `retention`, which are costs.
        micro: Millionths of the reporting currency, without tax; negative where a loss is won back.
        segments: Where it counts.
    """

    at: int
    kind: str
    micro: int
    segments: tuple[str, ...]
