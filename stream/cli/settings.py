"""The settings as commands read them: where they are wrong, all that is wrong is said, and the exit code is 2."""

from __future__ import annotations

import logging
from pathlib import Path

import typer

from stream.cli.output import WRONG_USE, say
from stream.engine.definitions import Definitions
from stream.settings.definitions_file import WrongDefinitions, load_definitions
from stream.settings.deployment import Deployment, WrongEnvironment, config_path, load_deployment


def definitions_or_exit(path: Path | None) -> Definitions:
    """Return what a file defines; None: the file that a worker would read, or the defaults where there is none."""
    try:
        path = path or config_path()
        return load_definitions(path)
    except WrongDefinitions as wrong:
        for problem in wrong.problems:
            say(f"{path}: {problem}")
    except WrongEnvironment as wrong:
        say(str(wrong))
    raise typer.Exit(WRONG_USE)


def deployment_or_exit() -> Deployment:
    """Return the deployment that the environment describes."""
    try:
        return load_deployment()
    except WrongEnvironment as wrong:
        say(str(wrong))
    raise typer.Exit(WRONG_USE)


def quiet_clients() -> None:
    """Keep what the client libraries log from the terminal: the command says what is wrong, once and with the fix."""
    for name in ("kafka", "redis"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
