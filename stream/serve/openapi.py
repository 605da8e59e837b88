"""The OpenAPI document of the read API, from the declarations of its addresses and the models of its answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from stream.serve.answers import Problem
from stream.serve.endpoint import Endpoint

_REFERENCE: Final = "#/components/schemas/{model}"
_PROBLEMS: Final = {
    "400": "A parameter is unknown, missing or wrong.",
    "401": "A token is needed.",
    "404": "There is no such segment, value or dimension.",
    "503": "Redis does not answer.",
}


def document(endpoints: Iterable[Endpoint], version: str) -> dict[str, Any]:
    """Return the document.

    Args:
        endpoints: the addresses.
        version: of the program.
    """
    listed = list(endpoints)
    models: list[type[BaseModel]] = [Problem, *(one.answer for one in listed if one.answer is not None)]
    _, schemas = models_json_schema([(model, "serialization") for model in models], ref_template=_REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vitals read API",
            "version": version,
            "description": "Live KPIs and alerts of a SaaS business. Within /api/v1, answers change only by adding.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {endpoint.path: {"get": _operation(endpoint)} for endpoint in listed},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`VITALS_TOKEN`, if set."}
            },
        },
        "security": [{}, {"token": []}],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    answer = {"type": "string"} if endpoint.answer is None else _reference(endpoint.answer)
    problem = {"application/json": {"schema": _reference(Problem)}}
    return {
        "operationId": endpoint.path.rpartition("/")[2].partition(".")[0],
        "summary": endpoint.summary,
        "parameters": [
            {
                "name": parameter.name,
                "in": "query",
                "description": parameter.description,
                "required": parameter.is_required,
                "schema": {"type": "array", "items": parameter.schema} if parameter.is_repeatable else parameter.schema,
                "explode": True,
            }
            for parameter in endpoint.parameters
        ],
        "responses": {
            "200": {"description": endpoint.summary, "content": {endpoint.media_type: {"schema": answer}}},
            **{code: {"description": text, "content": problem} for code, text in _PROBLEMS.items()},
        },
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model.__name__)}


__all__ = ["document"]
