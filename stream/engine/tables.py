"""Tables: the rows that survive a restart, as the engine sees them.

The engine works on plain mappings: dictionaries in `vitals replay`, the partition's part of a Faust table in a worker.
A row that was changed in place is assigned back, or the change is not written.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final, NamedTuple, TypeVar

Key = TypeVar("Key")
Row = TypeVar("Row")

Rows = MutableMapping[Key, Row]


class Table(NamedTuple):
    """What a table holds: the types of its keys and rows, as they are written.

    `version` is raised when rows of the version before can no longer be read as they are.
    """

    name: str
    key: Any
    row: Any
    version: int = 1


TABLES: Final[dict[str, Table]] = {}
"""The tables of a partition by name, in the order in which they were declared."""


def declare(name: str, key: Any, row: Any, *, version: int = 1) -> Table:
    """Declare a table of the partition's state.

    Raises:
        ValueError: if the name is taken.
    """
    if name in TABLES:
        raise ValueError(f"the table {name} is declared twice")
    table = TABLES[name] = Table(name, key, row, version)
    return table
