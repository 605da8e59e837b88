"""Links: which anonymous id belongs to which user, as `usage.identified` says.

One anonymous id has one user: the link with the earliest (time, source, id) wins, whatever arrived first. Users are
never linked to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from stream.engine.tables import Rows, declare

PersonKey = tuple[str, str, str]
"""Kind (`user` or `anonymous`), scope (the account, or the record key where there is none: the same text) and id."""


class Link(Struct, array_like=True, frozen=True, gc=False):
    """A link of an anonymous id: the user, and the event that made it (µs, source, id)."""

    user_id: str
    at: int
    source: str
    id: str

    def order(self) -> tuple[int, str, str]:
        """Return what the earliest link is chosen by."""
        return self.at, self.source, self.id


TABLE: Final = declare("links", PersonKey, Link)


class Links:
    """The links of one partition, by anonymous id and by user."""

    def __init__(self, rows: Rows[PersonKey, Link]) -> None:
        self._rows: Final = rows
        self._anonymous: dict[PersonKey, list[PersonKey]] = {}
        for key, link in rows.items():
            self._anonymous.setdefault(user_of(key, link), []).append(key)

    def items(self) -> Iterable[tuple[PersonKey, Link]]:
        """Return every linked anonymous id with its link."""
        return self._rows.items()

    def person(self, key: PersonKey) -> PersonKey:
        """Return the key under which a raw id's person stands: its user's, or its own."""
        link = self._rows.get(key) if key[0] == "anonymous" else None
        return key if link is None else user_of(key, link)

    def members(self, person: PersonKey) -> list[PersonKey]:
        """Return the raw ids of a person, its own first."""
        return [person, *sorted(self._anonymous.get(person, ()))]

    def linked_at(self, key: PersonKey) -> int:
        """Return when (µs) a raw id was linked; 0 for one that stands for itself."""
        link = self._rows.get(key) if key[0] == "anonymous" else None
        return 0 if link is None else link.at

    def supersedes(self, key: PersonKey, link: Link) -> bool:
        """Say whether a link is earlier than the one that the anonymous id has."""
        old = self._rows.get(key)
        return old is None or link.order() < old.order()

    def put(self, key: PersonKey, link: Link) -> None:
        """Let an anonymous id belong to the user of a link."""
        old = self._rows.get(key)
        if old is not None:
            self._anonymous[user_of(key, old)].remove(key)
        self._rows[key] = link
        self._anonymous.setdefault(user_of(key, link), []).append(key)


def user_of(key: PersonKey, link: Link) -> PersonKey:
    """Return the key of the user that an anonymous id is linked to."""
    return ("user", key[1], link.user_id)
