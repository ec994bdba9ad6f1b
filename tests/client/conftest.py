"""A client of a real service over a gallery of its own, which asks what each search is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest
from fastapi import FastAPI

from biomatch.bureau import Actor, open_gallery
from biomatch.client import Client
from biomatch.service import create_app

ME = Actor("tester", "test")


@pytest.fixture(scope="module")
def client(
    serving: Callable[[FastAPI], AbstractContextManager[httpx.Client]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    with open_gallery(tmp_path_factory.mktemp("client") / "gallery", workers=1) as bureau:
        bureau.access.require_purpose(ME)
        _, token = bureau.access.create_token("post 7", ME)
        bureau.work()
        with serving(create_app(bureau)) as http, Client(str(http.base_url), token) as made:
            yield made
