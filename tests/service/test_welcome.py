"""What `biomatch serve` says: an address that leads to the page, and a line that can be pasted."""

from pathlib import Path

import pytest

from biomatch.service import Settings, welcome


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "http://127.0.0.1:8123/"),
        ({"host": "localhost"}, "http://localhost:8123/"),
        ({"host": "::1"}, "http://[::1]:8123/"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8123/"),
        ({"host": "0.0.0.0", "names": ("bureau.example",)}, "http://bureau.example:8123/"),
        ({"host": "10.0.0.7", "tls_certificate": "certificate.pem"}, "https://10.0.0.7:8123/"),
    ],
)
def test_the_address_is_one_that_a_browser_can_go_to(settings, address):
    assert welcome.address(Settings(**settings), 8123) == address


def test_the_first_token_is_a_line_for_a_shell():
    said = welcome.words("http://127.0.0.1:8000/#code=x", "biomatch_1_2").splitlines()
    assert said[0].endswith(" http://127.0.0.1:8000/#code=x")
    assert said[-1] == "export TOKEN=biomatch_1_2"
    assert len(welcome.words("http://127.0.0.1:8000/#code=x", None).splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "bound"),
    [
        ({}, "http://localhost:8000"),
        ({"port": 8443, "tls_certificate": Path("x")}, "https://localhost:8443"),
        ({"host": "0.0.0.0"}, None),
        ({"host": "0.0.0.0", "names": ("bureau.example",)}, None),
        ({"host": "0.0.0.0", "origin": "https://bureau.example"}, "https://bureau.example"),
        ({"origin": "https://bureau.example:8443"}, "https://bureau.example:8443"),
    ],
)
def test_passkeys_are_bound_to_what_was_said_and_else_to_this_machine(given, bound):
    assert welcome.origin(Settings(**given)) == bound
