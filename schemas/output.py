"""What the models of published messages have in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

__all__ = ["Output"]


class Output(BaseModel):
    """A message that Vitals publishes: immutable, strict, and without fields that are not in the contract."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )

    where_they_apply: ClassVar[frozenset[str]] = frozenset()
    """Fields that a message has only if there is something to say. Any other field is always there, if need be null."""

    def to_json(self) -> bytes:
        """The message as it is published: UTF-8 JSON on one line."""
        absent = {name for name in self.where_they_apply if getattr(self, name) is None}
        return self.model_dump_json(exclude=absent).encode()
