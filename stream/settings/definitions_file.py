"""Reading `vitals.yaml`: all errors at once, each with its line and the fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from stream.engine.alerting.rules import Rule
from stream.engine.definitions import Definitions
from stream.engine.kpis import CATALOGUE
from stream.settings.yaml_lines import Document, Problem, dotted, read

LATER: Final = ("slos", "targets", "trends", "kpis", "receivers", "silences")
"""Sections that are read and not acted on yet."""


class WrongDefinitions(Exception):  # noqa: N818 - it names what was read, not a fault of the program
    """The file cannot be used; `problems` says why, in the order of its lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems: Final = tuple(problems)


def load_definitions(path: Path | None) -> Definitions:
    """Return what a file defines; the defaults for no file.

    Raises:
        WrongDefinitions: if anything in it is wrong.
    """
    if path is None:
        return Definitions()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongDefinitions([Problem(1, "", f"{path} cannot be read: {error}")]) from None
    return parse_definitions(text)


def parse_definitions(text: str) -> Definitions:
    """Return what the text of a file defines.

    Raises:
        WrongDefinitions: if anything in it is wrong.

    >>> parse_definitions("business: {zone: Europe/Berlin}").business.zone
    'Europe/Berlin'
    """
    document, problems = read(text)
    if not isinstance(document.content, dict):
        raise WrongDefinitions([*problems, Problem(1, "", "the file is no mapping; write keys such as business: {…}")])
    definitions = None
    try:
        definitions = Definitions.model_validate(document.content)
    except ValidationError as error:
        problems += _explained(error, document)
    if definitions is not None:
        problems += _wrong_rules(definitions, document)
    if problems or definitions is None:
        raise WrongDefinitions(sorted(set(problems)))
    return definitions


def not_built_yet(definitions: Definitions) -> list[str]:
    """Return the sections that say something and are not acted on yet."""
    return [section for section in LATER if getattr(definitions, section)]


def _explained(error: ValidationError, document: Document) -> Iterator[Problem]:
    other_kind = "list[" if isinstance(document.content.get("fx"), dict) else "dict["
    for part in error.errors(include_url=False):
        if part["loc"][:1] == ("fx",) and str(part["loc"][1:2]).startswith(f"('{other_kind}"):
            continue  # what fx would have to be in its other form
        path = _path([step for step in part["loc"] if step != "[key]"], document)
        cause = part.get("ctx", {}).get("error")
        message = str(cause) if cause is not None else _message(part["type"], part["msg"], part["loc"])
        yield Problem(document.line_of(path), dotted(path), message)


def _path(loc: Sequence[str | int], document: Document) -> tuple[str | int, ...]:
    """Return where an error is in the file: what pydantic adds to tell the members of a union apart is left out."""
    path: tuple[str | int, ...] = ()
    for part in loc:
        if (*path, part) in document.lines:
            path = (*path, part)
    missing = loc[-1]
    return path if path and path[-1] == missing else (*path, missing) if isinstance(missing, str) else path


def _message(kind: str, message: str, loc: Sequence[str | int]) -> str:
    if kind == "extra_forbidden":
        known = _known_keys(loc[:-1])
        near = get_close_matches(str(loc[-1]), known, n=1)
        fix = f"write {near[0]}" if near else f"the keys are {', '.join(known)}" if known else "remove it"
        return f"is no key of this file; {fix}"
    if kind == "missing":
        return "missing; add it"
    return f"{message[0].lower()}{message[1:]}; correct it"


def _known_keys(path: Sequence[str | int]) -> list[str]:
    model: Any = Definitions
    for part in path:
        if isinstance(part, str) and hasattr(model, "model_fields") and part in model.model_fields:
            model = model.model_fields[part].annotation
            model = next((arg for arg in getattr(model, "__args__", ()) if hasattr(arg, "model_fields")), model)
    fields = getattr(model, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _wrong_rules(definitions: Definitions, document: Document) -> Iterator[Problem]:
    for index, rule in enumerate(definitions.rules):
        path = ("rules", index)
        for name in {leaf.value or rule.value for leaf in rule.leaves()}:
            message = None if name is None else wrong_value(name)
            if message is not None:
                yield Problem(document.line_of((*path, "value")), dotted((*path, "value")), message)
        if rule.each is not None and rule.each not in definitions.segments:
            known = ", ".join(definitions.segments)
            where = (*path, "each")
            yield Problem(document.line_of(where), dotted(where), f"is no configured segment; write one of {known}")
        try:
            summary_of(rule)
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            where = (*path, "summary")
            message = f"{error!r}; use {{rule}} {{segment}} {{value}} {{threshold}} {{severity}} {{starts_at}} and labels"
            yield Problem(document.line_of(where), dotted(where), message)


def summary_of(rule: Rule) -> str:
    """Return a rule's summary with made-up values, to see that it can be written."""
    known = {"rule": rule.name, "segment": "all", "value": 0.5, "threshold": 0.5, "severity": rule.severity}
    return rule.summary.format(**known, starts_at="2026-11-22T10:00:00Z", levels="", **rule.labels)


def wrong_value(name: str) -> str | None:
    """Say what is wrong with the name of a value that a rule compares; None for nothing."""
    kpi, _, window = name.partition(".")
    declared = CATALOGUE.get(kpi)
    if declared is None:
        near = get_close_matches(name, [value for one in CATALOGUE.values() for value, _ in one.names()], n=1)
        return f"there is no value {name}" + (f"; did you mean {near[0]}?" if near else "; see docs/kpis.md")
    if declared.unit == "table":
        return f"{name} is a table; a rule compares a number"
    if name not in {value for value, _ in declared.names()}:
        windows = ", ".join(value for value, _ in declared.names())
        return f"there is no value {name}; write one of {windows}"
    return None
