"""Lines: events as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from stream.simulate.business import Business


def to_lines(business: Business) -> Iterator[bytes]:
    r"""Write the events of a business as JSON lines, compact and each with its line break.

    Example:
        >>> from stream.simulate import Business
        >>> next(to_lines(Business(seed=7, days=1, accounts=1)))[:6]
        b'{"id":'
    """
    encode = msgspec.json.Encoder().encode
    for event in business.events():
        yield encode(event) + b"\n"
