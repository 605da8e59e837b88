"""`vitals alerts`: its work."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

import typer

from stream.cli import readers
from stream.cli.output import WRONG_USE, fail, say
from stream.cli.readers import Reader
from stream.cli.tables import Table

COLUMNS: Final = ("status", "severity", "since", "until", "rule", "segment", "value", "summary")
WAITED_MS: Final = 1_000

Alert = dict[str, Any]


def run(*, active: bool, log: bool, follow: bool, as_json: bool) -> None:
    """Do what `vitals alerts` does with these options.

    Raises:
        typer.Exit: with 1 if Redis cannot be read; with 2 for wrong options.
    """
    if active and log:
        raise fail("--log: has those that fire, too; leave --active out", WRONG_USE)
    with readers.opened() as reader:
        last, logged = _log(reader)
        shown = logged if log else _active(reader)
        _show(shown, as_json=as_json)
        if not as_json and not shown:
            say("no alerts" if log else "no alert fires")
        while follow:
            last = _show_new(reader, last, as_json=as_json)


def _active(reader: Reader) -> list[Alert]:
    alerts = [json.loads(text) for text in reader.client.hvals(reader.key("alerts:active"))]
    return sorted(alerts, key=lambda alert: (alert["starts_at"], alert["rule"], alert["segment"]))


def _log(reader: Reader) -> tuple[str, list[Alert]]:
    """Return the place of the newest entry, and all alerts of the log."""
    entries = reader.client.xrange(reader.key("alerts:log"))
    return (entries[-1][0] if entries else "0-0"), [json.loads(fields["alert"]) for _, fields in entries]


def _show_new(reader: Reader, last: str, *, as_json: bool) -> str:
    """Show what came after a place in the log; return the new place."""
    for _, entries in reader.client.xread({reader.key("alerts:log"): last}, block=WAITED_MS) or ():
        for place, fields in entries:
            _show([json.loads(fields["alert"])], as_json=as_json)
            last = place
    sys.stdout.flush()
    return last


def _show(alerts: list[Alert], *, as_json: bool) -> None:
    if as_json:
        for alert in alerts:
            typer.echo(json.dumps(alert, ensure_ascii=False))
        return
    with Table(COLUMNS) as table:
        for alert in alerts:
            table.row(*_cells(alert))


def _cells(alert: Alert) -> Iterator[str]:
    yield from (alert["status"], alert["severity"], alert["starts_at"], alert["ends_at"] or "")
    yield from (alert["rule"], alert["segment"], json.dumps(alert["value"]), alert["summary"])
