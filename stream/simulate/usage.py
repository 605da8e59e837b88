"""Usage: writing the steps of a visit as events."""

from __future__ import annotations

from collections.abc import Iterator

from stream.simulate.events import QUIET, Dated, Event
from stream.simulate.instants import text
from stream.simulate.visits import Act, Part, Visit

# By act; the hot loops look things up by position, since hashing an enum's member is slow.
_TYPES = (
    "usage.page_viewed",
    "usage.page_pinged",
    "usage.tracked",
    "usage.clicked",
    "usage.impressed",
    "usage.downloaded",
    "usage.preference_set",
    "usage.identified",
)
_OWN = ("path", "path", "feature", "element", "element", "file", "setting", "")
_MARK = ("page_view_id", "page_view_id", "", "impression_id", "impression_id", "", "value", "")
_TRY = Act.TRY


def written(visit: Visit, end: int) -> Iterator[Dated]:
    """Write the steps of a visit that are before the end of the span.

    Example:
        >>> from stream.simulate.visits import Part, Visit
        >>> part = Part("ana", None, "pro", None, [(0, Act.VIEW, "/home", "p1")])
        >>> [(at, event)] = written(Visit("v", "acme", None, "web", [part]), end=1)
        >>> event["type"], event["time"], event["page_view_id"]
        ('usage.page_viewed', '1970-01-01T00:00:00.000Z', 'p1')
    """
    if visit.excluded:
        end -= QUIET
    name, number = visit.name, 0
    for part in visit.parts:
        common = _common(visit, part)
        for at, act, subject, mark in part.steps:
            if at >= end:
                return
            event = {"id": f"{name}.{number}", "type": _TYPES[act], "time": text(at), **common}
            if subject:
                event[_OWN[act]] = subject
            if act is _TRY:
                event["name"] = f"{subject}_used" if subject else "keyboard_shortcut"
                if not mark:
                    event["outcome"] = "failure"
                    event["error_code"] = "timeout"
            elif mark:
                event[_MARK[act]] = mark
            number += 1
            yield at, event


def _common(visit: Visit, part: Part) -> Event:
    known = {
        "source": visit.platform,
        "account_id": visit.account,
        "user_id": part.user,
        "anonymous_id": part.anonymous,
        "session_id": visit.session,
        "plan": part.plan,
        "country": part.country,
        "platform": visit.platform,
    }
    common: Event = {name: value for name, value in known.items() if value is not None}
    if visit.excluded:
        common["is_bot" if visit.excluded == "bot" else "test"] = True
    if not visit.active:
        common["active"] = False
    return common
