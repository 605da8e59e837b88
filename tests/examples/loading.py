"""Examples as they are read: what is wrong with a file is said with its line."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from schemas.keys import TOPICS
from schemas.times import format_time, parse_time
from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE
from stream.engine.publication import published
from stream.settings.definitions_file import WrongDefinitions, parse_definitions
from stream.settings.yaml_lines import Document, dotted, read

_FOLDER: Final = Path(__file__).parent
FAMILIES: Final = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
_DEFAULTS: Final = {"source": "example", "account_id": "acme"}
_FRACTION: Final = re.compile(r"-?\d+(?:\.\d+)?/\d+(?:\.\d+)?\Z")
_EXAMPLE: Final = {"name", "from", "config", "events", "expect"}
_EXPECTATION: Final = {"as_of", "segment", "values", "reasons"}
_numbers: Final = msgspec.json.Encoder(decimal_format="number")


class WrongExample(Exception):  # noqa: N818 - it names what was read
    """A file of examples cannot be used; the text says where and why."""


class Expectation(NamedTuple):
    """Values of one segment at one `as_of` (seconds), as a reader of a snapshot finds them."""

    as_of: int
    segment: str
    values: Mapping[str, Any]
    reasons: Mapping[str, str | None]


class Example(NamedTuple):
    """One example: its events are lines of JSON, in the order in which the file has them."""

    name: str
    family: str
    config: Mapping[str, Any]
    lines: Sequence[bytes]
    times: Sequence[int]
    """Of the lines; µs."""
    expected: Sequence[Expectation]

    @property
    def as_ofs(self) -> list[int]:
        """The seconds that something is expected at, ascending."""
        return sorted({one.as_of for one in self.expected})

    @property
    def vitals_yaml(self) -> str:
        """The text of a `vitals.yaml` with its configuration, numbers as they were written."""
        return _numbers.encode(self.config).decode()

    def definitions(self) -> Definitions:
        """Return what it configures."""
        return parse_definitions(self.vitals_yaml)

    def patient(self) -> "Example":
        """Return it with nothing too late, and nothing too early: any order of arrival will do, all at once."""
        grace = dict.fromkeys(TOPICS, "1000d")
        lateness = {**self.config.get("lateness", {}), "grace": grace, "future": "1000d"}
        return self._replace(config={**self.config, "lateness": lateness})


def examples(family: str) -> list[Example]:
    """Return the examples of a file, by its name without `.yaml`.

    Raises:
        WrongExample: if anything in the file is wrong.
    """
    path = _FOLDER / f"{family}.yaml"
    return parse(path.read_text(encoding="utf-8"), family)


def parse(text: str, family: str) -> list[Example]:
    """Return the examples that the text of a file is.

    Raises:
        WrongExample: if anything in it is wrong.
    """
    document, problems = read(text)
    if problems:
        raise WrongExample("\n".join(f"{family}.yaml, {problem}" for problem in problems))
    found = list(_Reading(document, family).examples())
    names = [example.name for example in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise WrongExample(f"{family}.yaml: {', '.join(sorted(twice))}: stands there twice; names are unique")
    return found


class _Reading:
    def __init__(self, document: Document, family: str) -> None:
        self._document = document
        self._family = family

    def examples(self) -> Iterator[Example]:
        if not isinstance(self._document.content, list):
            raise self._wrong((), "is no list of examples")
        for index, one in enumerate(self._document.content):
            where = (index,)
            self._check(where, one, _EXAMPLE, _EXAMPLE - {"config"})
            config = one.get("config") or {}
            self._check_config((*where, "config"), config)
            lines, times = self._events((*where, "events"), one["events"])
            expected = [
                self._expectation((*where, "expect", place), expectation)
                for place, expectation in enumerate(one["expect"])
            ]
            yield Example(one["name"], self._family, config, lines, times, expected)

    def _check_config(self, where: tuple[Any, ...], config: Mapping[str, Any]) -> None:
        try:
            parse_definitions(_numbers.encode(config).decode())
        except WrongDefinitions as error:
            raise self._wrong(where, str(error)) from None

    def _events(self, where: tuple[Any, ...], events: Sequence[Any]) -> tuple[list[bytes], list[int]]:
        lines, times = [], []
        for number, event in enumerate(events):
            if not isinstance(event, dict) or not {"type", "time"} <= event.keys():
                raise self._wrong((*where, number), "is no event; give it a type and a time")
            said = {"id": f"e{number + 1}", **_DEFAULTS, **event}
            times.append(self._time((*where, number, "time"), event["time"]))
            lines.append(_numbers.encode({name: value for name, value in said.items() if value is not None}))
        return lines, times

    def _expectation(self, where: tuple[Any, ...], one: Any) -> Expectation:
        self._check(where, one, _EXPECTATION, {"as_of", "values"})
        as_of = self._time((*where, "as_of"), one["as_of"])
        values = {name: _said(value, name) for name, value in one["values"].items()}
        return Expectation(as_of // 1_000_000, one.get("segment", "all"), values, one.get("reasons") or {})

    def _check(self, where: tuple[Any, ...], one: Any, known: set[str], needed: set[str]) -> None:
        if not isinstance(one, dict) or not needed <= one.keys() <= known:
            raise self._wrong(where, f"needs {', '.join(sorted(needed))}; there may be {', '.join(sorted(known))}")

    def _time(self, where: tuple[Any, ...], value: Any) -> int:
        try:
            return parse_time(str(value))
        except ValueError as error:
            raise self._wrong(where, str(error)) from None

    def _wrong(self, where: tuple[Any, ...], why: str) -> WrongExample:
        return WrongExample(f"{self._family}.yaml, line {self._document.line_of(where)}: {dotted(where)}: {why}")


def _said(value: Any, name: str) -> Any:
    """Return a value as JSON readers have it: fractions and decimals as they are published."""
    if isinstance(value, dict):
        return {key: _said(part, name) for key, part in value.items()}
    if isinstance(value, list):
        return [_said(part, name) for part in value]
    exact = None
    if isinstance(value, str) and _FRACTION.fullmatch(value):
        above, _, below = value.partition("/")
        exact = Fraction(above) / Fraction(below)
    elif isinstance(value, Decimal):
        exact = Fraction(value)
    if exact is None:
        return value
    kpi = CATALOGUE.get(name.partition(".")[0])
    number = published(exact, cut=kpi is not None and kpi.cut)
    return json.loads(_numbers.encode(number))


def spoken(as_of: int) -> str:
    """Return a second as snapshots and options say it."""
    return format_time(as_of * 1_000_000)
