"""A user's own sessions over HTTP: the list, the end of one, and of all others; for users alone."""

import time
from urllib.parse import parse_qs, urlparse

import httpx
import pyotp
import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.bureau.access.guesses import Guesses
from biomatch.client import Client, Refused
from biomatch.service import create_app

ME = Actor("me", "cli")
PASSWORD = "seven red kites over the river"


@pytest.fixture(scope="module")
def served(serving, tmp_path_factory):
    """bureau, the address of its service, and sign_in(): a client with a session of Ada's."""
    with (
        open_gallery(tmp_path_factory.mktemp("sessions") / "gallery", workers=1) as bureau,
        serving(create_app(bureau)) as nobody,
    ):
        made = bureau.access.create_user("ada", ME, password=PASSWORD, roles=["examiner"])
        codes = pyotp.TOTP(parse_qs(urlparse(made.address).query)["secret"][0])
        bureau._context.guesses = Guesses(lambda: 0.0)
        open_clients = []

        def sign_in() -> Client:
            bureau._context.sign_in._used.clear()  # the tests share a code
            client = Client(str(nobody.base_url))
            open_clients.append(client)
            client.sign_in("ada", PASSWORD, codes.at(int(time.time())))
            return client

        yield bureau, nobody, sign_in
        for client in open_clients:
            client.close()


@pytest.fixture(autouse=True)
def none_before(served):
    """Each test begins without sessions."""
    bureau, _, _ = served
    bureau._context.sessions.end_of("ada")


def test_a_user_sees_their_sessions_and_ends_one(served):
    _, _, sign_in = served
    old, here = sign_in(), sign_in()
    this, other = here.sessions()
    assert (this["this"], other["this"], this["peer"]) == (True, False, "127.0.0.1")
    assert other["begun"] <= this["begun"] <= this["used"]
    assert set(this) == {"session", "begun", "used", "peer", "this"}
    here.end_session(other["session"])
    with pytest.raises(Refused) as refused:
        old.sessions()
    assert (refused.value.status, refused.value.code) == (401, "session-ended")
    with pytest.raises(Refused) as refused:
        here.end_session(other["session"])
    assert (refused.value.status, refused.value.code) == (404, "session-not-found")
    assert len(here.sessions()) == 1


def test_all_others_end_at_once(served):
    _, _, sign_in = served
    olds, here = [sign_in(), sign_in()], sign_in()
    here.end_other_sessions()
    assert [one["this"] for one in here.sessions()] == [True]
    for old in olds:
        with pytest.raises(Refused, match="session"):
            old.sessions()
    here.leave()
    with pytest.raises(Refused) as refused:
        here.sessions()
    assert refused.value.code == "token-missing"


def test_the_name_of_a_session_opens_nothing(served):
    _, nobody, sign_in = served
    (this,) = sign_in().sessions()
    answer = nobody.get("/sessions", headers={"Cookie": f"biomatch-8000={this['session']}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "session-ended")


def test_who_is_no_user_has_no_sessions(served):
    bureau, nobody, sign_in = served
    sign_in()
    _, text = bureau.access.create_token("post 7", ME)
    bureau.access.serves_page_at("http://127.0.0.1:8000/")
    code = bureau.access.page_address(ME).partition("#code=")[2]
    origin = {"Origin": str(nobody.base_url).rstrip("/")}
    with httpx.Client(base_url=nobody.base_url, headers=origin) as visitor:
        assert visitor.post("/session", json={"code": code}).status_code == 204
        for ask in (
            visitor.get("/sessions"),
            visitor.delete("/sessions"),
            visitor.delete("/sessions/1"),
            nobody.get("/sessions", headers={"Authorization": f"Bearer {text}"}),
        ):
            assert (ask.status_code, ask.json()["code"]) == (403, "users-only")


def test_no_other_site_ends_a_session(served):
    _, nobody, sign_in = served
    client = sign_in()
    cookie = f"biomatch-8000={client._http.cookies['biomatch-8000']}"
    for path in ("/sessions", "/sessions/1"):
        answer = nobody.delete(path, headers={"Cookie": cookie})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    assert len(client.sessions()) == 1
