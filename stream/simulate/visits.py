"""Visits: what somebody does in one sitting, step by step, before any event is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from stream.simulate.segments import segments


class Act(IntEnum):
    """What a step is."""

    VIEW = 0
    PING = 1
    TRY = 2
    CLICK = 3
    IMPRESS = 4
    DOWNLOAD = 5
    PREFER = 6
    IDENTIFY = 7


# What counts as doing something with a page: a visit with such a step is no bounce.
TOUCHES = (Act.TRY, Act.CLICK, Act.DOWNLOAD, Act.PREFER)

Step: TypeAlias = tuple[int, Act, str | None, str | bool | None]
"""When (ms since the epoch), what, with what (path, feature, element, file, setting), and its mark: the id of the
page view or impression, whether a try succeeded, or the value of a setting."""


@dataclass(slots=True)
class Part:
    """A stretch of a visit whose events all carry the same.

    Attributes:
        user: The `user_id`, or None while nobody has said who they are.
        anonymous: The `anonymous_id`, if the events carry one.
        plan: The plan they carry.
        country: The country they carry.
        steps: In time order.
    """

    user: str | None
    anonymous: str | None
    plan: str | None
    country: str | None
    steps: list[Step]

    @property
    def segments(self) -> tuple[str, ...]:
        """Where its steps count."""
        return segments(self.plan, self.country)


@dataclass(slots=True)
class Visit:
    """One sitting; each visit is one session by construction.

    Two visits of one person that carry no `session_id` are never closer than the gap of 30 minutes, and steps of
    such a visit are never that far apart; visits with a `session_id` have one of their own.

    Attributes:
        name: Unique; the events' ids begin with it.
        account: The `account_id`, if there is one.
        session: The `session_id`, if the events carry one.
        platform: `web`, `ios`, `android`, `api` or `jobs`; its events are sent by a source of that name.
        parts: In time order.
        excluded: `test` or `bot`, which count nowhere; else None.
        active: False for work that no person does.
    """

    name: str
    account: str | None
    session: str | None
    platform: str
    parts: list[Part]
    excluded: str | None = None
    active: bool = True

    @property
    def start(self) -> int:
        """When its first step is."""
        return self.parts[0].steps[0][0]
