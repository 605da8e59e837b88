"""`vitals dlq`: its work."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

import typer

from schemas.errors import BadEvent, Reason
from schemas.keys import message_key
from schemas.times import format_time, parse_time
from stream.brokers.control import ControlFailed, resume
from stream.brokers.letters import Letter, Letters, LettersFailed, opened
from stream.brokers.mending import Change, mended, parse_change
from stream.cli.output import FAILED, WRONG_USE, fail, say
from stream.cli.settings import definitions_or_exit, deployment_or_exit, quiet_clients
from stream.cli.tables import Table
from stream.clock import Clock, now
from stream.engine.decoding import decode
from stream.engine.durations import format_duration, parse_duration
from stream.engine.units import MICRO
from stream.publisher import Failure, Publisher, PublishingFailed
from stream.settings.deployment import Deployment


class Filters(NamedTuple):
    """Which letters, as the options say it."""

    reasons: list[str]
    topic: str | None
    since: str | None

    @property
    def given(self) -> bool:
        """Whether they choose at all."""
        return bool(self.reasons or self.topic or self.since)


def list_letters(filters: Filters, *, late: bool, as_json: bool) -> None:
    """Do what `vitals dlq list` does.

    Raises:
        typer.Exit: with 1 if the letters cannot be read; with 2 for wrong options.
    """
    chosen = _Chosen(filters)
    count = 0
    with _letters(late=late) as (_, letters), Table(("place", "since", "from", "reason", "detail")) as table:
        for letter in letters.all(chosen.since):
            if not chosen(letter):
                continue
            count += 1
            if as_json:
                typer.echo(json.dumps(_described(letter)))
            else:
                whence = f"{letter.topic}:{letter.from_partition}:{letter.from_offset}"
                table.row(letter.place, format_time(letter.at), whence, letter.reason, letter.detail)
    if not as_json:
        say(f"{count} {'late events' if late else 'dead letters'}")


def show_letter(place: str, *, late: bool, as_json: bool) -> None:
    """Do what `vitals dlq show` does: what is said of the letter goes to stderr, its bytes to stdout.

    Raises:
        typer.Exit: with 1 if it cannot be read; with 2 for a wrong place.
    """
    where = _place(place)
    with _letters(late=late) as (_, letters):
        letter = letters.one(*where)
    value = letter.value or b""
    if as_json:
        typer.echo(json.dumps(_described(letter) | {"value": value.decode("utf-8", "surrogateescape")}))
        return
    for name, said in _described(letter).items():
        say(f"{name}: {said}")
    sys.stdout.buffer.write(value)
    sys.stdout.buffer.flush()
    if sys.stdout.isatty():
        typer.echo()


def send_letters(
    places: list[str], filters: Filters, changes: list[str], edit: Path | None, *, late: bool, as_json: bool
) -> None:
    """Do what `vitals dlq send` does: each letter is mended, validated and sent, or it is said what is still wrong.

    Raises:
        typer.Exit: with 1 if one could not be sent; with 2 for wrong options.
    """
    chosen = _Chosen(filters)
    wheres = [_place(place) for place in places]
    fixes = _changes(changes)
    if bool(places) == filters.given:
        raise fail("name the letters by their places, or choose them by --reason, --topic or --since", WRONG_USE)
    if edit is not None and (len(places) != 1 or changes):
        raise fail("--edit: is the whole of one letter; name its place, and leave --set out", WRONG_USE)
    anew = None if edit is None else _read(edit)
    grace = definitions_or_exit(None).lateness.grace.model_dump()
    with _letters(late=late) as (deployment, letters):
        found = [letters.one(*where) for where in wheres] if places else letters.all(chosen.since)
        sending = _Sending(deployment, fixes, anew, grace, as_json=as_json)
        sending.run(letter for letter in found if chosen(letter))
    if sending.left:
        raise typer.Exit(FAILED)


def resume_partitions(partitions: Sequence[int]) -> None:
    """Do what `vitals dlq resume` does.

    Raises:
        typer.Exit: with 1 if the workers cannot be told.
    """
    deployment = deployment_or_exit()
    quiet_clients()
    try:
        resume(deployment, partitions)
    except ControlFailed as error:
        raise fail(str(error)) from None
    which = ", ".join(map(str, partitions))
    say(f"told the workers: partition {which} reads on" if partitions else "told the workers: all partitions read on")


class _Sending:
    """Sends letters again.

    Args:
        deployment: where to.
        changes: what to set in each.
        anew: the event to send instead, for one letter.
        grace: how late an event of a family may be (s).
        as_json: whether to say so as JSON lines on stdout.
    """

    def __init__(
        self,
        deployment: Deployment,
        changes: Sequence[Change],
        anew: bytes | None,
        grace: dict[str, int],
        *,
        as_json: bool,
    ) -> None:
        self._deployment: Final = deployment
        self._changes: Final = changes
        self._anew: Final = anew
        self._grace: Final = grace
        self._as_json: Final = as_json
        self.sent = 0
        self.left = 0
        """Letters that are still wrong, or could not be sent."""

    def run(self, letters: Iterator[Letter]) -> None:
        failures: list[Failure] = []
        try:
            with Publisher(self._deployment, on_failure=failures.append) as publisher:
                for letter in letters:
                    self._send(publisher, letter)
        except PublishingFailed as error:
            raise fail(str(error)) from None
        for failure in failures:
            say(f"{failure.topic}: {failure.key}: could not be sent: {failure.reason}; send it again")
        self.left += len(failures)
        say(f"sent {self.sent - len(failures)} again" + (f", {self.left} not" if self.left else ""))

    def _send(self, publisher: Publisher, letter: Letter) -> None:
        try:
            value = mended(letter.value, self._changes) if self._anew is None else self._anew
            at, event = decode(value)
            publisher.send(value)
        except BadEvent as bad:
            self.left += 1
            self._tell(letter, sent=False, reason=bad.reason, detail=bad.detail)
            return
        self.sent += 1
        self._note_late(letter, at, event.family)
        topic = f"{self._deployment.namespace}.{event.family}"
        self._tell(letter, sent=True, id=event.id, topic=topic, key=message_key(event))

    def _note_late(self, letter: Letter, at: int, family: str) -> None:
        clock = Clock(self._deployment).microsecond()
        behind = 0 if clock is None else (clock - at) // MICRO
        if behind > self._grace[family]:
            grace = format_duration(self._grace[family])
            say(
                f"note: {letter.place}: is older than the grace of {family} ({grace}): it is likely to go to "
                f"{self._deployment.namespace}.late; raise lateness.grace.{family}, or count it with `vitals replay`"
            )

    def _tell(self, letter: Letter, *, sent: bool, **more: str) -> None:
        if self._as_json:
            typer.echo(json.dumps({"place": letter.place, "sent": sent, **more}))
        elif not sent:
            say(f"{letter.place}: {more['reason']}: {more['detail']}")
        else:
            typer.echo(f"{letter.place}: sent to {more['topic']} under the key {more['key']}")


class _Chosen:
    """Says which letters the filters choose; wrong filters end the command."""

    def __init__(self, filters: Filters) -> None:
        known = [str(reason) for reason in Reason]
        for reason in filters.reasons:
            if reason not in known:
                near = get_close_matches(reason, known, n=1)
                fix = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                raise fail(f"--reason: there is no reason {reason}; {fix}", WRONG_USE)
        self._reasons: Final = filters.reasons
        self._topic: Final = filters.topic
        self.since: Final = None if filters.since is None else _since(filters.since)

    def __call__(self, letter: Letter) -> bool:
        if self._topic is not None and self._topic not in (letter.topic, letter.topic.rpartition(".")[2]):
            return False
        return not self._reasons or letter.reason in self._reasons


@contextmanager
def _letters(*, late: bool) -> Iterator[tuple[Deployment, Letters]]:
    deployment = deployment_or_exit()
    quiet_clients()
    try:
        with opened(deployment, late=late) as letters:
            yield deployment, letters
    except LettersFailed as error:
        raise fail(str(error)) from None


def _since(text: str) -> int:
    try:
        return int(now() * MICRO) - parse_duration(text) * MICRO
    except ValueError:
        pass
    try:
        return parse_time(text)
    except ValueError:
        raise fail(
            f"--since: {text!r} is neither a time nor a duration; write 2026-11-22T10:00:00Z, or 30m, 6h, 2d", WRONG_USE
        ) from None


def _place(text: str) -> tuple[int, int]:
    partition, colon, offset = text.partition(":")
    if not (colon and partition.isdecimal() and offset.isdecimal()):
        raise fail(f"{text!r} is no place; write PARTITION:OFFSET as `vitals dlq list` says it, like 3:17", WRONG_USE)
    return int(partition), int(offset)


def _changes(texts: Sequence[str]) -> list[Change]:
    try:
        return [parse_change(text) for text in texts]
    except ValueError as error:
        raise fail(f"--set: {error}", WRONG_USE) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise fail(f"--edit: {path} cannot be read: {error.strerror}", WRONG_USE) from None


def _described(letter: Letter) -> dict[str, Any]:
    return {
        "place": letter.place,
        "at": format_time(letter.at),
        "reason": letter.reason,
        "detail": letter.detail,
        "topic": letter.topic,
        "partition": letter.from_partition,
        "offset": letter.from_offset,
        "key": None if letter.key is None else letter.key.decode("utf-8", "backslashreplace"),
    }


__all__ = ["Filters", "list_letters", "resume_partitions", "send_letters", "show_letter"]
