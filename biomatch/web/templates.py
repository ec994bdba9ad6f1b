"""The templates of pages, and how they write words."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, select_autoescape
from markupsafe import Markup


def open_templates(room: str) -> Environment:
    """Opens the templates in a room's folder `pages`; they extend the `layout.html` that all pages share.

    room  a package, such as "biomatch.service"

    Whatever is put into a template is escaped. The filter `code` sets words between backticks as code.
    """
    loader = ChoiceLoader([PackageLoader(room, "pages"), PackageLoader("biomatch.web", "pages")])
    found = Environment(loader=loader, autoescape=select_autoescape(), auto_reload=False)
    found.filters["code"] = code
    return found


def code(words: str) -> Markup:
    """Sets the words between backticks in a type of their own."""
    parts = words.split("`")
    parts[1::2] = [Markup("<code>{}</code>").format(part) for part in parts[1::2]]
    return Markup("").join(parts)  # which escapes what is not markup yet
