"""What whoever runs the service may set, and what is refused before it starts."""

import pytest
from pydantic import ValidationError

from biomatch.service.settings import Settings, server_processes


def test_the_environment_counts_before_the_default_and_an_argument_before_both(monkeypatch):
    monkeypatch.delenv("BIOMATCH_PORT", raising=False)
    assert Settings().port == 8000
    monkeypatch.setenv("BIOMATCH_PORT", "8123")
    assert Settings().port == 8123
    assert Settings(port=9000).port == 9000


def test_several_names_come_as_a_json_list(monkeypatch):
    monkeypatch.setenv("BIOMATCH_NAMES", '["bureau.example", "abis.example"]')
    assert Settings().names == ("bureau.example", "abis.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", -1),
        ("port", 65_536),
        ("workers", 0),
        ("workers", 257),
        ("max_body_bytes", 1_023),
        ("body_seconds", 0),
        ("request_seconds", 0),
        ("max_in_flight", 0),
        ("max_arriving", 0),
        ("max_held_bytes", 1_023),
        ("max_connections", 0),
        ("max_connections_per_peer", 0),
        ("first_byte_seconds", 0),
        ("head_seconds", 0),
        ("take_seconds", 0),
        ("max_candidates", 0),
        ("log_level", "loud"),
    ],
)
def test_a_limit_that_lets_nothing_through_is_refused_and_named(monkeypatch, name, value):
    monkeypatch.setenv(f"BIOMATCH_{name.upper()}", str(value))
    with pytest.raises(ValidationError, match=name):
        Settings()


@pytest.mark.parametrize(
    "origin", ["bureau.example", "http://bureau.example", "https://bureau.example/", "https://a b", "localhost"]
)
def test_an_address_to_which_no_browser_binds_a_passkey_is_refused(monkeypatch, origin):
    monkeypatch.setenv("BIOMATCH_ORIGIN", origin)
    with pytest.raises(ValidationError, match="origin"):
        Settings()


def test_the_master_key_is_in_no_text_of_the_settings(monkeypatch):
    monkeypatch.setenv("BIOMATCH_MASTER_KEY", "biomatch-key-0123")
    made = Settings()
    assert made.master_key.get_secret_value() == "biomatch-key-0123"
    assert "0123" not in f"{made!r} {made} {made.model_dump()}"


def test_settings_stay_as_they_are():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


@pytest.mark.parametrize(("said", "count"), [(None, "1"), ("", "1"), ("4", "4"), ("auto", "auto")])
def test_platforms_say_how_many_servers_they_want(monkeypatch, said, count):
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    if said is not None:
        monkeypatch.setenv("WEB_CONCURRENCY", said)
    assert server_processes() == count
