"""`vitals replay`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def replay(
    files: Annotated[list[str], typer.Argument(help="JSON lines, also .gz and .zst; - for stdin")],
    *,
    config: Annotated[Path | None, typer.Option(help="vitals.yaml; default: VITALS_CONFIG, else ./vitals.yaml")] = None,
    as_of: Annotated[list[str] | None, typer.Option(help="take a snapshot at this time (repeatable)")] = None,
    every: Annotated[str | None, typer.Option(help="a snapshot every 1h, 1d, 1w …; days and weeks are local")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="the first one, with --every")] = None,
    until: Annotated[str | None, typer.Option(help="the last one; default: just after the latest event")] = None,
    segment: Annotated[list[str] | None, typer.Option(help="all (default), or dimension=value (repeatable)")] = None,
    alerts: Annotated[str | None, typer.Option(help="write the alerts of the same run to this file")] = None,
    step: Annotated[str, typer.Option(help="judge the rules at its multiples, with --alerts")] = "1m",
    out: Annotated[str | None, typer.Option(help="write the snapshots here instead of to stdout")] = None,
    dead_letters: Annotated[str | None, typer.Option(help="write invalid lines and why to this file")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="exit with 1 if a line is invalid")] = False,
) -> None:
    """Play files of events through the engine: the same numbers as live, with no broker and no clock."""
    from stream.replay.processes import get_ready  # noqa: PLC0415 - `vitals --help` needs no engine

    get_ready(files)  # before this process imports the engine, too
    from stream.cli.replaying import Outputs, Times, run  # noqa: PLC0415

    times = Times(as_of or [], every, begin, until)
    outputs = Outputs(out, alerts, dead_letters)
    run(files, config, times, segment or ["all"], outputs, step=step, strict=strict)
