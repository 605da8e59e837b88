"""What commands say to people: on stderr, with an exit code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAILED = 1
WRONG_USE = 2
STDOUT = "-"


def say(text: str) -> None:
    """Say something to the person at the terminal."""
    typer.echo(text, err=True)


def fail(text: str, code: int = FAILED) -> typer.Exit:
    """Say what went wrong; raise what is returned."""
    say(f"error: {text}")
    return typer.Exit(code)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr, and nothing where that is no terminal; call what is given with how much is done.

    Args:
        what: what is going on.
        total: how much there is to do; None or 0 where nobody knows.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - needed at a terminal only, and heavy
    from rich.progress import (  # noqa: PLC0415 - likewise
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=total or None)
        yield lambda more: bar.advance(task, more)


@contextmanager
def opened_for_writing(path: str | None) -> Iterator[BinaryIO]:
    """Open a file to write, or stdout for None and `-`."""
    if path is None or path == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with Path(path).open("wb") as file:
        yield file


def same_place(one: str, other: str) -> bool:
    """Say whether two paths lead to the same file; `-` is a place, too."""
    if STDOUT in (one, other):
        return one == other
    first, second = Path(one).resolve(), Path(other).resolve()
    if first.is_file() and second.is_file():
        return first.samefile(second)
    return first == second and not first.exists()  # a device such as /dev/null takes what comes
