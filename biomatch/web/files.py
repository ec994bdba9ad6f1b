"""Scripts, styles and pictures, as browsers fetch them."""

from __future__ import annotations

from starlette.staticfiles import StaticFiles


def static_files(room: str) -> StaticFiles:
    """Serves the files of a room's folder `static` beside those that all pages share, whose modules they import as neighbours.

    room  a package, such as "biomatch.service". A file of its own stands before a shared one of the same name.
    """
    return StaticFiles(packages=[(room, "static"), ("biomatch.web", "static")])
