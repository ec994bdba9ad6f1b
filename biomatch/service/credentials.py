"""The caller of a request, by its headers alone: a token, or the cookie of a page's session."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, cookie_parser

from biomatch.bureau import Actor, Bureau
from biomatch.bureau.access.tokens import ANYBODY
from biomatch.errors import ForeignOrigin, TokenMissing
from biomatch.service.settings import Settings
from biomatch.service.traffic.guards import is_ours

PREFIX = "__Host-"
"""Browsers take a cookie whose name begins so from its own host alone, by https, for all of its addresses."""

_SAFE = frozenset(("GET", "HEAD"))


def caller(bureau: Bureau, settings: Settings, headers: Headers, method: str, *, secure: bool = False) -> Actor:
    """Returns the caller of a request. Raises TokenRefused, QuotaSpent, and ForeignOrigin for a cookie that no page of ours
    sent.

    headers  that the guard let pass: neither Origin nor Sec-Fetch-Site names another site
    secure   the request came by https
    """
    if settings.open and not bureau.access.guarded:
        return ANYBODY
    if (token := bearer_of(headers)) is not None:
        return bureau.access.authenticate(token)
    secret = session_of(headers, settings, secure=secure)
    if secret is None:
        raise TokenMissing
    if method not in _SAFE:
        check_page(headers)
    return bureau.access.visitor(secret)


def bearer_of(headers: Headers) -> str | None:
    """Returns the token in the header Authorization."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def session_of(headers: Headers, settings: Settings, *, secure: bool = False) -> str | None:
    """Returns the secret in the cookie of the page. By https no other cookie counts than one that this host alone can set."""
    return cookie_parser(headers.get("cookie", "")).get(cookie_name(settings, secure=secure))


def cookie_name(settings: Settings, *, secure: bool = False) -> str:
    """Names the page's cookie. Browsers keep cookies by host, whatever the port: with one name, two services of a machine would
    end each other's.

    By https the name has a prefix, for which browsers see to it that no other host, and nobody who reads along, has set the
    cookie. Without encryption no browser would keep such a cookie.
    """
    return f"{PREFIX if secure else ''}biomatch-{settings.port}"


def is_secure(request: HTTPConnection) -> bool:
    """Tells whether a request came by https, to the service itself or to a proxy that says so."""
    return bool(request.url.scheme == "https")


def check_page(headers: Headers) -> None:
    """Raises ForeignOrigin for a request that no page of ours sent.

    Browsers say where a request that may change something comes from, and no page can make them lie.
    """
    origin = headers.get("origin")
    if not (headers.get("sec-fetch-site") == "same-origin" if origin is None else is_ours(origin, headers)):
        raise ForeignOrigin("that does not name itself")
