"""The guard before every route: budgets, deadline, body, host and origin; and the answer's headers."""

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

from biomatch import deadlines
from biomatch.deadlines import Deadline, within
from biomatch.errors import BadRequest, BiomatchError, BodyTooLarge, BodyTooSlow, DeadlinePassed, ForeignOrigin
from biomatch.service.metrics import Metrics
from biomatch.service.pace import collect_after
from biomatch.service.problems import defect, response
from biomatch.service.traffic.budgets import Admission, Budgets
from biomatch.web import PAGE_HEADERS

DEADLINE = "Deadline-Seconds"
"""Header in which a client says how long it waits for its answer."""

REQUEST = "Request-Id"
"""Header of an answer: under this id the log tells of it."""

HEAD_BYTES = 16 * 1024  # of a request's headers

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))

LOOPBACK = ("127.0.0.1", "localhost", "::1")

HEALTH = frozenset(("/healthz", "/readyz"))
"""Whether the service is well is told however busy it is: these paths stand outside all budgets."""

ADMISSION = "admission"
"""Name in a request's state of what it takes of the budgets (budgets.py)."""

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """The limits of requests.

    body_bytes, body_seconds  one request's body, and the time in which it comes in
    seconds                   until a request's answer
    in_flight                 requests that are worked on at a time
    arriving                  bodies that are coming in at a time
    held_bytes                bytes of all bodies at a time, coming in or worked on
    """

    body_bytes: int
    body_seconds: float
    seconds: float
    in_flight: int
    arriving: int
    held_bytes: int


class Guard:
    """ASGI middleware. Prints are answers too: nothing is cached by whoever stands between, unless a route says so.

    What biomatch did not foresee becomes a 500 that tells nothing but the request's id; the log has the trace.
    """

    def __init__(self, app: ASGIApp, *, limits: Limits, names: Iterable[str], metrics: Metrics):
        self._app = app
        self._limits = limits
        self._budgets = Budgets(limits.in_flight, limits.arriving, limits.held_bytes)
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
        if refusal is not None:
            answer.closes = _ends_doubtfully(headers)
            await response(refusal)(scope, receive, answer)
            return
        deadline = Deadline(min(self._limits.seconds, _wished(headers)))
        if scope["path"] in HEALTH:
            await self._within(deadline, scope, receive, answer)
            return
        admission = Admission(self._budgets, with_body=_has_body(headers))
        scope.setdefault("state", {})[ADMISSION] = admission
        try:
            await self._within(deadline, scope, _Body(receive, self._limits, admission).read, answer)
        finally:
            collect_after(admission.held)
            admission.end()

    async def _within(self, deadline: Deadline, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """Lets the routes work, and answers in their stead when the deadline has passed; returns when the work has ended."""
        work = asyncio.create_task(self._work(deadline, scope, receive, answer))
        await asyncio.wait({work}, timeout=deadline.left)
        if not work.done() and not answer.status:
            await answer.last(response(DeadlinePassed(deadline.seconds)), scope, receive)
        await work  # threads end by themselves: what the request holds is free only then

    async def _work(self, deadline: Deadline, scope: Scope, receive: Receive, answer: _Answer) -> None:
        with within(deadline):
            try:
                await self._app(scope, receive, answer)
            except ClientDisconnect:
                pass  # nobody is there to be told
            except Exception:
                _log.exception("a request failed")
                if not answer.status:
                    await defect(answer.request)(scope, receive, answer)

    def _refusal(self, headers: Headers) -> BiomatchError | None:
        host = _host_name(headers.get("host", ""))
        if _ends_doubtfully(headers):
            return BadRequest("it has both Content-Length and Transfer-Encoding; send one of them")
        if len(headers.getlist("authorization")) > 1:
            return BadRequest("it has more than one header Authorization; send one")
        if host not in self._names:  # a page elsewhere whose name was pointed at this machine
            return ForeignOrigin(host)
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return ForeignOrigin(headers.get("origin", "another site"))
        origin = headers.get("origin")
        if origin is not None and not is_ours(origin, headers):
            return ForeignOrigin(origin)
        if sum(len(name) + len(value) for name, value in headers.raw) > HEAD_BYTES:
            return BadRequest(f"its head has more than {HEAD_BYTES:,} bytes")
        if not _wished(headers) > 0:
            return BadRequest(f"{DEADLINE}: is no number of seconds above 0")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._limits.body_bytes:
            return BodyTooLarge(self._limits.body_bytes)
        return None


def is_ours(origin: str, headers: Headers) -> bool:
    """Tells whether an `Origin` is the address that the request itself was sent to."""
    return origin in (f"http://{headers.get('host')}", f"https://{headers.get('host')}")


def _wished(headers: Headers) -> float:
    """Returns the seconds in which the client wants its answer; not a number: what it says is none."""
    text = headers.get(DEADLINE)
    if text is None:
        return math.inf
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else math.nan


def _host_name(host: str) -> str:
    """Returns the name in a `Host` header, without its port; empty where it is none."""
    found = _HOST.fullmatch(host)
    return "" if found is None else (found[1] or found[2]).lower()


def _ends_doubtfully(headers: Headers) -> bool:
    """Tells whether a request says twice where it ends.

    A proxy before us may believe the other one. What one of both takes for the body, the other takes for the next request.
    """
    return "content-length" in headers and "transfer-encoding" in headers


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0").strip("0") != ""


class _Body:
    """Reads a request's body within its limits, one that says nothing of its length, lies or does not come, too."""

    def __init__(self, receive: Receive, limits: Limits, admission: Admission):
        self._receive = receive
        self._limits = limits
        self._admission = admission
        self._got, self._whole = 0, False
        self._end = time.monotonic() + limits.body_seconds

    async def read(self) -> Message:
        """Reads the next part; after the last one only a farewell can come. Raises BodyTooSlow, BodyTooLarge, TooBusy,
        DeadlinePassed."""
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._end - time.monotonic()))
        except TimeoutError:
            raise BodyTooSlow(self._limits.body_seconds) from None
        count = len(message.get("body", b""))
        self._got += count
        if self._got > self._limits.body_bytes:
            raise BodyTooLarge(self._limits.body_bytes)
        self._admission.hold(count)
        if not message.get("more_body", False):
            self._whole = True
            await self._turn()
        return message

    async def _turn(self) -> None:
        """Waits until the request may be worked on."""
        try:
            async with asyncio.timeout(deadlines.left()):
                await self._admission.whole()
        except TimeoutError:
            deadlines.check()
            raise


class _Answer:
    """Sends what the application sends, with the guard's headers. status: 0 until something went out.

    request: names it in the log, and to the client
    closes: whether the connection ends with this answer
    """

    def __init__(self, send: Send):
        self._send = send
        self._over = False
        self.status = 0
        self.closes = False
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
            for name, value in PAGE_HEADERS.items():
                headers[name] = value
            headers[REQUEST] = self.request
            headers.setdefault("Cache-Control", "no-store")
            if self.closes:
                headers["Connection"] = "close"
        await self._send(message)
