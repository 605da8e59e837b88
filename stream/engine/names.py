"""Names of open sets, such as features: a partition keeps the first thousand that it meets, the surplus is `other`."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Final

from stream.engine.tables import declare

NAMES_KEPT: Final = 1_000
OTHER: Final = "other"

NamesKey = tuple[str, str]
"""The set, and a name in it."""

TABLE: Final = declare("names", NamesKey, int)


class Names:
    """The names of one set that a partition keeps.

    They are state: which of them were met first decides what is kept.
    """

    def __init__(self, kind: str, rows: MutableMapping[NamesKey, int]) -> None:
        self._kind: Final = kind
        self._rows: Final = rows
        self.kept: Final[dict[str, str]] = {name: name for of, name in rows if of == kind}
        """The kept names by themselves: one look-up on the hot path."""

    def of(self, name: str) -> str:
        """Return what a name counts under: itself, or `other` once a thousand are kept."""
        found = self.kept.get(name)
        if found is not None:
            return found
        if len(self.kept) >= NAMES_KEPT:
            return OTHER
        self._rows[self._kind, name] = len(self.kept)
        self.kept[name] = name
        return name
