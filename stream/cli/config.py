"""`vitals config`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stream.cli.output import definitions_or_exit, deployment_or_exit, say
from stream.settings.definitions_file import not_built_yet

app = typer.Typer(help="Look at the configuration.", no_args_is_help=True)


@app.callback()
def _config() -> None:
    """Look at the configuration."""


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="vitals.yaml; default: the one that a worker would read")] = None,
    config: Annotated[Path | None, typer.Option(help="the same")] = None,
) -> None:
    """Say all that is wrong with vitals.yaml, each with its line and the fix."""
    path = file or config or deployment_or_exit().config_path
    definitions = definitions_or_exit(path)
    for section in not_built_yet(definitions):
        say(f"{path}: {section}: is read, but not acted on yet")
    say(f"{path or 'no file, the defaults'}: good")
