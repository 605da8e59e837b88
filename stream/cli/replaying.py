"""`vitals replay`: its work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import typer

from stream.cli.letters import Letters
from stream.cli.output import FAILED, STDOUT, WRONG_USE, fail, opened_for_writing, progress, same_place
from stream.cli.settings import definitions_or_exit
from stream.engine.definitions import Definitions
from stream.engine.durations import parse_duration
from stream.engine.segments import ALL_NAME, ALWAYS
from stream.memory import collect_rarely
from stream.replay.instants import Step, after, every, second_of
from stream.replay.parts import ReplayFailed
from stream.replay.reading import STDIN
from stream.replay.run import Plan, Replay


class Times(NamedTuple):
    """When to take snapshots, as the options say it."""

    as_of: list[str]
    every: str | None
    begin: str | None
    until: str | None


class Outputs(NamedTuple):
    """Where to write; None: to stdout for snapshots, nowhere for the others."""

    out: str | None
    alerts: str | None
    dead_letters: str | None


def run(
    files: list[str],
    config: Path | None,
    times: Times,
    segments: list[str],
    outputs: Outputs,
    *,
    step: str,
    strict: bool,
) -> None:
    """Do what `vitals replay` does with these options.

    Raises:
        typer.Exit: with 1 if it failed, or if a line is invalid and `strict`; with 2 for wrong options.
    """
    definitions = definitions_or_exit(config)
    try:
        asked = _Asked(times, definitions.business.zone)
        judged_every = _step(step)
        _check_segments(segments, definitions)
        _check_paths(files, outputs)
    except ValueError as error:
        raise fail(str(error), WRONG_USE) from None
    collect_rarely()
    try:
        with ExitStack() as stack:
            replay = stack.enter_context(Replay(definitions, files))
            letters = Letters(_opened(stack, outputs.dead_letters))
            alerts = _opened(stack, outputs.alerts)
            out = stack.enter_context(opened_for_writing(outputs.out))
            with progress("reading", replay.bytes) as tell:
                replay.read(letters, tell)
            plan = Plan(asked.instants(replay.latest), segments, None if alerts is None else judged_every)
            with progress("playing", replay.events) as tell:
                snapshots = replay.play(plan, _Lines(alerts), tell)
                out.writelines(line + b"\n" for line in snapshots)
    except BrokenPipeError:
        raise  # who reads has read enough; typer ends quietly
    except (OSError, ReplayFailed) as error:
        raise fail(str(error)) from None
    letters.close()
    if strict and letters.number:
        raise typer.Exit(FAILED)


class _Lines:
    """Writes lines to a file, if there is one."""

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file

    def __call__(self, line: bytes) -> None:
        if self._file is not None:
            self._file.write(line + b"\n")


class _Asked:
    """The seconds to take snapshots at, checked before hours are spent on reading.

    Raises:
        ValueError: if an option is wrong, or one is missing that belongs to it.
    """

    def __init__(self, times: Times, zone: str) -> None:
        self._as_ofs: Final = [second for text in times.as_of if (second := _second("--as-of", text)) is not None]
        self._begin: Final = _second("--from", times.begin)
        self._until: Final = _second("--until", times.until)
        self._zone: Final = zone
        try:
            self._step: Final = None if times.every is None else Step.parse(times.every)
        except ValueError as error:
            raise ValueError(f"--every: {error}") from None
        if self._step is not None and self._begin is None:
            raise ValueError("--every: --from is missing; say when the first snapshot is")
        if self._begin is not None and self._step is None:
            raise ValueError("--from: goes with --every; add it")
        if self._begin is not None and self._until is not None and self._begin > self._until:
            raise ValueError("--until: is before --from; swap them")

    def instants(self, latest: int | None) -> list[int]:
        """Return the seconds, ascending; `latest` is the latest event time (µs), None for no events."""
        return sorted({*self._as_ofs, *self._implied(latest)})

    def _implied(self, latest: int | None) -> Iterator[int]:
        last = self._until
        if last is None and latest is not None:
            last = after(latest)
        if last is None:
            return
        if self._step is not None and self._begin is not None:
            yield from every(self._step, self._begin, last, self._zone)
        elif not self._as_ofs:
            yield last


def _second(option: str, text: str | None) -> int | None:
    try:
        return None if text is None else second_of(text)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


def _step(text: str) -> int:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"--step: {error}") from None
    if not seconds:
        raise ValueError("--step: 0 never ends; write a step like 1m")
    return seconds


def _check_segments(segments: Sequence[str], definitions: Definitions) -> None:
    known = dict.fromkeys([*definitions.segments, *ALWAYS])
    for segment in segments:
        dimension, _, value = segment.partition("=")
        if segment == ALL_NAME or (value and dimension in known):
            continue
        if not value:
            raise ValueError(f"--segment: {segment!r} is no segment; write all, or dimension=value like plan=pro")
        near = get_close_matches(dimension, known, n=1)
        fix = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}; more go under `segments:`"
        raise ValueError(f"--segment: {dimension} is no dimension of the configuration; {fix}")


def _check_paths(files: Sequence[str], outputs: Outputs) -> None:
    """Refuse to write what is read, or two outputs to one place."""
    if files.count(STDIN) > 1:
        raise ValueError(f"{STDIN}: stdin can be read once; leave the others out")
    written = {"--out": outputs.out or STDOUT, "--alerts": outputs.alerts, "--dead-letters": outputs.dead_letters}
    given = {option: path for option, path in written.items() if path is not None}
    for (one, first), (other, second) in combinations(given.items(), 2):
        if same_place(first, second):
            raise ValueError(f"{other}: goes to the same place as {one}; name another file")
    for option, path in given.items():
        if path != STDOUT and any(file != STDIN and same_place(file, path) for file in files):
            raise ValueError(f"{option}: {path} is also an input; name another file")


def _opened(stack: ExitStack, path: str | None) -> BinaryIO | None:
    return None if path is None else stack.enter_context(opened_for_writing(path))
