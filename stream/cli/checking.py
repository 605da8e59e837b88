"""`vitals config check`: its work."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from stream.cli.output import WRONG_USE, say
from stream.settings.definitions_file import WrongDefinitions, load_definitions, not_built_yet
from stream.settings.deployment import WrongEnvironment, config_path, load_deployment, unknown_variables


def run(path: Path | None) -> None:
    """Check a file (None: the one that a worker would read) and the environment.

    Raises:
        typer.Exit: with 2 if anything is wrong, after all of it was said.
    """
    wrong, notes = _environment()
    try:
        path = path or config_path()
        definitions = load_definitions(path)
    except WrongDefinitions as found:
        wrong += [f"{path}: {problem}" for problem in found.problems]
    except WrongEnvironment:
        pass  # VITALS_CONFIG, which is among what is wrong
    else:
        notes += [f"{path}: {section}: is read, but not acted on yet" for section in not_built_yet(definitions)]
    for line in (*wrong, *notes):
        say(line)
    if wrong:
        raise typer.Exit(WRONG_USE)
    say(f"{path or 'no file, the defaults'}: good")


def _environment() -> tuple[list[str], list[str]]:
    """Return what is wrong with the environment, and what is odd about it."""
    near, far = unknown_variables(os.environ)
    try:
        load_deployment()
    except WrongEnvironment as wrong:
        return [*str(wrong).splitlines(), *near], far
    return near, far
