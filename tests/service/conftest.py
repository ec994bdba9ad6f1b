"""A real server on a port of its own, in a thread of the test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from biomatch.bureau import Bureau, open_gallery
from biomatch.service import create_app


@contextmanager
def _serving(app: FastAPI) -> Iterator[httpx.Client]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # so that a request before the server's thread runs waits instead of being refused
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=300) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def serving() -> Callable[[FastAPI], AbstractContextManager[httpx.Client]]:
    return _serving


@pytest.fixture(scope="session")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with open_gallery(tmp_path_factory.mktemp("served") / "gallery", workers=1) as opened:
        yield opened


@pytest.fixture(scope="session")
def api(bureau: Bureau) -> Iterator[httpx.Client]:
    """The service over a gallery of its own."""
    with _serving(create_app(bureau)) as client:
        yield client


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
