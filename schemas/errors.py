"""What can be wrong with a record, as codes that dashboards and scripts may rely on."""

from enum import StrEnum
from typing import Self

__all__ = ["BadEvent", "Reason"]


class Reason(StrEnum):
    """Why a record is not counted: the header `reason` of the dead-letter and late topics.

    A code, once published, keeps its name and meaning. Each member's docstring says when it is given.

    >>> Reason("not_utf8").__doc__
    'The bytes are not UTF-8.'
    """

    _value_: str

    TOO_LARGE = "too_large", "The record has more than 900,000 bytes."
    NOT_UTF8 = "not_utf8", "The bytes are not UTF-8."
    NOT_JSON = "not_json", "The text is not JSON (RFC 8259); NaN, Infinity and half a surrogate pair are none."
    NOT_AN_OBJECT = "not_an_object", "The JSON is a list, a string or the like; an event is an object."
    TOO_DEEP = "too_deep", "Objects and lists are nested deeper than 100; the outermost object is depth 1."
    UNKNOWN_TYPE = "unknown_type", "The field `type` is missing, or no type of the contract."
    INVALID_FIELD = "invalid_field", "A field is missing or wrong, by itself or together with another one."
    EMPTY_KEY = "empty_key", "A field that can become the record key is the empty string; nothing else is wrong."
    WRONG_KEY = "wrong_key", "The record key is not the one that the contract derives from the event."
    WRONG_PARTITION = "wrong_partition", "The record is on another partition than its key's (murmur2)."
    IN_FUTURE = "in_future", "The event time is further ahead of the clock than `lateness.future` (5 minutes)."
    ENGINE_ERROR = "engine_error", "The event is valid, but a fault in Vitals kept it from being counted."
    TOO_LATE = "too_late", "The event is later than the grace of its topic; it is in the late topic, not a dead letter."

    def __new__(cls, value: str, doc: str) -> Self:
        """Make a member whose docstring can be shown, for instance by a command line."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.__doc__ = doc
        return member


class BadEvent(Exception):  # noqa: N818 - it names the event that was refused, not a fault of the program
    """A record that is no valid event.

    Attributes:
        reason: The stable code.
        detail: What is wrong and what to do about it, for people: `field: what is wrong; fix`, several separated by
            ` | `. Never a long value, since values can be customer data.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"
