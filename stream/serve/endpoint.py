"""What an address of the read API is: declared once, for the router and for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from stream.engine.snapshots import to_json

Handler = Callable[[Request, dict[str, list[str]]], Awaitable[Response]]


class WrongRequest(Exception):  # noqa: N818 - it is what was asked, not a fault of the program
    """What was asked for cannot be answered."""

    def __init__(self, error: str, fix: str, status: int = 400) -> None:
        super().__init__(error)
        self.error: Final = error
        self.fix: Final = fix
        self.status: Final = status


class Parameter(NamedTuple):
    """A parameter of the query."""

    name: str
    description: str
    schema: dict[str, Any]
    is_required: bool = False
    is_repeatable: bool = False


class Endpoint(NamedTuple):
    """An address that answers."""

    path: str
    summary: str
    handler: Handler
    answer: type[BaseModel] | None = None
    parameters: tuple[Parameter, ...] = ()
    media_type: str = "application/json"

    def parsed(self, request: Request) -> dict[str, list[str]]:
        """Return the query by parameter.

        Raises:
            WrongRequest: if a parameter is unknown, missing, empty or given too often.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        found: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            if name not in known:
                there = f"there are {', '.join(known)}" if known else "there are none here"
                raise WrongRequest(f"{name} is no parameter of {self.path}", f"{there}; leave it out or correct it")
            found.setdefault(name, []).append(value)
        for name, parameter in known.items():
            given = found.get(name, [])
            if parameter.is_required and not given:
                raise WrongRequest(f"{name} is missing", f"say {name}: {parameter.description}")
            if len(given) > 1 and not parameter.is_repeatable:
                raise WrongRequest(f"{name} is given {len(given)} times", "give it once")
            if any(not value for value in given):
                raise WrongRequest(f"{name} is empty", f"say {name}: {parameter.description}")
        return found


def as_json(data: Any, status: int = 200) -> Response:
    """Return data as an answer; numbers beyond a double's precision keep their decimals."""
    return Response(to_json(data), status, media_type="application/json")


def as_problem(error: str, fix: str, status: int) -> Response:
    """Return what is wrong as an answer."""
    return as_json({"error": error, "fix": fix}, status)


__all__ = ["Endpoint", "Parameter", "WrongRequest", "as_json", "as_problem"]
