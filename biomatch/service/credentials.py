"""The caller of a request, by its headers alone: a token, or the cookie of a page's session."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from biomatch.bureau import Actor, Bureau
from biomatch.bureau.access.tokens import ANYBODY
from biomatch.errors import ForeignOrigin, TokenMissing
from biomatch.service.settings import Settings
from biomatch.service.traffic.guards import is_ours

_SAFE = frozenset(("GET", "HEAD"))


def caller(bureau: Bureau, settings: Settings, headers: Headers, method: str) -> Actor:
    """Returns the caller of a request. Raises TokenRefused, QuotaSpent, and ForeignOrigin for a cookie that no page of ours
    sent.

    headers  that the guard let pass: neither Origin nor Sec-Fetch-Site names another site
    """
    if settings.open and not bureau.access.guarded:
        return ANYBODY
    if (token := bearer_of(headers)) is not None:
        return bureau.access.authenticate(token)
    secret = session_of(headers, settings)
    if secret is None:
        raise TokenMissing
    if method not in _SAFE:
        check_page(headers)
    return bureau.access.visitor(secret)


def bearer_of(headers: Headers) -> str | None:
    """Returns the token in the header Authorization."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def session_of(headers: Headers, settings: Settings) -> str | None:
    """Returns the secret in the cookie of the page."""
    return cookie_parser(headers.get("cookie", "")).get(cookie_name(settings))


def cookie_name(settings: Settings) -> str:
    """Names the page's cookie. Browsers keep cookies by host, whatever the port: with one name, two services of a machine would
    end each other's."""
    return f"biomatch-{settings.port}"


def check_page(headers: Headers) -> None:
    """Raises ForeignOrigin for a request that no page of ours sent.

    Browsers say where a request that may change something comes from, and no page can make them lie.
    """
    origin = headers.get("origin")
    if not (headers.get("sec-fetch-site") == "same-origin" if origin is None else is_ours(origin, headers)):
        raise ForeignOrigin("that does not name itself")
