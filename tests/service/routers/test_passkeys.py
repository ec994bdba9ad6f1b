"""Passkeys over HTTP: a user registers one at the page, and comes in by it; strangers learn nothing, and are slowed."""

import httpx
import pyotp
import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.bureau.access.guesses import OF_PEER, Guesses
from biomatch.bureau.access.sessions import Visitor
from biomatch.service import Settings, create_app
from biomatch.service.routers.passkeys import MAX_BYTES
from tests.authenticator import ORIGIN, Authenticator, text_of

ME = Actor("me", "cli")
PASSWORD = "seven red kites over the river"
HERE = {"Host": "localhost:8000", "Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def served(serving, tmp_path_factory):
    """bureau, and a client that nobody knows. Users: ada and ben."""
    with (
        open_gallery(tmp_path_factory.mktemp("passkeys") / "gallery", workers=1) as bureau,
        serving(create_app(bureau)) as client,
    ):
        for name in ("ada", "ben"):
            bureau.access.create_user(name, ME, password=PASSWORD, roles=["examiner"])
        yield bureau, client


@pytest.fixture(autouse=True)
def guesses(served, monkeypatch):
    bureau, _ = served
    monkeypatch.setattr(bureau._context, "guesses", Guesses(lambda: 0.0))


@pytest.fixture
def browser(served):
    """browser(visitor): a client with cookies of its own, that says where its requests come from; None: nobody came in."""
    bureau, nobody = served
    opened = []

    def open_one(visitor=None):
        cookie = {} if visitor is None else {"Cookie": f"biomatch-8000={bureau._context.sessions.begin(visitor)}"}
        opened.append(httpx.Client(base_url=nobody.base_url, headers=HERE | cookie))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def ada():
    return Visitor("ada", user="ada")


def registered(client, name="key at the desk"):
    key = Authenticator()
    answer = key.register(client.post("/session/passkeys/options").json())
    made = client.post("/session/passkeys", json={"name": name, "credential": answer})
    assert made.status_code == 201
    return key, made.json()


def entered(client, key):
    return client.post("/session/passkey", json=key.sign(client.post("/session/passkey/options").json()))


def test_a_user_registers_a_passkey_and_comes_in_by_it(browser):
    page = browser(ada())
    key, made = registered(page)
    assert made == {"id": text_of(key.credential), "name": "key at the desk", "created": made["created"]}
    another = browser()
    answer = entered(another, key)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {"httponly", "samesite=strict"} <= set(answer.headers["set-cookie"].lower().split("; "))
    cookie = {"Cookie": f"biomatch-8000={another.cookies['biomatch-8000']}"}
    assert another.get("/session", headers=cookie).json()["name"] == "ada"
    listed = another.get("/session/passkeys", headers=cookie).json()
    assert (listed["user"], [one["name"] for one in listed["passkeys"]]) == (True, ["key at the desk"])
    assert listed["passkeys"][0]["used"] is not None
    assert page.delete(f"/session/passkeys/{made['id']}").status_code == 204
    assert page.get("/session/passkeys").json() == {"user": True, "passkeys": []}
    assert entered(browser(), key).json()["code"] == "passkey-refused"


def test_nobody_sees_or_deletes_what_is_another_s(browser):
    page, bens = browser(ada()), browser(Visitor("ben", user="ben"))
    _, made = registered(page)
    assert bens.get("/session/passkeys").json()["passkeys"] == []
    answer = bens.delete(f"/session/passkeys/{made['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "passkey-not-found")
    assert page.delete(f"/session/passkeys/{made['id']}").status_code == 204


def test_who_is_no_user_has_none(browser):
    nobody, visitor = browser(), browser(Visitor("me"))
    assert nobody.get("/session/passkeys").status_code == 401
    assert visitor.get("/session/passkeys").json() == {"user": False, "passkeys": []}
    for client, status in ((nobody, 401), (visitor, 403)):
        assert client.post("/session/passkeys/options").status_code == status
        assert client.post("/session/passkeys", json={"name": "x", "credential": {}}).status_code == status
        assert client.delete("/session/passkeys/x").status_code == status


def test_strangers_are_told_the_same_whether_a_passkey_is_known_or_not(browser):
    page, stranger = browser(ada()), browser()
    key, made = registered(page)
    forged, unknown = Authenticator(credential=key.credential, handle=key.handle), Authenticator(handle=key.handle)
    answers = [entered(stranger, one).json() for one in (forged, unknown)]
    assert [one["code"] for one in answers] == ["passkey-refused"] * 2
    assert answers[0] == answers[1]
    assert "ada" not in str(answers)
    assert page.delete(f"/session/passkeys/{made['id']}").status_code == 204


def test_an_answer_that_is_replayed_is_refused(browser):
    page, client = browser(ada()), browser()
    key, made = registered(page)
    answer = key.sign(client.post("/session/passkey/options").json())
    assert client.post("/session/passkey", json=answer).status_code == 204
    again = client.post("/session/passkey", json=answer)
    assert (again.status_code, again.json()["code"]) == (400, "passkey-late")
    assert "set-cookie" not in again.headers
    assert page.delete(f"/session/passkeys/{made['id']}").status_code == 204


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"[" * 1_000, b"\xff"])
def test_what_is_no_answer_is_refused(browser, body):
    assert browser().post("/session/passkey", content=body).status_code == 400


