"""The application as it is put together, and what is refused before it is served."""

import asyncio
import socket

import pytest

from biomatch.bureau import Actor
from biomatch.errors import CannotListen, OpenToAll, SeveralServers
from biomatch.service import create_app, serve
from biomatch.service.app import _listening, server_config
from biomatch.service.settings import Settings
from biomatch.service.traffic.budgets import SHARE
from biomatch.service.traffic.connections import MOST_HEAD_BYTES
from biomatch.service.traffic.guards import Guard

ME = Actor("tester", "test")


def test_only_this_machine_is_served_without_tokens(tmp_path):
    with pytest.raises(OpenToAll, match=r"0\.0\.0\.0"):
        serve(tmp_path / "gallery", ME, settings=Settings(host="0.0.0.0", port=0, workers=1, open=True))


@pytest.mark.parametrize("count", ["2", "auto"])
def test_several_server_processes_are_refused_with_the_reason(tmp_path, monkeypatch, count):
    monkeypatch.setenv("WEB_CONCURRENCY", count)
    with pytest.raises(SeveralServers, match=f"asks for {count} server processes, and one process owns a gallery"):
        serve(tmp_path / "gallery", ME, settings=Settings(port=0, workers=1))
    assert not (tmp_path / "gallery").exists()


def test_an_address_that_cannot_be_listened_at_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port}: Address already in use"):
            _listening(Settings(port=port))


def test_a_port_of_nought_is_any_that_is_free():
    with _listening(Settings(port=0)) as first, _listening(Settings(port=0, host="::1")) as second:
        assert first.getsockname()[1] > 0
        assert second.family is socket.AF_INET6


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_answer_waits_for_the_acknowledgement_of_the_one_before(host):
    """asyncio sets TCP_NODELAY on a connection whose socket names its protocol, which one of `create_server` does not."""

    async def nodelay() -> int:
        came = asyncio.get_running_loop().create_future()
        with _listening(Settings(port=0, host=host)) as listening:
            server = await asyncio.start_server(lambda _, writer: came.set_result(writer), sock=listening)
            with socket.create_connection(listening.getsockname()[:2]):
                writer = await came
                found = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                writer.close()
            server.close()
        return int(found)

    assert asyncio.run(nodelay())


def test_the_server_says_nothing_of_itself_and_speaks_no_websockets(bureau):
    settings = Settings(head_seconds=3)
    config = server_config(create_app(bureau, settings), settings)
    assert (config.server_header, config.access_log, config.ws, config.workers) == (False, False, "none", 1)
    assert config.h11_max_incomplete_event_size == MOST_HEAD_BYTES


def test_whoever_may_send_the_largest_body_may_have_it_held(bureau):
    """One caller's share of what is held is a part of all: it must hold one body."""
    settings = Settings(max_body_bytes=10_000_000, max_held_bytes=1_024)
    (guard,) = (one for one in create_app(bureau, settings).user_middleware if one.cls is Guard)
    assert guard.kwargs["limits"].held_bytes * SHARE >= settings.max_body_bytes


def test_two_applications_of_one_process_count_by_themselves(bureau):
    one, other = create_app(bureau), create_app(bureau)
    one.state.metrics.searched({"index": 1.0})
    assert "index" in one.state.metrics.text({})
    assert "index" not in other.state.metrics.text({})
