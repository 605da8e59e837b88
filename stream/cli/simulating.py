"""`vitals simulate`: its work."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from schemas.times import format_time, parse_time, to_datetime
from stream.cli.output import STDOUT, WRONG_USE, fail, opened_for_writing, progress, say
from stream.cli.settings import definitions_or_exit, deployment_or_exit
from stream.engine.decoding import decode
from stream.engine.definitions import Definitions
from stream.simulate import Business, to_lines
from stream.simulate.pacing import Pace

_TOLD_EVERY: Final = 1_000
_IN_TRUTH: Final = {"business", "fx"}
_AFTERWARDS: Final = {"rules", "slos", "targets", "alerting", "receivers", "silences", "lateness", "segments"}
"""Sections that change no value of the truth."""


class World(NamedTuple):
    """Which business, as the options say it."""

    days: int
    seed: int
    accounts: int
    start: str
    duplicates: float
    late: float
    families: tuple[str, ...]


def run(
    world: World,
    config: Path | None,
    out: str | None,
    truth: str | None,
    *,
    full_truth: bool = False,
    speed: float | None = None,
) -> None:
    """Do what `vitals simulate` does with these options.

    Raises:
        typer.Exit: with 1 if it failed, with 2 for wrong options.
    """
    if speed is not None and out is not None:
        raise fail("--speed plays to Kafka; leave --out or --speed out", WRONG_USE)
    definitions = definitions_or_exit(config)
    try:
        business = _business(world, definitions)
    except (ValueError, OverflowError) as error:
        raise fail(str(error), WRONG_USE) from None
    as_of: datetime | None = None
    with progress("simulating", None) as tell:
        lines = _told(to_lines(business), tell)
        if out is None:
            as_of = _publish(lines, speed)
        else:
            try:
                with opened_for_writing(out) as file:
                    file.writelines(lines)
            except BrokenPipeError:
                raise  # who reads has read enough; typer ends quietly
            except OSError as error:
                raise fail(str(error)) from None
    if truth is None and out == STDOUT:
        return
    try:
        with opened_for_writing(truth) as file:
            file.write(json.dumps(business.truth(as_of, families=full_truth)).encode() + b"\n")
    except OSError as error:
        raise fail(str(error)) from None


def _publish(lines: Iterator[bytes], speed: float | None) -> datetime | None:
    """Publish, until Ctrl-C if need be.

    Returns:
        The second before which all was sent, if there is more; None: the world was told to its end.
    """
    from stream.publisher import PublishingFailed, publish_lines  # noqa: PLC0415 - a file needs no Kafka client

    with _interrupted() as interrupted:
        pace = Pace(speed, lambda line: decode(line)[0], time.monotonic, interrupted.wait)
        try:
            sent = publish_lines(deployment_or_exit(), pace.play(lines))
        except PublishingFailed as error:
            raise fail(str(error)) from None
    if not pace.stopped:
        return None
    if pace.reached is None:
        raise fail("stopped before the first event was sent")
    second = pace.reached // 1_000_000 * 1_000_000
    say(f"stopped: {sent} events are in Kafka, up to {format_time(pace.reached)}")
    return to_datetime(second)


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """Give something that is set by Ctrl-C, so that what was sent is acknowledged first; the next one ends at once."""
    event = threading.Event()

    def end(number: int, _: object) -> None:
        event.set()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, end)
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _business(world: World, definitions: Definitions) -> Business:
    try:
        start = to_datetime(parse_time(world.start))
    except ValueError as error:
        raise ValueError(f"--start: {error}") from None
    if isinstance(definitions.fx, list):
        raise ValueError("fx: the simulation takes one rate a currency; write fx: {EUR: 1.08}")  # noqa: TRY004 - a setting
    _note_what_the_truth_ignores(definitions)
    return Business(
        seed=world.seed,
        days=world.days,
        start=start,
        accounts=world.accounts,
        zone=definitions.business.zone,
        fx={currency: str(float(rate)) for currency, rate in definitions.fx.items()},
        duplicates=world.duplicates,
        late=world.late,
        families=world.families,
    )


def _note_what_the_truth_ignores(definitions: Definitions) -> None:
    default = Definitions()
    names = [name for name in Definitions.model_fields if name not in _IN_TRUTH | _AFTERWARDS]
    ignored = [name for name in names if getattr(definitions, name) != getattr(default, name)]
    ours, usual = definitions.business, default.business
    ignored += [
        f"business.{name}" for name in ("week_start", "currency") if getattr(ours, name) != getattr(usual, name)
    ]
    if ignored:
        say(f"note: the truth is that of the defaults for {', '.join(ignored)}")


def _told(lines: Iterator[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    """Pass lines on, and say now and then how many more there were."""
    for number, line in enumerate(lines, 1):
        yield line
        if not number % _TOLD_EVERY:
            tell(_TOLD_EVERY)
