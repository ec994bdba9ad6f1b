"""Routes whose answers leave out what there is nothing to say about."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute


class _Terse(APIRoute):
    def __init__(self, path: str, endpoint: Any, **options: Any):
        super().__init__(path, endpoint, **(options | {"response_model_exclude_none": True}))


def resource(prefix: str, tag: str) -> APIRouter:
    """The router of one resource."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=_Terse)
