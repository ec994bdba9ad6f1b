"""A page's own files and the shared ones lie in one folder, as browsers see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import resources

import httpx
import pytest
from fastapi import FastAPI

from biomatch.web import static_files


@pytest.fixture(scope="module")
def files(serving: Callable[[FastAPI], AbstractContextManager[httpx.Client]]) -> Iterator[httpx.Client]:
    app = FastAPI()
    app.mount("/", static_files("biomatch.service"))
    with serving(app) as client:
        yield client


@pytest.mark.parametrize("name", ["search.js", "comparison.js", "style.css", "mark.svg"])
def test_own_and_shared_files_are_served_side_by_side(files: httpx.Client, name: str) -> None:
    (found,) = [
        file for room in ("service", "web") if (file := resources.files(f"biomatch.{room}") / "static" / name).is_file()
    ]
    assert files.get(f"/{name}").content == found.read_bytes()


@pytest.mark.parametrize("name", ["layout.html", "../pages/layout.html", "%2e%2e/files.py", ""])
def test_nothing_else_is_served(files: httpx.Client, name: str) -> None:
    assert files.get(f"/{name}").status_code == 404


def test_no_file_of_the_service_hides_a_shared_one() -> None:
    own, shared = (
        {file.name for file in (resources.files(room) / "static").iterdir()} for room in ("biomatch.service", "biomatch.web")
    )
    assert own
    assert shared
    assert not own & shared
