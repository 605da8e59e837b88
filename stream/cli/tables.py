"""Tables: drawn on a terminal, tab-separated lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Self

import typer

if TYPE_CHECKING:
    import rich.table


class Table:
    """Rows of text. In a pipe each is a line at once, its cells between tabs, so that `cut` and `awk` can read them."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns: Final = columns
        self._drawn: rich.table.Table | None = None

    def __enter__(self) -> Self:
        if sys.stdout.isatty():
            self._drawn = drawn(self._columns)
        return self

    def row(self, *cells: str) -> None:
        """Add a row."""
        if self._drawn is None:
            typer.echo("\t".join(plain(cell) for cell in cells))
        else:
            from rich.text import Text  # noqa: PLC0415 - needed at a terminal only, and heavy

            self._drawn.add_row(*(Text(cell) for cell in cells))

    def __exit__(self, *_: object) -> None:
        if self._drawn is not None and self._drawn.row_count:
            from rich.console import Console  # noqa: PLC0415 - likewise

            Console().print(self._drawn)


def drawn(columns: Sequence[str]) -> rich.table.Table:
    """Return an empty table for a terminal."""
    from rich.box import SIMPLE  # noqa: PLC0415 - needed at a terminal only, and heavy
    from rich.table import Table as Drawn  # noqa: PLC0415 - likewise

    return Drawn(*columns, box=SIMPLE, pad_edge=False)


def plain(text: str) -> str:
    """Return a text as one cell of one line: what would break the line is escaped."""
    return text.translate({9: "\\t", 10: "\\n", 13: "\\r"})
