"""Who may read: this machine; or whoever has the token, as a bearer header or as a cookie that `?token=` sets once."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stream.serve.endpoint import as_problem
from stream.settings.deployment import Deployment

COOKIE: Final = "vitals_token"
OPEN: Final = frozenset({"/healthz", "/readyz"})
"""What answers without a token: they tell nothing of the business."""
_YEAR: Final = 365 * 86_400
_LOCAL: Final = "localhost"


class Unprotected(Exception):  # noqa: N818 - it is what was configured
    """Others could read: the address is not this machine's own, and there is no token."""


def split_address(text: str) -> tuple[str, int]:
    """Return host and port of an address.

    >>> split_address("127.0.0.1:8080"), split_address("[::1]:80")
    (('127.0.0.1', 8080), ('::1', 80))
    """
    host, _, port = text.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_this_machine(host: str) -> bool:
    """Say whether only this machine reaches a host by this name.

    >>> [is_this_machine(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    if host.rstrip(".").lower() == _LOCAL:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_protected(deployment: Deployment) -> None:
    """Refuse to be read by anybody.

    Raises:
        Unprotected: if the address is not this machine's own and there is no token; the text says what helps.
    """
    host, port = split_address(deployment.bind)
    if deployment.token is None and not is_this_machine(host):
        raise Unprotected(
            f"VITALS_BIND: {deployment.bind} is reached from other machines, and VITALS_TOKEN is not set; "
            f"set VITALS_TOKEN (openssl rand -hex 24 makes one), or bind to 127.0.0.1:{port}"
        )


class Guard:
    """Lets nobody through who may not read.

    Without a token, only requests to a name of this machine itself are answered: a page of another site that lets
    its own name point here (DNS rebinding) is not.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app: Final = app
        self._token: Final = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        answer = self._refusal(scope) if scope["type"] == "http" and scope["path"] not in OPEN else None
        await (self._app if answer is None else answer)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self._token is None:
            host = headers.get("host", "")
            if is_this_machine(_without_port(host)):
                return None
            return _said(scope, 421, f"{host} is not this machine", "set VITALS_TOKEN to be read under other names")
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(given.strip().encode("latin-1"), self._token):
            return None
        if _same(cookie_parser(headers.get("cookie", "")).get(COOKIE, "").encode(), _in_cookie(self._token).encode()):
            return None
        return self._by_query(scope) or _said(
            scope, 401, "a token is needed", "send Authorization: Bearer …, or open the page once with ?token=…"
        )

    def _by_query(self, scope: Scope) -> Response | None:
        """Return a redirection that takes the right token out of the address and into a cookie."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in query if name == "token"]
        if self._token is None or not given or not _same(given[-1].encode(), self._token):
            return None
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        answer = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), 303)
        secure = scope.get("scheme") == "https"
        answer.set_cookie(
            COOKIE, _in_cookie(self._token), max_age=_YEAR, httponly=True, samesite="lax", secure=secure, path="/"
        )
        return answer


def _in_cookie(token: bytes) -> str:
    """Return what the cookie holds: enough to be let in here, not the token itself."""
    return hmac.new(token, b"vitals cookie", hashlib.sha256).hexdigest()


def _same(given: bytes, right: bytes) -> bool:
    return hmac.compare_digest(given, right)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).removeprefix("[").removesuffix("]")


def _said(scope: Scope, status: int, error: str, fix: str) -> Response:
    """Return a refusal: JSON to programs, a line of text to people."""
    if scope["path"].startswith("/api/"):
        answer = as_problem(error, fix, status)
    else:
        answer = PlainTextResponse(f"{error}: {fix}\n", status)
    if status == 401:
        answer.headers["www-authenticate"] = "Bearer"
    return answer


__all__ = ["Guard", "Unprotected", "check_protected", "is_this_machine", "split_address"]
