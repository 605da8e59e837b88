"""The read API: the same data as the page, as JSON, under `/api/v1`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from schemas.times import format_time, parse_time
from stream.engine.definitions import BusinessSection
from stream.engine.kpis import Kpi
from stream.serve import answers, catalogue
from stream.serve.endpoint import Endpoint, Parameter, WrongRequest, as_json
from stream.serve.events import events
from stream.serve.history import History
from stream.serve.hub import Hub
from stream.serve.openapi import document
from stream.serve.reader import AWAY, Reader
from stream.settings.deployment import Deployment

BASE: Final = "/api/v1"
_POINTS: Final = 1_500
_MOST_POINTS: Final = 20_000
_MOST_VALUES: Final = 50
_ACCOUNTS: Final = 100
_MOST_ACCOUNTS: Final = 1_000
_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "format": "date-time"}

_SEGMENT: Final = Parameter("segment", "`all` (default), or `dimension=value` like `plan=pro`", _TEXT)


def _whole(most: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most, "default": default}


class Sources(NamedTuple):
    """What answers are made of."""

    reader: Reader
    hub: Hub
    history: History
    deployment: Deployment
    business: BusinessSection
    kpis: Mapping[str, Kpi]
    version: str
    now: Callable[[], float]


class Api:
    """The addresses of the read API."""

    def __init__(self, sources: Sources) -> None:
        self._from: Final = sources
        self._declared: Final = catalogue.declared(sources.kpis)
        self.endpoints: Final = [
            Endpoint(f"{BASE}/status", "How far the numbers reach, and whether they are complete", self._status,
                     answers.Status),
            Endpoint(f"{BASE}/snapshot", "All values of a segment", self._snapshot, answers.Snapshot, (_SEGMENT,)),
            Endpoint(f"{BASE}/segments", "The segments that there are", self._segments, answers.Segments),
            Endpoint(f"{BASE}/values", "What every value means", self._values, answers.Definitions),
            Endpoint(
                f"{BASE}/breakdown",
                "One value in each segment of a dimension",
                self._breakdown,
                answers.BySegment,
                (
                    Parameter("value", "the name of a value, like `active_users.24h`", _TEXT, is_required=True),
                    Parameter("dimension", "of the segments, like `plan`", _TEXT, is_required=True),
                ),
            ),
            Endpoint(
                f"{BASE}/history",
                "What values of the segment `all` were, minute by minute, for 7 days",
                self._history,
                answers.History,
                (
                    Parameter("value", f"the name of a value; repeat it for up to {_MOST_VALUES}", _TEXT,
                              is_required=True, is_repeatable=True),
                    Parameter("from", "the first instant, RFC 3339; default: the oldest that is kept", _TIME),
                    Parameter("to", "the instant before which it ends, RFC 3339; default: up to the newest", _TIME),
                    Parameter("points", "how many points at most: of more, the last of each of so many equal stretches",
                              _whole(_MOST_POINTS, _POINTS)),
                ),
            ),
            Endpoint(f"{BASE}/alerts", "The alerts that fire, and those that were resolved last", self._alerts,
                     answers.Alerts),
            Endpoint(
                f"{BASE}/accounts",
                "The accounts with the most MRR at risk",
                self._accounts,
                answers.Accounts,
                (Parameter("limit", "how many at most", _whole(_MOST_ACCOUNTS, _ACCOUNTS)),),
            ),
            Endpoint(f"{BASE}/events", "All of it as it changes, as server-sent events", self._events,
                     parameters=(_SEGMENT,), media_type="text/event-stream"),
            Endpoint(f"{BASE}/openapi.json", "This document", self._openapi),
        ]  # fmt: skip

    async def _status(self, _: Request, __: dict[str, list[str]]) -> Response:
        try:
            redis, snapshot = "up", await self._from.reader.snapshot("all") or {}
        except AWAY:
            redis, snapshot = "down", {}
        now = int(self._from.now() * 1_000) * 1_000
        as_of = snapshot.get("as_of")
        clock = self._from.deployment.clock
        business = self._from.business
        return as_json(
            {
                "version": self._from.version,
                "redis": redis,
                "at": format_time(now),
                "namespace": self._from.deployment.namespace,
                "business": {"currency": business.currency, "zone": business.zone},
                "clock": clock if clock in ("wall", "event") else "fixed",
                "as_of": as_of,
                "behind": None if as_of is None else (now - parse_time(as_of)) / 1_000_000,
                "revision": snapshot.get("revision"),
                "complete": snapshot.get("complete"),
            }
        )

    async def _snapshot(self, _: Request, query: dict[str, list[str]]) -> Response:
        segment = _one(query, "segment") or "all"
        snapshot = await self._from.reader.snapshot(segment)
        if snapshot is None and segment == "all":
            raise WrongRequest("there is no snapshot yet", "start `vitals worker`, and look at its log", 404)
        if snapshot is None:
            raise WrongRequest(f"there is no segment {segment}", f"{BASE}/segments lists those that there are", 404)
        return as_json(snapshot)

    async def _segments(self, _: Request, __: dict[str, list[str]]) -> Response:
        return as_json({"segments": await self._from.reader.segments()})

    async def _values(self, _: Request, __: dict[str, list[str]]) -> Response:
        try:
            theirs = await self._from.reader.definitions()
        except AWAY:
            theirs = {}  # what is declared is known without Redis
        return as_json({"values": catalogue.published(self._declared, theirs)})

    async def _breakdown(self, _: Request, query: dict[str, list[str]]) -> Response:
        (name,), dimension = await self._known(query["value"]), query["dimension"][0]
        segments = await self._from.reader.by_segment(name, dimension)
        return as_json({"value": name, "dimension": dimension, "segments": segments})

    async def _history(self, _: Request, query: dict[str, list[str]]) -> Response:
        names = await self._known(query["value"])
        begin, end = _instant(query, "from"), _instant(query, "to")
        points = _number(query, "points", _MOST_POINTS, _POINTS)
        await self._from.history.refresh()
        times, values = self._from.history.between(names, begin, end, points)
        return as_json({"segment": "all", "times": times, "values": values})

    async def _alerts(self, _: Request, __: dict[str, list[str]]) -> Response:
        return as_json(await self._from.reader.alerts())

    async def _accounts(self, _: Request, query: dict[str, list[str]]) -> Response:
        limit = _number(query, "limit", _MOST_ACCOUNTS, _ACCOUNTS)
        return as_json({"accounts": await self._from.reader.accounts(limit)})

    async def _events(self, _: Request, query: dict[str, list[str]]) -> Response:
        segment = _one(query, "segment") or "all"
        return EventSourceResponse(events(self._from.hub, segment, self._from.now), send_timeout=30)

    async def _openapi(self, _: Request, __: dict[str, list[str]]) -> Response:
        return as_json(document(self.endpoints, self._from.version))

    async def _known(self, names: list[str]) -> list[str]:
        """Return names of values.

        Raises:
            WrongRequest: if one is none, or there are too many.
        """
        if len(names) > _MOST_VALUES:
            raise WrongRequest(f"{len(names)} values are too many", f"ask for up to {_MOST_VALUES} at once")
        for name in names:
            if name not in self._declared and name not in await self._from.reader.definitions():
                near = get_close_matches(name, self._declared, n=1)
                fix = f"did you mean {near[0]}? " if near else ""
                raise WrongRequest(f"there is no value {name}", f"{fix}{BASE}/values lists all of them", 404)
        return list(dict.fromkeys(names))


def _one(query: dict[str, list[str]], name: str) -> str | None:
    return query[name][0] if name in query else None


def _instant(query: dict[str, list[str]], name: str) -> int | None:
    """Return an instant as the first whole second that is not before it."""
    text = _one(query, name)
    if text is None:
        return None
    try:
        return -(-parse_time(text) // 1_000_000)
    except ValueError as error:
        raise WrongRequest(f"{name}: {error}", "write a time like 2026-11-22T10:00:00Z") from None


def _number(query: dict[str, list[str]], name: str, most: int, default: int) -> int:
    text = _one(query, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
        raise WrongRequest(f"{name}: {text[:20]} is not from 1 to {most}", "write a whole number in that range")
    return int(text)


__all__ = ["BASE", "Api", "Sources"]
