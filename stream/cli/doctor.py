"""`vitals doctor`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def doctor(
    *,
    config: Annotated[Path | None, typer.Option(help="vitals.yaml; default: the one that a worker would read")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="a check a line, as JSON")] = False,
) -> None:
    """Look at everything that Vitals needs, and say what is wrong and how to mend it. Exit code 1 if anything is."""
    from stream.cli.examining import run  # noqa: PLC0415 - `vitals --help` needs no clients

    run(config, as_json=as_json)
