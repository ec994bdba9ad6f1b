"""The service over a gallery of its own."""

from __future__ import annotations

import base64
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from biomatch.bureau import Actor, Bureau, open_gallery
from biomatch.service import create_app, routers


def bearing(client: httpx.Client, bureau: Bureau) -> httpx.Client:
    """The client, from now on with a token that allows everything."""
    _, text = bureau.access.create_token("tester", Actor("tester", "test"))
    client.headers["Authorization"] = f"Bearer {text}"
    return client


@pytest.fixture(scope="session")
def bearer() -> Callable[[httpx.Client, Bureau], httpx.Client]:
    """bearer(client, bureau): the client with a token, for services of a test's own."""
    return bearing


@pytest.fixture(scope="session")
def handed() -> Callable[..., dict[str, Any]]:
    """handed(content), handed(content, "template"): a print as JSON hands it over, with what else is said of it."""

    def as_json(content: bytes, key: str = "image", **more: Any) -> dict[str, Any]:
        return {"biometricType": "FINGER", key: base64.b64encode(content).decode(), **more}

    return as_json


@pytest.fixture(scope="session")
def every_route() -> list[APIRoute]:
    """The routes of every module of routers, also of those that have two."""
    found: list[APIRoute] = []
    for module in pkgutil.iter_modules(routers.__path__, f"{routers.__name__}."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, APIRouter):
                found += [route for route in one.routes if isinstance(route, APIRoute)]
    return found


@pytest.fixture(scope="session")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with open_gallery(tmp_path_factory.mktemp("served") / "gallery", workers=1) as opened:
        yield opened


@pytest.fixture(scope="session")
def api(serving: Callable[[FastAPI], AbstractContextManager[httpx.Client]], bureau: Bureau) -> Iterator[httpx.Client]:
    """The service over a gallery of its own."""
    with serving(create_app(bureau)) as client:
        yield bearing(client, bureau)


@pytest.fixture(scope="session")
def enrolled(api: httpx.Client, sample_print: Callable[[str], bytes]) -> dict[str, dict[str, Any]]:
    """Three persons of the sample, right index twice, by their receipts."""
    receipts = {}
    for person in ("P01", "P02", "P03"):
        files = [("image", (f"{number}.png", sample_print(f"{person}-right-index_{number}"))) for number in (1, 2)]
        answer = api.post(
            f"/v1/persons/{person}/encounters/first",
            files=files,
            data={"position": "RIGHT_INDEX", "impression": "LIVE_SCAN_PLAIN", "gallery": ["STAFF", person]},
        )
        assert answer.status_code == 200, answer.text
        receipts[person] = answer.json()
    return receipts
