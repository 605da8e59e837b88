"""What pydantic finds wrong with a setting, in words: `what is wrong; the fix`."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from re import findall
from typing import Any, Final

from pydantic_core import ErrorDetails

_WANTED: Final = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_from_datetime_parsing": "a date such as 2026-01-31",
    "date_type": "a date such as 2026-01-31",
    "dict_type": "a mapping; write key: value",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list; write [a, b]",
    "model_type": "a mapping; write key: value",
}

_LIMITS: Final = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def say_what(error: ErrorDetails) -> str:
    """Return what is wrong with a value and what to do about it; never the value itself, which may be a secret."""
    context: dict[str, Any] = error.get("ctx", {})
    kind, value = error["type"], error["input"]
    if "error" in context:
        return str(context["error"])
    if kind == "missing":
        return "missing; add it"
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"must be {words} {context[key]}; correct it"
    said = _SAID.get(kind)
    if said is not None:
        return said(value, context)
    if kind in _WANTED:
        return f"is {_kind(value)}, must be {_WANTED[kind]}"
    message = error["msg"]
    return f"{message[0].lower()}{message[1:]}; correct it"


def _text(value: object, _: dict[str, Any]) -> str:
    plain = isinstance(value, bool | int | float) or (value is not None and not isinstance(value, list | dict))
    return f"is {_kind(value)}, must be text; {'put it in quotes' if plain else 'write a word'}"


def _choice(value: object, context: dict[str, Any]) -> str:
    allowed = findall(r"'([^']*)'", str(context["expected"])) or [str(context["expected"])]
    near = get_close_matches(str(value).lower(), allowed, n=1)
    return f"must be one of {', '.join(allowed)}; " + (f"write {near[0]}" if near else "choose one")


def _pattern(_: object, context: dict[str, Any]) -> str:
    words = {
        r"^[a-z][a-z0-9_]*$": "lower-case letters, digits and _, beginning with a letter",
        r"^(all|[a-z][a-z0-9_]*=.+)$": "all, or dimension=value like plan=pro",
        r"^[0-9]{1,7}ms$": "milliseconds like 500ms",
    }
    pattern = str(context["pattern"])
    return f"must be {words.get(pattern, f'text of the form {pattern}')}; correct it"


_SAID: Final[dict[str, Callable[[object, dict[str, Any]], str]]] = {
    "literal_error": _choice,
    "string_pattern_mismatch": _pattern,
    "string_too_long": lambda _, context: f"must have at most {context['max_length']} characters; shorten it",
    "string_too_short": lambda _, __: "is empty; give it, or remove it",
    "string_type": _text,
    "too_long": lambda _, context: f"must have at most {context['max_length']} entries; remove some",
    "too_short": lambda _, context: f"must have at least {context['min_length']} entries; add some",
}


def _kind(value: object) -> str:
    """Return what kind of thing a value is, as people say it."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    return "a mapping" if isinstance(value, dict) else "a number"
