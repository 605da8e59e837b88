"""`vitals doctor`: its work."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import typer

from stream.cli.output import FAILED
from stream.cli.settings import quiet_clients
from stream.doctor.examination import examine
from stream.doctor.findings import Finding

_SIGNS: Final = {"good": "✓", "wrong": "✗", "skipped": "-"}
_COLOURS: Final = {"good": "green", "wrong": "bold red", "skipped": "dim"}


def run(config: Path | None, *, as_json: bool) -> None:
    """Do what `vitals doctor` does.

    Raises:
        typer.Exit: with 1 if something is wrong.
    """
    quiet_clients()
    told = _json if as_json else _coloured() if sys.stdout.isatty() else _plain
    states = set()
    for finding in examine(config):
        states.add(finding.state)
        told(finding)
    if "wrong" in states:
        raise typer.Exit(FAILED)


def _line(finding: Finding) -> str:
    return f"{finding.check}: {finding.says}" + (f"; {finding.fix}" if finding.fix else "")


def _plain(finding: Finding) -> None:
    typer.echo(f"{_SIGNS[finding.state]} {_line(finding)}")


def _json(finding: Finding) -> None:
    typer.echo(json.dumps(finding._asdict()))


def _coloured() -> Callable[[Finding], None]:
    from rich.console import Console  # noqa: PLC0415 - needed at a terminal only, and heavy
    from rich.text import Text  # noqa: PLC0415 - likewise

    console = Console(highlight=False)

    def tell(finding: Finding) -> None:
        style = _COLOURS[finding.state]
        text = Text.assemble((f"{_SIGNS[finding.state]} {finding.check}", style), f": {finding.says}")
        if finding.fix:
            text.append(f"\n  {finding.fix}", "bold")
        console.print(text)

    return tell
