"""The page at `/`, and the manual of the API at `/docs`. No build step, nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib import resources

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from biomatch import __version__
from biomatch.service.manual import arrange
from biomatch.service.routing import Route
from biomatch.vocabulary import FingerPosition, ImpressionType

router = APIRouter(include_in_schema=False, route_class=Route)

STATIC = resources.files("biomatch.service") / "static"


@cache
def _pages() -> Environment:
    pages = Environment(loader=PackageLoader("biomatch.service", "pages"), autoescape=select_autoescape(), auto_reload=False)
    pages.filters["code"] = _code
    return pages


def _code(words: str) -> Markup:
    """`words` between backticks in a type of their own."""
    parts = words.split("`")
    parts[1::2] = [Markup("<code>{}</code>").format(part) for part in parts[1::2]]
    return Markup("").join(parts)  # which escapes what is not markup yet


@router.get("/", response_class=HTMLResponse)
async def search_page() -> str:
    return (
        _pages()
        .get_template("search.html")
        .render(version=__version__, positions=list(FingerPosition), impressions=list(ImpressionType))
    )


@router.get("/docs", response_class=HTMLResponse)
async def manual(request: Request) -> str:
    api = request.app.openapi()
    return _pages().get_template("manual.html").render(version=__version__, api=api, resources=arrange(api))
