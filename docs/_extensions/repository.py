"""Links that leave the folder of the pages. As plain Markdown they lead to files that the site does not have.

A link to a page of the site leads there, also from a file that is included; a link to any other file of the repository becomes
the file's path; a link to a file that does not exist is a warning.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

PAGES = {"benchmarks/README.md": "results.md"}  # files of the repository that a page of the site includes
CODE = r"(?P<code>^```.*?^```|`[^`\n]+`)"
LINK = re.compile(CODE + r"|(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)", re.DOTALL | re.MULTILINE)

log = logging.getLogger(__name__)


def at_home(source: str, file: Path, page: str, docs: Path) -> str:
    """Rewrite the links of a file so that they hold on the page that shows it.

    file  where the text is kept, absolute
    page  name of the page that shows it, such as "research/search"
    docs  folder of all pages, absolute
    """

    def rewritten(match: re.Match[str]) -> str:
        target, _, anchor = (match["target"] or "").partition("#")
        if match["code"] or not target or re.match(r"\w+:", target):
            return match[0]
        place = Path(os.path.normpath(file.parent / target))
        path = os.path.relpath(place, docs.parent).replace(os.sep, "/") + ("/" if target.endswith("/") else "")
        if not place.exists():
            log.warning("%s is no file of the repository", path, location=page)
        place = docs / PAGES[path] if path in PAGES and page != Path(PAGES[path]).stem else place
        if not (match["picture"] or place.is_relative_to(docs)):
            text = match["text"].replace("`", "")
            return f"`{path}`" if path.endswith(text) else f"{match['text']} (`{path}`)"
        here = os.path.relpath(place, (docs / page).parent).replace(os.sep, "/")
        return f"{match['picture']}[{match['text']}]({here}{'#' if anchor else ''}{anchor})"

    return LINK.sub(rewritten, source)


def setup(app: Sphinx) -> dict[str, bool]:
    docs = Path(app.srcdir)

    def read(app: Sphinx, page: str, source: list[str]) -> None:
        source[0] = at_home(source[0], Path(app.env.doc2path(page)), page, docs)

    def included(app: Sphinx, path: Path, page: str, source: list[str]) -> None:
        source[0] = at_home(source[0], Path(os.path.normpath(docs / path)), page, docs)

    app.connect("source-read", read)
    app.connect("include-read", included)
    return {"parallel_read_safe": True}
