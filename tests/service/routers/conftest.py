"""What several routers are tried with: a print to search with, two persons to change, and work that takes longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from biomatch.bureau import Actor, open_gallery
from biomatch.service import Settings, create_app


@pytest.fixture
def probe(sample_print: Callable[[str], bytes]) -> bytes:
    """A third impression of P02's right index, who is `enrolled` with two."""
    return sample_print("P02-right-index_3")


@pytest.fixture
def enrol(api: httpx.Client, sample_print: Callable[[str], bytes]) -> Callable[..., None]:
    """enrol(person, encounter, name of a print, field of the form=...)."""

    def send(person: str, encounter: str, name: str, **data: str) -> None:
        files = {"image": (f"{name}.png", sample_print(name))}
        answer = api.post(f"/v1/persons/{person}/encounters/{encounter}", files=files, data={"position": "RIGHT_INDEX"} | data)
        assert answer.status_code == 200, answer.text

    return send


@pytest.fixture
def pair(api: httpx.Client, enrol: Callable[..., None]) -> Iterator[httpx.Client]:
    """Mia and Noa, one encounter each; gone at the end."""
    enrol("mia", "one", "P05-right-index_1", gallery="PAIR")
    enrol("noa", "two", "P06-right-index_1", gallery="PAIR")
    yield api
    for person in ("mia", "noa"):
        api.delete(f"/v1/persons/{person}")


Headers = dict[str, str]


@pytest.fixture(scope="module")
def working(
    serving: Callable[[FastAPI], AbstractContextManager[httpx.Client]],
    sample_print: Callable[[str], bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[httpx.Client, Headers, Headers]]:
    """A client of a bureau that works on tasks, with three persons of whom two are one; and the tokens of Ada and of Bob.

    Lists may be read from a folder that holds list.csv; outside.csv lies beside it.
    """
    folder = tmp_path_factory.mktemp("tasks")
    with open_gallery(folder / "gallery", workers=1) as bureau:
        tokens = [bureau.access.create_token(name, Actor("tester", "test"))[1] for name in ("ada", "bob")]
        ada, bob = ({"Authorization": f"Bearer {token}"} for token in tokens)
        bureau.work()
        (folder / "import").mkdir()
        (folder / "import" / "P03.png").write_bytes(sample_print("P03-right-index_1"))
        (folder / "import" / "list.csv").write_text("path,person\nP03.png,P03\nabsent.png,P04\n")
        (folder / "outside.csv").write_text("path,person\nP03.png,P05\n")
        with serving(create_app(bureau, Settings(import_folder=folder / "import"))) as client:
            for person, name in (("P01", "P01-right-index_1"), ("P02", "P02-right-index_1"), ("twin", "P01-right-index_2")):
                files = {"image": sample_print(name)}
                answer = client.post(f"/v1/persons/{person}/encounters", files=files, headers=ada)
                assert answer.status_code == 200, answer.text
            yield client, ada, bob


@pytest.fixture(scope="session")
def ended() -> Callable[[httpx.Client, str, Headers], dict[str, Any]]:
    """ended(client, task, headers): the task, when it has."""

    def wait(client: httpx.Client, task: str, headers: Headers) -> dict[str, Any]:
        for _ in range(600):
            found: dict[str, Any] = client.get(f"/v1/tasks/{task}", headers=headers).json()
            if found["status"] not in ("WAITING", "RUNNING"):
                return found
            time.sleep(0.1)
        raise AssertionError(found)

    return wait
