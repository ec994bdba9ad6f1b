"""Connections that say nothing, or too little, come to an end; so do those that are too many."""

import asyncio
import json
import socket
import ssl
import threading
import time
from contextlib import ExitStack, suppress
from functools import partial
from types import SimpleNamespace

import pytest
import uvicorn

from biomatch.service.app import server_config
from biomatch.service.settings import Settings
from biomatch.service.traffic.connections import Connection, ConnectionLimits, Connections, Phase, peer_of

LIMITS = ConnectionLimits(
    most=6, most_of_peer=4, first_byte_seconds=0.5, keep_alive_seconds=1.5, head_seconds=0.5, rest_seconds=0.5, take_seconds=0.5
)
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SLOW = GET.replace(b"/ ", b"/slow ", 1)
PATIENCE = 20.0  # seconds: more than any phase has, on a busy machine too


async def answer(scope, receive, send):
    """Answers each request with as many bytes as its query says; /slow waits first; nobody reads bodies."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    count = int(scope["query_string"] or b"2")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % count)]})
    await send({"type": "http.response.body", "body": bytes(count)})


@pytest.fixture
def connections():
    return Connections(LIMITS)


@pytest.fixture
def port(connections):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        config = uvicorn.Config(
            answer, http=partial(Connection, connections=connections), lifespan="off", log_config=None, log_level="error"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture
def connect(port):
    """connect(source): a connection from this address; all are closed at the end."""
    with ExitStack() as lines:

        def connected(source="127.0.0.1"):
            return lines.enter_context(
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(source, 0))
            )

        yield connected


def asks(line, request=GET):
    """Whether a request is answered."""
    line.sendall(request)
    return answered(line)


def answered(line):
    got = b""
    while not got.endswith(b"\r\n\r\n\0\0"):
        more = line.recv(1_000)
        if not more:
            return False
        got += more
    return got.startswith(b"HTTP/1.1 200")


def ends(line):
    """Whether the other end closes the connection; everything that came before is thrown away."""
    try:
        while line.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def test_who_says_nothing_is_cut_off(connect):
    assert ends(connect())


def test_a_head_that_comes_byte_by_byte_is_cut_off(connect):
    line, sent = connect(), 0
    with suppress(OSError):
        while sent < 500:  # ten seconds, were there no end
            line.sendall(b"x")
            sent += 1
            time.sleep(0.02)
    assert 0 < sent < 500


def test_a_connection_may_wait_for_its_next_request_but_not_for_ever(connect):
    line = connect()
    assert asks(line)
    time.sleep(0.8)  # longer than a first request may take to begin
    assert asks(line)
    assert ends(line)


def test_a_second_head_that_does_not_end_is_cut_off_too(connect):
    line = connect()
    assert asks(line)
    line.sendall(GET[:-2])
    assert ends(line)


def test_a_request_is_answered_however_long_it_takes(connect):
    assert asks(connect(), SLOW)


def test_the_rest_of_a_body_that_nobody_reads_is_not_waited_for(connect):
    line = connect()
    assert asks(line, b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n")
    line.sendall(b"x")
    assert ends(line)


def test_who_takes_nothing_of_an_answer_is_cut_off(connect, connections):
    line = connect()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    line.sendall(GET.replace(b"/ ", b"/?50000000 ", 1))
    until(lambda: len(connections) == 1)
    until(lambda: len(connections) == 0)


def until(happened):
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_who_has_said_nothing_yet_makes_room(connect, connections):
    """Silent connections keep nobody out, of their address or another."""
    used = connect()
    assert asks(used)
    for _ in range(20):
        connect()
        connect("127.0.0.2")
        with connect() as line, connect("127.0.0.3") as other:
            assert asks(line)
            assert asks(other)
        assert len(connections) <= LIMITS.most
    assert asks(used)  # it was asked before, and so was not the first to go


def test_where_all_are_being_answered_a_new_one_is_told_to_come_back(connect):
    lines = [connect() for _ in range(LIMITS.most_of_peer)]
    for line in lines:
        line.sendall(SLOW)
    time.sleep(0.3)
    status, headers, document = whole(connect())
    assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
    assert document == {
        "type": "urn:biomatch:error:too-busy",
        "title": "too busy",
        "status": 503,
        "detail": "too many connections; come again in a moment",
        "code": "too-busy",
    }
    assert all(map(answered, lines))


def test_a_handshake_that_does_not_come_is_not_waited_for():
    """TLS: there is no connection before it."""
    found = []

    async def run():
        server = await asyncio.get_running_loop().create_server(
            asyncio.Protocol, "127.0.0.1", 0, ssl=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        )
        found.append(server._ssl_handshake_timeout)
        server.close()

    with asyncio.Runner(loop_factory=server_config(answer, Settings(head_seconds=3)).get_loop_factory()) as runner:
        runner.run(run())
    assert found == [3]


def test_where_the_fullest_peer_is_being_answered_another_one_makes_room():
    def held(peer, phase):
        transport = SimpleNamespace(abort=lambda: gone.append(peer))
        return type("Held", (), {"peer": peer, "phase": phase, "is_new": True, "transport": transport})()

    gone, all_of_them = [], Connections(ConnectionLimits(most=4, most_of_peer=3))
    for peer, phase in (("a", Phase.REQUEST), ("a", Phase.REQUEST), ("a", Phase.REQUEST), ("b", Phase.WAITING)):
        assert all_of_them.admit(held(peer, phase))
    assert all_of_them.admit(held("c", Phase.WAITING))
    assert gone == ["b"]
    assert len(all_of_them) == 4


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_peer_is_an_address_or_a_network_of_one_client(address, peer):
    assert peer_of(address) == peer


def test_the_service_serves_with_these_limits():
    settings = Settings(max_connections=7, max_connections_per_peer=3, first_byte_seconds=1, head_seconds=2, take_seconds=4)
    config = server_config(answer, settings)
    limits = config.http.keywords["connections"].limits
    assert (limits.most, limits.most_of_peer, limits.first_byte_seconds) == (7, 3, 1)
    assert (limits.head_seconds, limits.take_seconds) == (2, 4)
    config.load()
    assert config.ws_protocol_class is None


def whole(line):
    """Status, headers with small names and the problem document of an answer after which the connection ends."""
    got = b""
    with suppress(ConnectionResetError):
        while more := line.recv(65_536):
            got += more
    head, _, body = got.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = dict(one.lower().split(": ", 1) for one in rest)
    assert headers["content-type"] == "application/problem+json"
    assert int(headers["content-length"]) == len(body)
    return int(first.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "malformed-http"),
        (b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed-http"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "malformed-http"),  # without Host
        (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400, "malformed-http"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n", 400, "malformed-http"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "malformed-http"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000, 431, "head-too-large"),
    ],
    ids=["line", "path", "no-host", "header", "length", "encoding", "large"],
)
def test_what_is_no_http_gets_a_problem_document(connect, sent, status, code):
    line = connect()
    line.sendall(sent)
    got, headers, document = whole(line)
    assert (got, document["status"], document["code"]) == (status, status, code)
    assert {"type", "title", "detail"} <= set(document)
    assert headers["connection"] == "close"


def test_a_body_that_breaks_while_it_is_answered_ends_the_connection(connect, caplog):
    """A head was sent: no second one follows it, and nothing is raised."""
    line = connect()
    line.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert answered(line)
    line.sendall(b"no chunk\r\n")
    assert ends(line)
    assert not [one for one in caplog.records if one.exc_info]


def test_a_body_that_is_broken_before_an_answer_gets_a_problem_document(connect, caplog):
    line = connect()
    line.sendall(SLOW.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n"))
    assert whole(line)[0] == 400
    time.sleep(1.2)  # until the application answers, too
    assert not [one for one in caplog.records if one.exc_info]
