"""`vitals publish`: its work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import typer

from schemas.errors import BadEvent
from stream.cli.letters import Letters
from stream.cli.output import FAILED, WRONG_USE, fail, opened_for_writing, progress, same_place, say
from stream.cli.settings import deployment_or_exit, quiet_clients
from stream.publisher import Failure, Publisher, PublishingFailed
from stream.replay.reading import STDIN, Piece, lines_of, pieces
from stream.replay.spooling import Refusal


def run(files: Sequence[str], dead_letters: str | None, *, strict: bool) -> None:
    """Do what `vitals publish` does with these options.

    Raises:
        typer.Exit: with 1 if it failed, or if a line is invalid and `strict`; with 2 for wrong options.
    """
    _check_paths(files, dead_letters)
    deployment = deployment_or_exit()
    quiet_clients()
    failures: list[Failure] = []
    try:
        whole = [Piece(path, sum(piece.size for piece in pieces(path)), shared=False) for path in files]
        with ExitStack() as stack:
            out = None if dead_letters is None else stack.enter_context(opened_for_writing(dead_letters))
            letters = Letters(out)
            publisher = stack.enter_context(Publisher(deployment, on_failure=failures.append))
            tell = stack.enter_context(progress("publishing", sum(piece.size for piece in whole)))
            sent = sum(_publish(publisher, piece, letters, failures, tell) for piece in whole)
            publisher.flush()
    except (OSError, PublishingFailed) as error:
        raise fail(str(error)) from None
    letters.close()
    if failures:
        raise fail(
            f"{len(failures)} of {sent} events could not be sent; the first: {failures[0].reason}; "
            "publish the files again: an event that is in Kafka already counts once"
        )
    say(f"published {sent} events to {deployment.kafka_bootstrap}, {letters.number} invalid lines left out")
    if strict and letters.number:
        raise typer.Exit(FAILED)


def _publish(
    publisher: Publisher, piece: Piece, letters: Letters, failures: list[Failure], tell: Callable[[int], None]
) -> int:
    """Send the lines of a file; return how many."""
    sent = 0
    for number, line in enumerate(lines_of(piece, tell), 1):
        if not line or line.isspace():
            continue
        if failures:
            break  # the brokers are away: the rest would wait as long, each
        try:
            publisher.send(line)
            sent += 1
        except BadEvent as bad:
            letters(piece.path, Refusal(number, bad.reason, bad.detail, line))
    return sent


def _check_paths(files: Sequence[str], dead_letters: str | None) -> None:
    if files.count(STDIN) > 1:
        raise fail(f"{STDIN}: stdin can be read once; leave the others out", WRONG_USE)
    if dead_letters is not None and any(file != STDIN and same_place(file, dead_letters) for file in files):
        raise fail(f"--dead-letters: {dead_letters} is also an input; name another file", WRONG_USE)
