"""What stands before every route: how many at a time and for how long, the body, host, origin; and the answer's headers."""

from __future__ import annotations

import asyncio
import logging
import math
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from biomatch.deadlines import Deadline, within
from biomatch.errors import BadRequest, BiomatchError, BodyTooLarge, BodyTooSlow, DeadlinePassed, ForeignOrigin, TooBusy
from biomatch.service.metrics import Metrics
from biomatch.service.problems import defect, response

DEADLINE = "Deadline-Seconds"
"""Header in which a client says how long it waits for its answer."""

REQUEST = "Request-Id"
"""Header of an answer: under this id the log tells of it."""

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))

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


@dataclass(frozen=True)
class Limits:
    """body_bytes, body_seconds: of one request's body; in_flight: requests at a time; seconds: until a request's answer."""

    body_bytes: int
    body_seconds: float
    in_flight: int
    seconds: float


class Guard:
    """ASGI middleware. Prints are answers too: nothing is cached by whoever stands between, unless a route says so.

    What biomatch did not foresee becomes a 500 that tells nothing but the request's id; the log has the trace.
    """

    def __init__(self, app: ASGIApp, *, limits: Limits, names: Iterable[str], metrics: Metrics):
        self._app = app
        self._limits = limits
        self._metrics = metrics
        self._names = frozenset((*LOOPBACK, *names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer, began = _Answer(send), time.perf_counter()
        self._metrics.in_flight += 1  # of the event loop's thread only
        with bound_contextvars(request=answer.request):
            try:
                await self._answer(scope, receive, answer)
            finally:
                self._metrics.in_flight -= 1
                self._note(scope, answer.status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts and logs a request by its route, never by what it names."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path_format", "")
        self._metrics.answered(method, route, status, seconds)
        told = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
        _log.info("request", extra=told)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        headers = Headers(scope=scope)
        refusal = self._refusal(headers)
        if refusal is None and self._metrics.in_flight > self._limits.in_flight:
            refusal = TooBusy(self._limits.in_flight)
        if refusal is not None:
            await response(refusal)(scope, receive, answer)
            return
        deadline = Deadline(min(self._limits.seconds, _wished(headers)))
        work = asyncio.create_task(self._work(scope, receive, answer, deadline))
        await asyncio.wait({work}, timeout=deadline.left)
        if not work.done() and not answer.status:
            await answer.last(response(DeadlinePassed(deadline.seconds)), scope, receive)
        await work  # threads end by themselves: what the request holds is free only then

    async def _work(self, scope: Scope, receive: Receive, answer: _Answer, deadline: Deadline) -> None:
        with within(deadline):
            try:
                await self._app(scope, _capped(receive, self._limits), answer)
            except ClientDisconnect:
                pass  # nobody is there to be told
            except Exception:
                _log.exception("a request failed")
                if not answer.status:
                    await defect(answer.request)(scope, receive, answer)

    def _refusal(self, headers: Headers) -> BiomatchError | None:
        host = _host_name(headers.get("host", ""))
        if host not in self._names:  # a page elsewhere whose name was pointed at this machine
            return ForeignOrigin(host)
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return ForeignOrigin(headers.get("origin", "another site"))
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):
            return ForeignOrigin(origin)
        if not _wished(headers) > 0:
            return BadRequest(f"{DEADLINE}: is no number of seconds above 0")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limits.body_bytes:
            return BodyTooLarge(self._limits.body_bytes)
        return None


def _wished(headers: Headers) -> float:
    """Seconds in which the client wants its answer; not a number: what it says is none."""
    text = headers.get(DEADLINE)
    if text is None:
        return math.inf
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else math.nan


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _capped(receive: Receive, limits: Limits) -> Receive:
    """Stops reading a body that says nothing of its length, or lies, or does not come. After it only a farewell can come."""
    got, whole = 0, False
    end = time.monotonic() + limits.body_seconds

    async def read() -> Message:
        nonlocal got, whole
        if whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, end - time.monotonic()))
        except TimeoutError:
            raise BodyTooSlow(limits.body_seconds) from None
        got += len(message.get("body", b""))
        if got > limits.body_bytes:
            raise BodyTooLarge(limits.body_bytes)
        whole = not message.get("more_body", False)
        return message

    return read


class _Answer:
    """Sends what the application sends, with the guard's headers. status: 0 until something went out.

    request: names it in the log, and to the client
    """

    def __init__(self, send: Send):
        self._send = send
        self._over = False
        self.status = 0
        self.request = secrets.token_hex(8)

    async def last(self, application: ASGIApp, scope: Scope, receive: Receive) -> None:
        """Sends this, and nothing that comes later."""
        await application(scope, receive, self)
        self._over = True

    async def __call__(self, message: Message) -> None:
        if self._over:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers[REQUEST] = self.request
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)
