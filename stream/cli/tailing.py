"""`vitals tail`: its work."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from typing import Any, Final

import typer
from redis.exceptions import RedisError

from stream.cli import readers
from stream.cli.output import WRONG_USE, fail, say
from stream.cli.readers import Reader
from stream.cli.tables import drawn
from stream.engine.kpis import CATALOGUE
from stream.engine.windows import C, R

LOOKED: Final = 1.0
"""Seconds after which Redis is asked though it told of nothing: a message may be lost, a value is not."""
_SHOWN_SEGMENTS: Final = 10
_WINDOWS: Final = ("now", *R, *C)
"""The columns of the table, in this order."""

Snapshot = dict[str, Any]


def run(segment: str, values: list[str], *, once: bool, as_json: bool) -> None:
    """Do what `vitals tail` does with these options.

    Raises:
        typer.Exit: with 1 if there is nothing to show; with 2 for wrong options.
    """
    chosen = _chosen(values)
    with readers.opened() as reader:
        if once:
            snapshot = _read(reader, segment, chosen)
            if snapshot is None:
                raise fail(_missing(reader, segment))
            with _shower(as_json=as_json, live=False) as show:
                show(snapshot)
            return
        _follow(reader, segment, chosen, as_json=as_json)


def _follow(reader: Reader, segment: str, chosen: set[str], *, as_json: bool) -> None:
    last = None
    with reader.client.pubsub(ignore_subscribe_messages=True) as told, _shower(as_json=as_json, live=True) as show:
        told.subscribe(reader.key("snapshots"))
        if _read(reader, segment, chosen) is None:
            say(f"{_missing(reader, segment)}; waiting for it")
        while True:
            snapshot = _read(reader, segment, chosen)
            if snapshot is not None and (key := (snapshot["as_of"], snapshot["revision"])) != last:
                last = key
                show(snapshot)
            told.get_message(timeout=LOOKED)


def _read(reader: Reader, segment: str, chosen: set[str]) -> Snapshot | None:
    """Return the snapshot with the values that were chosen; None where there is none."""
    text = reader.client.get(reader.key(f"snapshot:{segment}:json"))
    if text is None:
        return None
    snapshot: Snapshot = json.loads(text)
    if chosen:
        for part in ("values", "reasons"):
            snapshot[part] = {name: value for name, value in snapshot[part].items() if name in chosen}
    return snapshot


def _missing(reader: Reader, segment: str) -> str:
    there = sorted(reader.client.smembers(reader.key("segments")))
    if not there:
        return "there is no snapshot yet; `vitals doctor` says whether a worker runs"
    near = get_close_matches(segment, there, n=1)
    most = ", ".join(there[:_SHOWN_SEGMENTS]) + (" …" if len(there) > _SHOWN_SEGMENTS else "")
    return f"there is no segment {segment}; " + (f"did you mean {near[0]}?" if near else f"there are {most}")


def _chosen(values: list[str]) -> set[str]:
    """Return the names of values that the options name, by themselves or by their KPI; empty: all."""
    names = {kpi.name: [name for name, _ in kpi.names()] for kpi in CATALOGUE.values()}
    if not {value.partition(".")[0] for value in values} <= names.keys():
        names = _published()
    known = {*names, *(name for some in names.values() for name in some)}
    for value in values:
        if value not in known:
            near = get_close_matches(value, known, n=1)
            fix = f"did you mean {near[0]}?" if near else "`vitals tail --once` shows them all"
            raise fail(f"--value: there is no value {value}; {fix}", WRONG_USE)
    return {name for value in values for name in names.get(value, [value])}


def _published() -> dict[str, list[str]]:
    """Return what workers publish, {KPI: its values}: KPIs of a business's own are declared where they run."""
    names = {kpi.name: [name for name, _ in kpi.names()] for kpi in CATALOGUE.values()}
    with suppress(RedisError):
        for name in readers.last_published():
            values = names.setdefault(name.partition(".")[0], [])
            if name not in values:
                values.append(name)
    return names


@contextmanager
def _shower(*, as_json: bool, live: bool) -> Iterator[Callable[[Snapshot], None]]:
    """Return what shows a snapshot: as JSON, as a table that is drawn over, or as lines."""
    if as_json:
        yield lambda snapshot: typer.echo(json.dumps(snapshot, ensure_ascii=False))
    elif not sys.stdout.isatty():
        yield _Lines()
    elif not live:
        from rich.console import Console  # noqa: PLC0415 - needed at a terminal only, and heavy

        yield lambda snapshot: Console().print(_table(snapshot))
    else:
        from rich.live import Live  # noqa: PLC0415 - likewise

        with Live(auto_refresh=False, screen=True, vertical_overflow="crop") as screen:
            yield lambda snapshot: screen.update(_table(snapshot), refresh=True)


class _Lines:
    """Each value that changed as a line: `as_of`, revision, whether it is complete, name, value."""

    def __init__(self) -> None:
        self._before: dict[str, Any] = {}

    def __call__(self, snapshot: Snapshot) -> None:
        head = (snapshot["as_of"], str(snapshot["revision"]), "complete" if snapshot["complete"] else "incomplete")
        for name, value in snapshot["values"].items():
            if name not in self._before or self._before[name] != value:
                typer.echo("\t".join((*head, name, json.dumps(value, ensure_ascii=False))))
        self._before = snapshot["values"]


def _table(snapshot: Snapshot) -> Any:
    """Return the values as a table for a terminal: a row a KPI, a column a window."""
    from rich.console import Group  # noqa: PLC0415 - needed at a terminal only, and heavy
    from rich.text import Text  # noqa: PLC0415 - likewise

    rows: dict[str, dict[str, Any]] = {}
    for name, value in snapshot["values"].items():
        kpi, _, window = name.partition(".")
        rows.setdefault(kpi, {})[window or "now"] = value
    order = {window: place for place, window in enumerate(_WINDOWS)}
    windows = sorted({window for row in rows.values() for window in row}, key=lambda window: order.get(window, 99))
    table = drawn(["", *windows])
    for column in table.columns[1:]:
        column.justify = "right"
    for kpi, row in rows.items():
        table.add_row(kpi, *(Text(_spoken(row[window]) if window in row else "") for window in windows))
    state = "complete" if snapshot["complete"] else "INCOMPLETE"
    title = f"{snapshot['segment']} as of {snapshot['as_of']}, revision {snapshot['revision']}, {state}"
    names = ("events", "late", "too_late", "duplicates", "excluded", "dead_letters")
    counts = ", ".join(f"{snapshot['counts'][name]:,} {name.replace('_', ' ')}" for name in names)
    return Group(Text(title, "bold" if snapshot["complete"] else "bold yellow"), Text(counts, "dim"), table)


def _spoken(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list | dict):
        return f"{len(value)} rows"
    return f"{value:,}"
