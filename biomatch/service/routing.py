"""Routes: the caller before the body, addresses that take any name, answers without what there is nothing to say about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_origin
from urllib.parse import unquote

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from biomatch.errors import BadRequest, UnknownField
from biomatch.service import names
from biomatch.service.problems import ACCESS_ERRORS, documented, with_error

_STAND_IN = "\x1f"  # for a slash within a name; not printable, so that no name holds it
_NO_NAME = "%00"  # for one that an address writes itself: it is no slash


class _Name(Convertor[str]):
    """One part of an address: a person, an encounter, a gallery, a print."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return value.replace(_STAND_IN, "/")

    def to_string(self, value: str) -> str:
        return value.replace("/", "%2F")


register_url_convertor("name", _Name())


class EncodedSlashes:
    """Lets names hold a slash, which an address writes as %2F: it would be decoded, and part the name, before routes see it."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") or b""
        if b"%2f" in raw.lower() or b"%1f" in raw.lower():
            path = re.sub("%1f", _NO_NAME, raw.split(b"?")[0].decode("ascii", "replace"), flags=re.IGNORECASE)
            path = re.sub("%2f", "%1F", path, flags=re.IGNORECASE)
            scope["path"] = unquote(path)  # in place: whoever stands before wants to know the route that is found
        await self._app(scope, receive, send)


class Route(APIRoute):
    """A route that FastAPI reads no body for: it would do so before anybody has asked who sends it. bodies.py reads them."""

    def __init__(self, path: str, endpoint: Any, **options: Any):
        named = re.sub(r"\{(\w+)\}", r"{\1:name}", path)
        refused = with_error(options.get("responses") or {}, UnknownField)
        super().__init__(named, endpoint, **(options | {"response_model_exclude_none": True, "responses": refused}))
        if self.body_field is not None:
            raise TypeError(f"{path}: take the body as a dependency of bodies.py, behind the actor")
        self._parameters = dict(_parameters(self.dependant))

    def check_parameters(self, given: QueryParams) -> None:
        """Refuses parameters in the address that the route does not declare.

        Raises UnknownField; BadRequest: one is given several times of which one value is taken.
        """
        names.check("parameter", list(given), self._parameters)
        for name in given:
            values = given.getlist(name)
            if len(values) > 1 and not self._parameters[name]:
                raise BadRequest(f"{name}: {len(values)} values where one is taken")


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Yields the names that a route and its dependencies read from the address, and whether each takes several values."""
    for field in dependant.query_params:
        yield field.alias, get_origin(field.field_info.annotation) is list
    for dependency in dependant.dependencies:
        yield from _parameters(dependency)


def resource(prefix: str, tag: str) -> APIRouter:
    """Makes the router of one resource."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=Route, responses=documented(*ACCESS_ERRORS))
