"""JSON Schemas, draft 2020-12: one for each event type, family and published message, and for the headers of refusals.

They are what pydantic makes of the models, with three changes. A schema has a name (`$id`) and examples. What Vitals
publishes may have further fields, though its own models forbid them: the contract grows by adding, and whoever checks
with the schema of today must be able to read the messages of tomorrow. And what is always there is required.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter

from schemas import CARDS, FAMILIES, MODELS, Reason
from schemas.examples import OUTPUTS, Example, load, load_outputs
from schemas.output import Output

__all__ = ["DIALECT", "NAMES", "json_schema"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_HEADERS: Final = "dead-letter"

NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {name: f"event of the family {name.partition('.')[0]}" for name in MODELS}
    | {name: f"any event of the family {name}" for name in FAMILIES}
    | dict.fromkeys(OUTPUTS, "published message")
    | {_HEADERS: "headers of a dead letter and of a late event"}
)
"""Name of a schema → what it is of. An event type, a family, `snapshot`, `notice`, `alert` or `dead-letter`."""


def json_schema(name: str) -> dict[str, Any]:
    """Make a JSON Schema.

    Args:
        name: One of `NAMES`.

    Raises:
        KeyError: There is no schema of that name.

    Example:
        >>> schema = json_schema("uptime.checked")
        >>> schema["$id"], schema["title"], schema["required"]
        ('urn:vitals:uptime.checked:v1', 'UptimeChecked', ['type', 'id', 'source', 'time', 'service', 'ok'])
    """
    if name == _HEADERS:
        made = _headers()
    elif name in OUTPUTS:
        made = _output(OUTPUTS[name])
    elif name in FAMILIES:
        union: Any = FAMILIES[name]
        made = TypeAdapter(union).json_schema()
        made |= {"title": f"{name.title()}Event", "description": CARDS[name].purpose}
    else:
        made = MODELS[name].model_json_schema()
    named = {"$schema": DIALECT, "$id": f"urn:vitals:{name}:v1", "title": made["title"]}
    examples = [json.loads(example.data) for example in _examples().get(name, ())]
    return named | made | ({"examples": examples} if examples else {})


@cache
def _examples() -> dict[str, tuple[Example, ...]]:
    """Say which examples a schema shows; those of a family are shown with its types."""
    every = (*load(), *load_outputs())
    return {name: tuple(one for one in every if one.type == name) for name in NAMES}


def _output(model: type[Output]) -> dict[str, Any]:
    schema = model.model_json_schema(mode="serialization")
    parts = [field.annotation for field in model.model_fields.values()]
    nested = [part for part in parts if isinstance(part, type) and issubclass(part, Output)]
    for made, source in ((schema, model), *((schema["$defs"][part.__name__], part) for part in nested)):
        made.pop("additionalProperties", None)
        made["required"] = [name for name in made["properties"] if name not in source.where_they_apply]
    return schema


def _headers() -> dict[str, Any]:
    """Describe the headers, each a UTF-8 string; the value is the untouched bytes, of which nothing can be said."""
    properties: dict[str, Any] = {
        name: {"type": "string", "description": text} for name, text in CARDS["dead-letters"].headers.items()
    }
    properties["reason"]["enum"] = [reason.value for reason in Reason]
    properties["reason"]["description"] = " ".join(f"`{one.value}`: {one.__doc__}" for one in Reason)
    for name in ("partition", "offset"):
        properties[name]["pattern"] = "^[0-9]+$"
    return {
        "title": "DeadLetterHeaders",
        "description": "The record headers that say why a record was refused, as text.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "examples": [
            {
                "reason": Reason.INVALID_FIELD.value,
                "detail": "name: missing; add it",
                "topic": "vitals.usage",
                "partition": "3",
                "offset": "1041",
            }
        ],
    }
