"""What commands say to people: on stderr, with an exit code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from stream.engine.definitions import Definitions
from stream.settings.definitions_file import WrongDefinitions, load_definitions
from stream.settings.deployment import Deployment, WrongEnvironment, load_deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1
WRONG_USE = 2

console = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Say something to the person at the terminal."""
    console.print(text, markup=False)


def fail(text: str, code: int = FAILED) -> typer.Exit:
    """Say what went wrong; raise what is returned."""
    say(f"error: {text}")
    return typer.Exit(code)


def definitions_or_exit(path: Path | None) -> Definitions:
    """Return the definitions; where they are wrong, say all that is, and exit with 2."""
    try:
        return load_definitions(path)
    except WrongDefinitions as wrong:
        for problem in wrong.problems:
            say(f"{path}: {problem}")
        raise typer.Exit(WRONG_USE) from None


def deployment_or_exit() -> Deployment:
    """Return the deployment; where the environment is wrong, say all that is, and exit with 2."""
    try:
        return load_deployment()
    except WrongEnvironment as wrong:
        say(str(wrong))
        raise typer.Exit(WRONG_USE) from None


def progress() -> Progress:
    """Return a progress bar on stderr; it shows nothing where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)


@contextmanager
def opened_for_writing(path: str | None) -> Iterator[BinaryIO]:
    """Open a file to write, or stdout for None and `-`."""
    if path is None or path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with Path(path).open("wb") as file:
        yield file
