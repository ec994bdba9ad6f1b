"""What is refused before any route sees it."""

import pytest
from fastapi import FastAPI, Request

from biomatch.service import problems
from biomatch.service.guards import Guard


@pytest.fixture(scope="module")
def client(serving):
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    problems.install(app)
    app.add_middleware(Guard, max_body_bytes=1_000, names=("bureau.example",))
    with serving(app) as opened:
        yield opened


def test_a_body_within_the_limit_passes(client):
    assert client.post("/echo", content=b"x" * 1_000).json() == 1_000


def test_a_large_body_is_refused_by_its_length_alone(client):
    answer = client.post("/echo", content=b"x" * 1_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_large_body_without_a_length_is_refused_while_it_is_read(client):
    answer = client.post("/echo", content=(b"x" * 400 for _ in range(3)))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
def test_another_name_for_this_machine_is_refused(client, host):
    answer = client.post("/echo", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "bureau.example:443", "LOCALHOST:8000"])
def test_known_names_pass(client, host):
    assert client.post("/echo", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)
def test_pages_from_elsewhere_are_refused(client, headers):
    assert client.post("/echo", headers=headers).status_code == 403


def test_the_own_page_passes(client):
    headers = {"origin": str(client.base_url), "sec-fetch-site": "same-origin"}
    assert client.post("/echo", headers=headers).status_code == 200


def test_every_answer_is_hardened(client):
    for answer in (client.post("/echo"), client.get("/nowhere"), client.post("/echo", content=b"x" * 2_000)):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
