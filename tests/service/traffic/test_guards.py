"""What is refused before any route sees it."""

import asyncio
import socket
import threading
import time
from contextlib import ExitStack
from itertools import count

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request

from biomatch import deadlines
from biomatch.service import problems
from biomatch.service.metrics import Metrics
from biomatch.service.traffic.guards import ADMISSION, Guard, Limits

LIMITS = Limits(body_bytes=1_000, body_seconds=1.0, seconds=2.0, in_flight=3, arriving=2, held_bytes=1_500)


@pytest.fixture(scope="module")
def metrics():
    return Metrics()


@pytest.fixture(scope="module")
def done():
    """What /work did."""
    return []


@pytest.fixture(scope="module")
def client(serving, metrics, done):
    callers = count()

    async def known(request: Request) -> None:
        """Each request is another caller's."""
        getattr(request.state, ADMISSION).enter(str(next(callers)))

    app = FastAPI()
    known_app = APIRouter(dependencies=[Depends(known)])

    @known_app.post("/wait/{seconds}")
    async def wait(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    @known_app.post("/work/{seconds}")
    def work(seconds: float) -> str:
        time.sleep(seconds)
        done.append("before")
        deadlines.check()
        done.append("after")
        return "done"

    @app.get("/healthz")
    async def health() -> str:
        return "well"

    @known_app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    app.include_router(known_app)
    problems.install(app)
    app.add_middleware(Guard, limits=LIMITS, names=("bureau.example",), metrics=metrics)
    with serving(app) as opened:
        yield opened


def wait_for(metrics, in_flight):
    """Waits until so many requests are worked on: a client has its answer a moment before the request has ended."""
    end = time.monotonic() + 30
    while metrics.in_flight != in_flight:
        assert time.monotonic() < end, metrics.in_flight
        time.sleep(0.01)


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


@pytest.mark.parametrize("host", ["127.0.0.1:", "127.0.0.1:x", "127.0.0.1:80@evil", "127.0.0.1@evil", "[::1", "[::1]evil"])
def test_what_only_begins_as_a_known_name_is_refused(client, host):
    assert client.post("/echo", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "bureau.example:443", "LOCALHOST:8000"])
def test_known_names_pass(client, host):
    assert client.post("/echo", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "ftp://127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_pages_from_elsewhere_are_refused(client, headers):
    headers = {name: value.replace("127.0.0.1", f"127.0.0.1:{client.base_url.port}") for name, value in headers.items()}
    assert client.post("/echo", headers=headers).status_code == 403


def test_a_head_has_an_end(client):
    assert client.post("/echo", headers={f"x-{n}": "x" * 900 for n in range(16)}).status_code == 200
    answer = client.post("/echo", headers={f"x-{n}": "x" * 900 for n in range(19)})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_the_own_page_passes(client):
    headers = {"origin": str(client.base_url), "sec-fetch-site": "same-origin"}
    assert client.post("/echo", headers=headers).status_code == 200


def test_every_answer_is_hardened(client):
    for answer in (client.post("/echo"), client.get("/nowhere"), client.post("/echo", content=b"x" * 2_000)):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_health_is_told_and_requests_are_answered_while_bodies_do_not_come(client, metrics):
    with ExitStack() as opened:
        address = (client.base_url.host, client.base_url.port)
        lines = [opened.enter_context(socket.create_connection(address, timeout=60)) for _ in range(3)]
        for line in lines:
            line.sendall(b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\nabc")
        assert lines[2].recv(100).startswith(b"HTTP/1.1 429")  # two bodies may come in at a time
        assert client.post("/wait/0").status_code == 200
        assert client.get("/healthz").json() == "well"
        wait_for(metrics, 2)
    wait_for(metrics, 0)


def test_bytes_of_bodies_have_an_end_together(client):
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=60) as line:
        line.sendall(b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n" + b"x" * 900)
        time.sleep(0.2)
        answer = client.post("/echo", content=b"x" * 700)
        assert (answer.status_code, answer.json()["code"]) == (429, "too-busy")
        assert "1,500 bytes" in answer.json()["detail"]
        assert client.post("/echo", content=b"x" * 600).json() == 600


def test_a_request_that_says_twice_where_it_ends_is_refused_and_its_connection_is_closed(client):
    """What a proxy takes for the body would be the next request here, or the other way round."""
    head = b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=60) as line:
        line.sendall(head + smuggled)
        answer = b"".join(iter(lambda: line.recv(10_000), b""))
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"connection: close" in answer.lower()
    assert answer.count(b"HTTP/1.1") == 1


def test_a_request_with_two_authorizations_is_refused(client):
    answer = client.post("/echo", headers=[("Authorization", "Bearer a"), ("Authorization", "Bearer b")])
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "Authorization" in answer.json()["detail"]
    assert client.post("/echo", headers={"Authorization": "Bearer a"}).status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for(client):
    began = time.monotonic()
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=60) as line:
        line.sendall(b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\nabc")
        answer = line.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 30


def test_more_requests_than_are_taken_are_told_to_wait(client, metrics):
    threads = [threading.Thread(target=client.post, args=("/wait/2",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_for(metrics, 3)
    answer = client.post("/wait/0")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "too-busy", "1")
    assert client.get("/healthz").json() == "well"
    for thread in threads:
        thread.join()
    wait_for(metrics, 0)
    assert client.post("/wait/0").status_code == 200


def test_a_request_that_takes_too_long_is_told_so_and_dropped(client, done, metrics):
    began = time.monotonic()
    answer = client.post("/work/1", headers={"Deadline-Seconds": "0.2"})
    assert 0.2 <= time.monotonic() - began < 0.8
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline-passed")
    assert answer.headers["Retry-After"]
    assert answer.json()["values"] == {"seconds": 0.2}
    assert metrics.in_flight == 1  # its thread is not free yet
    wait_for(metrics, 0)
    assert done == ["before"]


def test_a_client_cannot_have_more_time_than_the_service_gives(client):
    answer = client.post("/wait/3", headers={"Deadline-Seconds": "60"})
    assert (answer.status_code, answer.json()["values"]) == (504, {"seconds": 2.0})
    assert client.post("/wait/0.1", headers={"Deadline-Seconds": "1.5"}).json() == "done"


@pytest.mark.parametrize("text", ["soon", "-1", "0", "nan", "1e3", "", "9" * 400])
def test_a_deadline_that_is_no_time_is_refused(client, text):
    answer = client.post("/wait/0", headers={"Deadline-Seconds": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "Deadline-Seconds" in answer.json()["detail"]
