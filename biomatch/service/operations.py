"""Operations that are served, and the scopes that each asks for. What the table of roles does not know cannot be served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route

from biomatch.bureau.access.policy import POLICY
from biomatch.bureau.scopes import Scope

ASKS_NOBODY = frozenset(
    (
        ("GET", "/"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/session"),
        ("DELETE", "/session"),
        ("POST", "/session/passkey/options"),
        ("POST", "/session/passkey"),
    )
)
"""Operations that anybody may ask for: how the service is, what it can do, and the way in and out."""

OF_ONESELF = frozenset(
    (
        ("GET", "/session"),
        ("POST", "/session/fresh"),
        ("GET", "/session/passkeys"),
        ("POST", "/session/passkeys"),
        ("POST", "/session/passkeys/options"),
        ("DELETE", "/session/passkeys/{passkey}"),
        ("GET", "/sessions"),
        ("DELETE", "/sessions"),
        ("DELETE", "/sessions/{sessionId}"),
    )
)
"""Operations that need a session and no scope: they tell callers of themselves alone."""


@dataclass(frozen=True)
class Operation:
    """method and path, such as GET /v1/persons/{personId}; scopes: all that a caller needs for it."""

    method: str
    path: str
    scopes: frozenset[Scope]


def served(app: FastAPI) -> list[Operation]:
    """Lists the operations of an application, without the files of its pages."""
    return [
        Operation(method, getattr(route, "path_format", route.path), _scopes(route))
        for route in _routes(app.routes)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


def check(app: FastAPI) -> None:
    """Refuses an application with an operation that no role in the table may ask for. Raises TypeError."""
    known = frozenset(scope for rule in POLICY.values() for scope in rule.scopes)
    for one in served(app):
        if not one.scopes and (one.method, one.path) not in ASKS_NOBODY | OF_ONESELF:
            raise TypeError(f"{one.method} {one.path} needs no scope; take the caller as an argument (dependencies.py)")
        if not one.scopes <= known:
            raise TypeError(f"{one.method} {one.path} needs {sorted(one.scopes - known)}; no role has that (policy.py)")


def _routes(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    for route in routes:
        included = getattr(route, "original_router", None)  # newer FastAPI keeps an included router as it is
        if included is not None:
            yield from _routes(included.routes)
        elif isinstance(route, Route):
            yield route


def _scopes(route: Route) -> frozenset[Scope]:
    return frozenset(map(Scope, _named(route.dependant))) if isinstance(route, APIRoute) else frozenset()


def _named(dependant: Dependant) -> Iterator[str]:
    for dependency in dependant.dependencies:
        yield from getattr(dependency, "own_oauth_scopes", None) or getattr(dependency, "security_scopes", None) or ()
        yield from _named(dependency)
