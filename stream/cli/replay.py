"""`vitals replay`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from stream.cli.output import FAILED, WRONG_USE, definitions_or_exit, fail, opened_for_writing, progress, say
from stream.engine.definitions import Definitions
from stream.engine.durations import parse_duration
from stream.engine.segments import ALL_NAME
from stream.engine.snapshots import to_json
from stream.replay.instants import after, every, second_of
from stream.replay.run import Plan, Replay
from stream.replay.spooling import Refusal

SHOWN = 10


class _Letters:
    """Dead letters: the first ones on stderr, all of them in a file."""

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file
        self.number = 0

    def __call__(self, path: str, refusal: Refusal) -> None:
        self.number += 1
        if self.number <= SHOWN:
            say(f"{path}:{refusal.number}: {refusal.reason}: {refusal.detail}")
        if self._file is not None:
            self._file.write(refusal.as_json() + b"\n")


def replay(
    files: Annotated[list[str], typer.Argument(help="JSON lines, also .gz and .zst; - for stdin")],
    config: Annotated[Path | None, typer.Option(help="vitals.yaml")] = None,
    as_of: Annotated[list[str] | None, typer.Option(help="take a snapshot at this time (repeatable)")] = None,
    every_step: Annotated[str | None, typer.Option("--every", help="a snapshot every 1h, 1d, 1w …")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="the first one, with --every")] = None,
    until: Annotated[str | None, typer.Option(help="the last one; default: just after the latest event")] = None,
    segment: Annotated[list[str] | None, typer.Option(help="all, or dimension=value (repeatable)")] = None,
    alerts: Annotated[str | None, typer.Option(help="write the alerts of the same run to this file")] = None,
    step: Annotated[str, typer.Option(help="judge the rules at its multiples, with --alerts")] = "1m",
    out: Annotated[str | None, typer.Option(help="write the snapshots here instead of to stdout")] = None,
    dead_letters: Annotated[str | None, typer.Option(help="write invalid lines and why to this file")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="exit with 1 if a line is invalid")] = False,
) -> None:
    """Play files of events through the engine: the same numbers as live, with no broker and no clock."""
    definitions = definitions_or_exit(config)
    with ExitStack() as stack:
        try:
            judged_every = _step(step) if alerts is not None else None
            letters = _Letters(None if dead_letters is None else stack.enter_context(opened_for_writing(dead_letters)))
            run = stack.enter_context(Replay(definitions, files))
            with progress() as bar:
                task = bar.add_task("reading", total=run.bytes or None)
                run.read(letters, lambda size: bar.advance(task, size))
            instants = _instants(run, definitions, as_of or [], every_step, begin, until)
            with progress() as bar:
                bar.add_task("playing", total=None)
                result = run.play(Plan(instants, segment or [ALL_NAME], judged_every))
            with opened_for_writing(out) as file:
                file.writelines(to_json(snapshot) + b"\n" for snapshot in result.snapshots)
            if alerts is not None:
                with opened_for_writing(alerts) as file:
                    file.writelines(alert + b"\n" for alert in result.alerts)
        except OSError as error:
            raise fail(str(error)) from None
        except ValueError as error:
            raise fail(str(error), WRONG_USE) from None
    if letters.number > SHOWN:
        say(f"… and {letters.number - SHOWN} more invalid lines")
    if strict and letters.number:
        raise typer.Exit(FAILED)


def _step(text: str) -> int:
    seconds = parse_duration(text)
    if not seconds:
        raise ValueError("--step: 0 never ends; write a step like 1m")
    return seconds


def _instants(
    run: Replay, definitions: Definitions, as_of: list[str], step: str | None, begin: str | None, until: str | None
) -> list[int]:
    """Return the seconds to take snapshots at, in order."""
    asked = {_second("--as-of", text) for text in as_of}
    last = _second("--until", until) if until is not None else None if run.latest is None else after(run.latest)
    if step is not None:
        if begin is None:
            raise ValueError("--every: --from is missing; say when the first snapshot is")
        if last is not None:
            asked.update(every(step, _second("--from", begin), last, definitions.business.zone))
    elif begin is not None:
        raise ValueError("--from: goes with --every; add it")
    elif not asked and last is not None:
        asked.add(last)
    return sorted(asked)


def _second(option: str, text: str) -> int:
    try:
        return second_of(text)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None
