"""The web application: the page, the read API, metrics, and what a supervisor asks for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from stream import clock
from stream.engine.catalogue import catalogue_of
from stream.engine.definitions import Definitions
from stream.serve.api import Api, Sources
from stream.serve.auth import Guard
from stream.serve.endpoint import Endpoint, WrongRequest, as_problem
from stream.serve.headers import SecurityHeaders
from stream.serve.history import History
from stream.serve.hub import Hub
from stream.serve.metrics import exposition
from stream.serve.reader import AWAY, Reader
from stream.settings.deployment import Deployment

STATIC: Final = Path(__file__).parent / "static"


def create_app(deployment: Deployment, definitions: Definitions) -> Starlette:
    """Return the application of a deployment.

    Args:
        deployment: where Redis is, and the token.
        definitions: whose currency and zone the numbers are in, and the KPIs of one's own.
    """
    reader = Reader(deployment)
    hub = Hub(reader, time.monotonic)
    history = History(reader, time.monotonic)
    kpis = catalogue_of(definitions)
    sources = Sources(reader, hub, history, deployment, definitions.business, kpis, version("saas-vitals"), clock.now)
    token = None if deployment.token is None else deployment.token.get_secret_value()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(hub.run(), name="hub")
        warming = asyncio.create_task(_warm(history), name="history")
        yield
        hub.end()
        for task in (following, warming):
            task.cancel()
        await asyncio.wait([following, warming])
        await reader.close()

    app = Starlette(
        routes=[
            Route("/", _page),
            *(Route(endpoint.path, _answering(endpoint)) for endpoint in Api(sources).endpoints),
            Route("/metrics", _metrics(sources)),
            Route("/healthz", _healthy),
            Route("/readyz", _ready(reader)),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Guard, token=token),
            Middleware(GZipMiddleware, minimum_size=1_000),
        ],
        exception_handlers={WrongRequest: _wrong, HTTPException: _other, **dict.fromkeys(AWAY, _away)},
        lifespan=lifespan,
    )
    app.state.hub = hub
    return app


async def _warm(history: History) -> None:
    """Read the history before somebody asks for it; if Redis is away, the first who asks waits."""
    with suppress(*AWAY):
        await history.refresh()


async def _page(_: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})


def _answering(endpoint: Endpoint) -> Any:
    async def answer(request: Request) -> Response:
        return await endpoint.handler(request, endpoint.parsed(request))

    return answer


def _metrics(sources: Sources) -> Any:
    async def metrics(request: Request) -> Response:
        try:
            snapshot, alerts = await sources.reader.snapshot("all"), await sources.reader.alerts()
        except AWAY:
            snapshot, alerts = None, None
        accept = request.headers.get("accept", "")
        text, media_type = exposition(snapshot, alerts, sources.kpis, sources.business.currency, sources.now(), accept)
        return Response(text, headers={"content-type": media_type})

    return metrics


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("alive\n")


def _ready(reader: Reader) -> Any:
    async def ready(_: Request) -> Response:
        if await reader.answers():
            return PlainTextResponse("ready\n")
        return PlainTextResponse("Redis does not answer, or has no snapshot yet\n", 503)

    return ready


async def _wrong(_: Request, error: Exception) -> Response:
    assert isinstance(error, WrongRequest)  # noqa: S101 - for the type checker: it is registered for that class
    return as_problem(error.error, error.fix, error.status)


async def _other(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - likewise
    return as_problem(
        f"{request.url.path}: {error.detail}", "/api/v1/openapi.json lists what there is", error.status_code
    )


async def _away(_: Request, __: Exception) -> Response:
    return as_problem("Redis does not answer", "start it, or correct VITALS_REDIS_URL", 503)


__all__ = ["create_app"]
