"""What pydantic found, in words that a producer can act on: `field: what is wrong; fix`."""

from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.errors import BadEvent, Reason
from schemas.fields import MAX_INTEGER, MIN_INTEGER, kind, shorten
from schemas.keys import KEY_FIELDS
from schemas.rules import RuleError

__all__ = ["explain"]

_SHOWN: Final = 5
_KEYS: Final = frozenset(name for names in KEY_FIELDS.values() for name in names)

_SAID: Final = {
    "finite_number": "is not finite; send a smaller number, or leave it out where it is optional",
    "missing": "missing; add it",
    "string_too_short": "is empty; give it, or leave it out where it is optional",
}

_WANTED: Final = {
    "bool_type": "true or false",
    "dict_type": "an object",
    "float_type": "a number",
    "int_from_float": "an integer",
    "int_type": "an integer",
    "model_attributes_type": "an object",
    "model_type": "an object",
    "string_type": "a string",
    "tuple_type": "a list",
}


def explain(error: ValidationError) -> BadEvent:
    """Say all that is wrong with an event, five fields at most, without repeating long values.

    Args:
        error: From validating an object with a known `type` as an event.
    """
    # A default that depends on another field is no fault of its own.
    errors = [part for part in error.errors(include_url=False) if part["type"] != "default_factory_not_called"]
    details = [_detail(part) for part in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        details.append(f"and {len(errors) - _SHOWN} more")
    reason = Reason.EMPTY_KEY if all(map(_is_empty_key, errors)) else Reason.INVALID_FIELD
    return BadEvent(reason, " | ".join(details))


def _is_empty_key(error: ErrorDetails) -> bool:
    return error["type"] == "string_too_short" and error["loc"][1:] in {(name,) for name in _KEYS}


def _detail(error: ErrorDetails) -> str:
    # The first step of the path is the event's type, by which pydantic chose the model.
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"][1:])[1:]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, RuleError):
        return f"{field}.{cause}" if field else str(cause)
    return f"{field}: {cause or _what(error['type'], error['input'], error.get('ctx', {}), error['msg'])}"


def _what(fault: str, value: object, context: dict[str, Any], message: str) -> str:
    """What is wrong with a value, and the fix."""
    if fault in _SAID:
        return _SAID[fault]
    if fault in _WANTED:
        return _wrong_type(value, _WANTED[fault])
    if fault == "literal_error":
        found = shorten(value) if isinstance(value, str) else kind(value)
        return f"is {found}; send {context['expected']}"
    if fault == "string_too_long":
        return f"has {len(str(value))} characters; send {context['max_length']} at most"
    if fault in {"greater_than_equal", "less_than_equal"}:
        limit = context.get("ge", context.get("le"))
        if limit in {MIN_INTEGER, MAX_INTEGER}:
            return "does not fit in 64 bits; send a smaller number"
        return f"must be at {'least' if 'ge' in context else 'most'} {limit:g}; correct it"
    return f"{message}; correct it"


def _wrong_type(value: object, wanted: str) -> str:
    if value is None:
        return f"is null, must be {wanted}; leave it out, or give it if it is required"
    if wanted == "a number" and isinstance(value, int) and not isinstance(value, bool):
        return "is too large for a number; send a smaller one"
    if wanted == "an integer" and isinstance(value, float):
        return "is a number with decimals or an exponent, must be an integer; write it without"
    if isinstance(value, str) and wanted not in {"a list", "an object"}:
        return f"is a string, must be {wanted}; send it without quotes"
    if wanted == "a string" and isinstance(value, int | float):
        return f"is {kind(value)}, must be a string; put it in quotes"
    return f"is {kind(value)}, must be {wanted}; send one"
