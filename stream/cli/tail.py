"""`vitals tail`: its options."""

from __future__ import annotations

from typing import Annotated

import typer


def tail(
    *,
    segment: Annotated[str, typer.Option(help="all, or dimension=value like plan=pro")] = "all",
    value: Annotated[list[str] | None, typer.Option(help="only this value, or all of this kpi (repeatable)")] = None,
    once: Annotated[bool, typer.Option("--once", help="show what is there now, and end")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="a snapshot a line, as JSON")] = False,
) -> None:
    """Watch the values of a segment live: a table on a terminal, lines in a pipe. Ctrl-C ends."""
    from stream.cli.tailing import run  # noqa: PLC0415 - `vitals --help` needs no Redis client

    run(segment, value or [], once=once, as_json=as_json)
