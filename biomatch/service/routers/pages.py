"""The page at `/`, and the manual of the API at `/docs`. No build step, nothing from elsewhere."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from biomatch import __version__
from biomatch.service.manual import arrange
from biomatch.service.routing import Route
from biomatch.vocabulary import FingerPosition
from biomatch.web import open_templates

router = APIRouter(include_in_schema=False, route_class=Route)


@cache
def _pages() -> Environment:
    return open_templates("biomatch.service")


@router.get("/", response_class=HTMLResponse)
async def search_page() -> str:
    return _pages().get_template("search.html").render(positions=list(FingerPosition))


@router.get("/docs", response_class=HTMLResponse)
async def manual(request: Request) -> str:
    api = request.app.openapi()
    return _pages().get_template("manual.html").render(version=__version__, api=api, resources=arrange(api))
