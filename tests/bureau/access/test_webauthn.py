"""What a browser is asked, and what its answers say: the site is the service's own, never the request's."""

import pytest

from biomatch.bureau.access import webauthn
from biomatch.bureau.access.webauthn import Site
from biomatch.errors import BadPasskey, PasskeyRefused
from tests.authenticator import ORIGIN, Authenticator, bytes_of, text_of

SITE = Site(ORIGIN)


def made(key, challenge=b"c" * 32, site=SITE):
    options = webauthn.to_register(site, challenge, "ada", "Ada Field", b"h" * 16, ["a2V5"])
    return webauthn.made(key.register(options, site.host), site, challenge)


@pytest.mark.parametrize(
    ("origin", "host"), [(ORIGIN, "localhost"), ("https://bureau.example", "bureau.example"), ("https://a.b:8443", "a.b")]
)
def test_passkeys_are_bound_to_the_host_name(origin, host):
    key, site = Authenticator(origin), Site(origin)
    assert site.host == host
    assert made(key, site=site).credential == text_of(key.credential)


def test_what_was_made_signs_and_its_count_is_read():
    key = Authenticator(count=8)
    public = made(key).public_key
    answer = key.sign(webauthn.to_sign_in(SITE, b"d" * 32))
    assert webauthn.challenge_in(answer) == b"d" * 32
    assert webauthn.handle_in(answer) == b"h" * 16
    assert webauthn.count_in(answer, SITE, b"d" * 32, public) == 9
    for site, challenge in ((Site("https://localhost:8000"), b"d" * 32), (SITE, b"e" * 32)):
        with pytest.raises(PasskeyRefused):
            webauthn.count_in(answer, site, challenge, public)


def test_a_reason_is_one_line():
    answer = Authenticator().register(webauthn.to_register(SITE, b"c", "ada", "ada", b"h", []))
    with pytest.raises(BadPasskey, match="challenge") as refused:
        webauthn.made(answer, SITE, b"another")
    assert "\n" not in str(refused.value)


def test_bytes_come_and_go_as_browsers_write_them():
    assert bytes_of(text_of(b"\xfb\xff\x00")) == webauthn._bytes(webauthn._text(b"\xfb\xff\x00")) == b"\xfb\xff\x00"
    for text in ("é", "a"):
        with pytest.raises(ValueError, match=r"ASCII|base64"):
            webauthn._bytes(text)