def test_bodies_are_small_and_fields_are_known(browser):
    large = b'{"id": "' + b"x" * MAX_BYTES + b'"}'
    page = browser(ada())
    for client, path in ((browser(), "/session/passkey"), (page, "/session/passkeys")):
        assert client.post(path, content=large).json()["code"] == "body-too-large"
    assert page.post("/session/passkeys", json={"name": "x", "credentials": {}}).json()["code"] == "unknown-field"
    assert browser().post("/session/passkey/options?x=1").json()["code"] == "unknown-field"


def test_who_guesses_is_told_to_wait(browser):
    client = browser()
    answers = [client.post("/session/passkey", json={}) for _ in range(OF_PEER + 1)]
    assert [one.status_code for one in answers] == [401] * OF_PEER + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_request_that_no_page_of_ours_sent_changes_nothing(served, browser):
    _, nobody = served
    page = browser(ada())
    for theirs in ({"Host": HERE["Host"]}, {"Host": HERE["Host"], "Origin": "http://localhost:9999"}):
        answer = nobody.post("/session/passkeys/options", headers={"Cookie": page.headers["Cookie"]} | theirs)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_at_another_address_passkeys_are_refused_and_the_right_one_is_named(served):
    """Who relays an answer chooses the headers, but not what the passkey has signed."""
    _, nobody = served
    here = str(nobody.base_url).rstrip("/")
    answer = nobody.post("/session/passkey/options", headers={"Origin": here, "Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.json()["code"]) == (409, "passkeys-elsewhere")
    assert ORIGIN in answer.json()["detail"]


def test_a_service_that_does_not_know_its_address_offers_none(serving, tmp_path):
    with open_gallery(tmp_path / "gallery", workers=1) as bureau:
        with serving(create_app(bureau, Settings(host="0.0.0.0"))) as client:
            assert client.post("/session/passkey/options").json()["code"] == "no-passkeys"
        settings = Settings(host="0.0.0.0", origin="https://bureau.example")
        with serving(create_app(bureau, settings)) as client:
            asked = client.post("/session/passkey/options", headers={"Host": "bureau.example"})
            assert asked.json()["rpId"] == "bureau.example"


def test_the_code_of_a_password_is_asked_as_before(served, browser):
    """A passkey stands beside the password, not in place of it."""
    bureau, _ = served
    made = bureau.access.reset_user("ben", ME, password=PASSWORD)
    secret = made.address.partition("secret=")[2].partition("&")[0]
    entry = {"user": "ben", "password": PASSWORD, "oneTimeCode": pyotp.TOTP(secret).now()}
    assert browser().post("/session", json=entry).status_code == 204
