"""Filters: which events count. They are checked when the file is read, and compiled once, when an engine starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from stream.engine.custom.fields import Field, Scalar, comparable, field, kind_of, number, reader
from stream.engine.events import Event

Filter = Mapping[str, Any]
Found = tuple[tuple[str | int, ...], str]
"""Where in a declaration something is wrong, and what."""
Test = Callable[[Any], bool]

_COMPARED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "above": lambda value, limit: value > limit,
    "below": lambda value, limit: value < limit,
    "at_least": lambda value, limit: value >= limit,
    "at_most": lambda value, limit: value <= limit,
}
OPERATORS: Final = ("not", *_COMPARED, "prefix", "exists")
ANY: Final = "any"
_WORDS: Final = {"text": "text", "number": "a number", "truth": "true or false"}


def wrong_filter(declared: object, kinds: Sequence[type[Event]]) -> Iterator[Found]:
    """Say what is wrong with a filter on events of these types."""
    if not isinstance(declared, dict):
        yield (), "must be a mapping; write field: value"
        return
    for name, wanted in declared.items():
        if name == ANY:
            yield from _wrong_any(wanted, kinds)
            continue
        try:
            known = field(name, kinds)
        except ValueError as error:
            yield (name,), str(error)
            continue
        for path, message in _wrong_condition(wanted, known):
            yield (name, *path), message


def _wrong_any(wanted: object, kinds: Sequence[type[Event]]) -> Iterator[Found]:
    if not isinstance(wanted, list) or not wanted:
        yield (ANY,), "must be a list of filters, of which one must match"
        return
    for index, part in enumerate(wanted):
        for path, message in wrong_filter(part, kinds):
            yield (ANY, index, *path), message


def _wrong_condition(wanted: object, known: Field | None) -> Iterator[Found]:
    if isinstance(wanted, list):
        if not wanted:
            yield (), "is an empty list, which nothing matches; give values, or remove it"
        for index, one in enumerate(wanted):
            yield from (((index,), message) for message in _wrong_scalar(one, known))
        return
    if not isinstance(wanted, dict):
        yield from (((), message) for message in _wrong_scalar(wanted, known))
        return
    if not wanted:
        yield (), f"says nothing; write a value, or one of {', '.join(OPERATORS)}"
    for operator, limit in wanted.items():
        yield from (((operator, *path), message) for path, message in _wrong_operator(operator, limit, known))


def _wrong_operator(operator: str, limit: object, known: Field | None) -> Iterator[Found]:
    if operator not in OPERATORS:
        yield (), f"is no comparison; there are {', '.join(OPERATORS)}"
    elif operator == "not":
        yield from _wrong_condition_value(limit, known)
    elif operator == "exists":
        if not isinstance(limit, bool):
            yield (), "must be true or false"
    elif operator == "prefix":
        if not isinstance(limit, str) or (known is not None and known.kind != "text"):
            yield (), "goes with text; compare numbers by at_least and the like"
    elif number(limit) is None and not isinstance(limit, Decimal):
        yield (), "must be a number"
    elif known is not None and known.kind != "number":
        yield (), f"goes with numbers, and this field is {_WORDS[known.kind]}"


def _wrong_condition_value(limit: object, known: Field | None) -> Iterator[Found]:
    if isinstance(limit, dict):
        yield (), "must be a value or a list of values"
    else:
        yield from _wrong_condition(limit, known)


def _wrong_scalar(value: object, known: Field | None) -> Iterator[str]:
    if not isinstance(value, str | bool | int | float | Decimal):
        yield "must be text, a number, or true or false"
    elif known is not None and kind_of(value) != known.kind:
        yield f"is {_WORDS[kind_of(value)]}, and this field is {_WORDS[known.kind]}: nothing would ever match"
    elif known is not None and known.words and value not in known.words:
        yield f"is none of {', '.join(known.words)}: nothing would ever match"


def compiled(declared: Filter) -> Callable[[Event], bool]:
    """Return what says whether an event matches; all keys of the filter must.

    >>> from stream.engine.events import Checked
    >>> slow = compiled({"ok": True, "latency_ms": {"above": 500}})
    >>> event = Checked(id="1", source="probe", time="2026-11-22T10:00:00Z", service="api", ok=True, latency_ms=700)
    >>> slow(event)
    True
    """
    parts: list[Callable[[Event], bool]] = []
    for name, wanted in declared.items():
        parts.append(_one_of([compiled(part) for part in wanted]) if name == ANY else _reading(name, wanted))
    if len(parts) == 1:
        return parts[0]
    return lambda event: all(part(event) for part in parts)


def _one_of(parts: Sequence[Callable[[Event], bool]]) -> Callable[[Event], bool]:
    return lambda event: any(part(event) for part in parts)


def _reading(name: str, wanted: Any) -> Callable[[Event], bool]:
    read, test = reader(name), _test(wanted)
    return lambda event: test(read(event))


def _test(wanted: Any) -> Test:
    if not isinstance(wanted, dict):
        return _among(wanted if isinstance(wanted, list) else [wanted])
    tests = [_operator(operator, limit) for operator, limit in wanted.items()]
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _among(wanted: Sequence[Scalar]) -> Test:
    values = frozenset(map(comparable, wanted))
    return lambda value: value is not None and comparable(value) in values


def _operator(operator: str, limit: Any) -> Test:
    if operator == "not":
        among = _among(limit if isinstance(limit, list) else [limit])
        return lambda value: not among(value)
    if operator == "exists":
        return lambda value: (value is not None) is limit
    if operator == "prefix":
        return lambda value: isinstance(value, str) and value.startswith(limit)
    compare = _COMPARED[operator]

    def holds(value: Any) -> bool:
        found = number(value)
        return found is not None and compare(found, limit)

    return holds
