"""What stands before every route: size of the body, name of the host, origin of the page, headers of the answer."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from biomatch.errors import BiomatchError, BodyTooLarge, ForeignOrigin
from biomatch.service.problems import defect, response

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware. Prints are answers too: nothing is cached by whoever stands between, unless a route says so.

    What biomatch did not foresee becomes a 500 that tells nothing; the log, which holds no personal data, has the trace.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, names: Iterable[str]):
        self._app = app
        self._limit = max_body_bytes
        self._names = frozenset((*LOOPBACK, *names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = _Answer(send)
        refusal = self._refusal(headers)
        if refusal is not None:
            await response(refusal)(scope, receive, answer)
            return
        try:
            await self._app(scope, _capped(receive, self._limit), answer)
        except Exception:
            _log.exception("%s %s failed", scope["method"], getattr(scope.get("route"), "path", ""))
            if not answer.begun:
                await defect()(scope, receive, answer)

    def _refusal(self, headers: Headers) -> BiomatchError | None:
        host = _host_name(headers.get("host", ""))
        if host not in self._names:  # a page elsewhere whose name was pointed at this machine
            return ForeignOrigin(host)
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return ForeignOrigin(headers.get("origin", "another site"))
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            return ForeignOrigin(origin)
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limit:
            return BodyTooLarge(self._limit)
        return None


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _capped(receive: Receive, limit: int) -> Receive:
    """Stops reading a body that says nothing of its length, or lies."""
    got = 0

    async def read() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > limit:
            raise BodyTooLarge(limit)
        return message

    return read


class _Answer:
    """Sends what the application sends, with the guard's headers. `begun`: something went out."""

    def __init__(self, send: Send):
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)
