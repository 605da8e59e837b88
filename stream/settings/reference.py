"""The reference of all settings, as Markdown: `python -m stream.settings.reference` writes docs/configuration.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from stream.engine import sections
from stream.engine.alerting import rules
from stream.engine.custom import model
from stream.engine.definitions import Definitions, FxEntry
from stream.engine.durations import UNITS, format_duration
from stream.engine.steering import model as steering
from stream.settings.deployment import Deployment, Seconds, variable

_INTRO: Final = """\
# Configuration

<!-- Written by `python -m stream.settings.reference`: change the models, not this page. -->

Two places, for two questions.
`vitals.yaml` says what the business measures; it is the same in every environment.
Variables `VITALS_*` say where Vitals runs; they are also read from a file `.env` in the current directory.
`vitals config check` says all that is wrong with both at once, each with its place and the fix, and exits with 2.
An empty file and an empty environment are valid.

## Environment

An empty variable is as good as none.
`vitals config check` tells of variables with this prefix that are no settings.
One that is nearly a setting is an error; any other is a note, since Kubernetes sets some for a service called vitals.

"""

_FILE: Final = """
## vitals.yaml

The file is the one that `--config` names, else the one of `VITALS_CONFIG`, else `vitals.yaml` in the current directory.
Durations are a whole number and a unit: `30s 15m 6h 1d 1w`.
Numbers are read exactly as they are written.
It is YAML 1.2: `no` is a word, and `1:30` no number.
"""

_TYPES: Final[dict[int, str]] = {
    id(sections.Duration): "duration",
    id(Seconds): "duration",
    id(sections.Zone): "IANA zone",
    id(sections.Currency): "currency",
    id(sections.Exact): "number",
    id(sections.Rate): "number",
    id(sections.SnakeCase): "name",
    id(rules.Range): "[number, number]",
    id(rules.SegmentName): "segment",
    id(str): "text",
    id(int): "whole number",
    id(float): "number",
    id(bool): "true or false",
    id(Path): "path",
    id(SecretStr): "text",
    id(FxEntry): "entry",
    id(rules.Condition): "condition",
    id(steering.Day): "date",
    id(steering.By): "period or date",
    id(model.Several): "text or list of text",
    id(Any): "value",
}
_WIDE: Final = {"slos", "receivers", "silences"}


def reference() -> str:
    """Return the page."""
    return _INTRO + "".join(_environment()) + _FILE + "".join(_sections(Definitions, ""))


def undescribed(model: type[BaseModel] = Definitions, path: str = "") -> list[str]:
    """Return the settings of `vitals.yaml` that are said nothing of."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        inner = _model(model, name)
        if inner is not None:
            found += undescribed(inner, f"{path}{name}.")
        elif field.description is None:
            found.append(f"{path}{field.alias or name}")
    return found


def _environment() -> Iterator[str]:
    yield "| variable | type | default | meaning |\n| --- | --- | --- | --- |\n"
    hints = get_type_hints(Deployment, include_extras=True)
    names = sorted(Deployment.model_fields, key=lambda name: name == "config")
    for name in names:
        field = Deployment.model_fields[name]
        yield _row(variable(name), hints[name], field, field.description or "")


def _sections(model: type[BaseModel], path: str) -> Iterator[str]:
    """Yield the tables of a model: its own settings, then those of each section in it."""
    hints = get_type_hints(model, include_extras=True)
    plain = {name: field for name, field in model.model_fields.items() if _model(model, name) is None}
    if plain:
        if not path:
            yield "\nAt the top:\n"
        yield "\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
    for name, field in plain.items():
        hint = "list" if name in _WIDE else hints[name]
        yield _row(field.alias or name, hint, field, field.description or "")
    for name in model.model_fields:
        inner = _model(model, name)
        if inner is not None:
            many = " A list of:" if get_origin(model.model_fields[name].annotation) is list else ""
            yield f"\n{'#' * (3 + path.count('.'))} `{path}{name}`\n\n{inner.__doc__}{many}\n"
            yield from _sections(inner, f"{path}{name}.")


def _model(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the model of a section, or of the entries of a list of them; None for a plain setting."""
    annotation: Any = model.model_fields[name].annotation
    if NoneType in get_args(annotation):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is list:
        annotation = get_args(annotation)[0]
    if not isinstance(annotation, type) or not issubclass(annotation, BaseModel):
        return None
    return None if issubclass(model, annotation) else annotation  # conditions within conditions are said once


def _row(name: str, hint: Any, field: FieldInfo, meaning: str) -> str:
    cells = (f"`{name}`", hint if isinstance(hint, str) else _type(hint), _default(field, hint), meaning)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _type(hint: Any) -> str:
    said = _TYPES.get(id(hint))
    if said is not None:
        return said
    arguments = [one for one in get_args(hint) if one is not NoneType]
    if get_origin(hint) is Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    if get_origin(hint) in {Union, UnionType}:
        return " or ".join(map(_type, arguments))
    if get_origin(hint) is list:
        return f"list of {_type(arguments[0])}"
    if get_origin(hint) is dict:
        return f"mapping of {_type(arguments[0])} to {_type(arguments[1])}"
    return _type(arguments[0])  # annotated


def _default(field: FieldInfo, hint: Any) -> str:
    value = field.default
    if field.is_required():
        return "required"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None:
        return ""
    if _is_duration(hint):
        days, rest = divmod(value, UNITS["d"])
        return f"`{days}d`" if days and not rest else f"`{format_duration(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Fraction | Decimal):
        return f"`{float(value):g}`"
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"


def _is_duration(hint: Any) -> bool:
    return any(id(one) in {id(sections.Duration), id(Seconds)} for one in (hint, *get_args(hint)))


def main() -> None:
    """Write the page to the path that is given, or where it belongs."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/configuration.md")
    path.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
