"""`vitals config`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Look at the configuration.", no_args_is_help=True)


@app.callback()
def _config() -> None:
    """Look at the configuration."""


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="vitals.yaml; default: the one that a worker would read")] = None,
    *,
    config: Annotated[Path | None, typer.Option(help="the same")] = None,
) -> None:
    """Say all that is wrong with vitals.yaml and with the environment, each with its place and the fix."""
    from stream.cli.checking import run  # noqa: PLC0415 - `vitals --help` needs no models

    run(file or config)


@app.command()
def show(
    *,
    config: Annotated[Path | None, typer.Option(help="vitals.yaml; default: the one that a worker would read")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as one JSON object")] = False,
) -> None:
    """Show what is in force: the definitions and the environment, defaults included, secrets masked."""
    from stream.cli.showing import run  # noqa: PLC0415 - `vitals --help` needs no models

    run(config, as_json=as_json)
