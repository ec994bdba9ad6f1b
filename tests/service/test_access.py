"""Every route, once a kind of caller: nobody, a forged token, one without the scope, one with it."""

import re
import socket

import pytest

from biomatch.bureau import GRANTED, Actor, open_gallery
from biomatch.service import create_app
from biomatch.service.settings import Settings

ME = Actor("tester", "test")
OPEN = {"/healthz", "/readyz"}


@pytest.fixture(scope="module")
def guarded(serving, tmp_path_factory):
    """A client without a token, and one for each scope."""
    with open_gallery(tmp_path_factory.mktemp("guarded") / "gallery", workers=1) as bureau:
        tokens = {scope.value: bureau.access.create_token(scope.value, ME, scopes=[scope])[1] for scope in GRANTED}
        tokens["slow"] = bureau.access.create_token("slow", ME, per_minute=1)[1]
        with serving(create_app(bureau)) as client:
            yield client, tokens


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def routes(client):
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path not in OPEN:
                (needed,) = operation["security"][0]["token"]
                yield method, re.sub(r"\{\w+\}", "1", path), needed, operation


def test_nobody_comes_in(guarded):
    client, _ = guarded
    asked = 0
    for method, path, _, _ in routes(client):
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-missing"), path
        assert answer.headers["www-authenticate"] == "Bearer"
        asked += 1
    assert asked > 20


def test_a_forged_token_comes_nowhere(guarded):
    client, tokens = guarded
    forged = tokens["abis.identify"][:-4] + "0000"
    for method, path, _, _ in routes(client):
        for header in (bearer(forged), bearer("x"), {"Authorization": "Basic YTpi"}):
            assert client.request(method, path, headers=header).status_code == 401, path


def test_each_route_wants_its_own_scope_and_no_other(guarded):
    client, tokens = guarded
    seen = set()
    for method, path, needed, operation in routes(client):
        for scope in GRANTED:
            answer = client.request(method, path, headers=bearer(tokens[scope.value]))
            assert answer.status_code != 401
            assert (answer.status_code == 403) is (scope.value != needed), (path, scope, answer.text)
        seen.add(needed)
        assert {"401", "403", "429"} <= set(operation["responses"]), path
    assert seen == {scope.value for scope in GRANTED} | {"user.read", "user.write"}  # which no token has


def test_who_may_not_send_a_body_is_refused_before_it_is_read(guarded):
    client, tokens = guarded
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=60) as line:
        line.sendall(
            b"POST /v1/persons HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n"
            b"Authorization: Bearer " + tokens["abis.identify"].encode() + b"\r\n\r\n"
        )  # and nothing of the body
        assert line.recv(100).startswith(b"HTTP/1.1 403")


def test_on_every_route_the_caller_is_asked_for_before_a_byte_of_the_body(guarded):
    client, tokens = guarded
    for method, path, needed, _ in routes(client):
        wrong = next(scope.value for scope in GRANTED if scope.value != needed)
        for token, status in ((None, b"401"), ("forged", b"401"), (tokens[wrong], b"403")):
            with socket.create_connection((client.base_url.host, client.base_url.port), timeout=60) as line:
                who = b"" if token is None else b"Authorization: Bearer " + token.encode() + b"\r\n"
                line.sendall(
                    f"{method.upper()} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
                    + b"Content-Type: application/json\r\nContent-Length: 1000000\r\n" + who + b"\r\n"
                )  # fmt: skip
                assert line.recv(100).startswith(b"HTTP/1.1 " + status), (method, path, token)


def test_a_spent_quota_says_when_to_come_back(guarded):
    client, tokens = guarded
    assert client.get("/v1/galleries", headers=bearer(tokens["slow"])).status_code == 200
    answer = client.get("/v1/galleries", headers=bearer(tokens["slow"]))
    assert (answer.status_code, answer.json()["code"]) == (429, "quota-spent")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_a_gallery_without_tokens_lets_nobody_in(serving, tmp_path):
    """Its folder is its owner's alone; the port is reached by every user of the machine."""
    with open_gallery(tmp_path / "gallery", workers=1) as bureau, serving(create_app(bureau)) as client:
        for method, path, _, _ in routes(client):
            answer = client.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "token-missing"), path


def test_whoever_wishes_serves_all_users_of_the_machine_until_there_is_a_token(serving, tmp_path):
    with (
        open_gallery(tmp_path / "gallery", workers=1) as bureau,
        serving(create_app(bureau, Settings(open=True))) as client,
    ):
        assert client.get("/v1/counts").status_code == 200
        bureau.access.create_token("first", ME)
        assert client.get("/v1/counts").status_code == 401
