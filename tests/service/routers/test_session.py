"""The page's cookie: who gets it, what it looks like, and that it counts for requests of the page itself only."""

import time
from dataclasses import replace
from urllib.parse import parse_qs, urlparse

import httpx
import pyotp
import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.bureau.access.guesses import OF_PEER, Guesses
from biomatch.bureau.access.policy import POLICY, Role
from biomatch.service import Settings, create_app
from biomatch.service.routers.session import MAX_BYTES

ME = Actor("ada", "cli")
COOKIE = "biomatch-8000"


@pytest.fixture(scope="module")
def served(serving, tmp_path_factory):
    """bureau, and a client that nobody knows."""
    with (
        open_gallery(tmp_path_factory.mktemp("sessions") / "gallery", workers=1) as bureau,
        serving(create_app(bureau)) as client,
    ):
        bureau.access.serves_page_at("http://127.0.0.1:8000/")
        yield bureau, client


@pytest.fixture
def browser(served):
    """A client with cookies of its own, that says where its requests come from, as browsers do."""
    _, nobody = served
    origin = str(nobody.base_url).rstrip("/")
    with httpx.Client(base_url=nobody.base_url, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"}) as client:
        yield client


@pytest.fixture(autouse=True)
def tries(served, monkeypatch):
    """Each test has those of its own minute."""
    bureau, _ = served
    sessions = bureau._context.sessions
    monkeypatch.setattr(sessions, "_tries", type(sessions._tries)())


def code(served):
    bureau, _ = served
    return bureau.access.page_address(ME).partition("#code=")[2]


def test_a_code_is_changed_for_a_cookie_that_no_script_and_no_other_site_has(served, browser):
    answer = browser.post("/session", json={"code": code(served)})
    assert (answer.status_code, answer.content) == (204, b"")
    said = answer.headers["set-cookie"].lower()
    name, _, rest = said.partition("=")
    assert name == COOKIE
    assert {part.strip() for part in rest.split(";")[1:]} == {"httponly", "samesite=strict", "path=/", "max-age=43200"}
    assert answer.headers["cache-control"] == "no-store"
    assert browser.get("/v1/counts").status_code == 200
    assert browser.get("/session").json()["name"] == "ada"


def test_over_tls_the_cookie_is_never_sent_in_the_clear(served, browser):
    answer = browser.post("/session", json={"code": code(served)}, headers={"X-Forwarded-Proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower().split("; ")


def test_over_tls_the_cookie_is_one_that_this_host_alone_can_set(served, browser):
    """A cookie of the other name may come from a page of a neighbouring host: it opens nothing there."""
    _, nobody = served
    https, origin = {"X-Forwarded-Proto": "https"}, {"Origin": browser.headers["Origin"]}
    answer = nobody.post("/session", json={"code": code(served)}, headers=https | origin)
    name, _, rest = answer.headers["set-cookie"].partition("=")
    secret = rest.partition(";")[0]
    assert name == f"__Host-{COOKIE}"
    assert {"path=/", "secure", "httponly"} <= set(answer.headers["set-cookie"].lower().split("; "))
    assert "domain" not in answer.headers["set-cookie"].lower()
    for named, way, status in ((name, https, 200), (COOKIE, https, 401), (name, {}, 401), (COOKIE, {}, 200)):
        assert nobody.get("/session", headers={"Cookie": f"{named}={secret}"} | way).status_code == status, (named, way)
    left = nobody.delete("/session", headers={"Cookie": f"{name}={secret}"} | https | origin)
    assert [(one.partition("=")[0], "max-age=0" in one.lower()) for one in left.headers.get_list("set-cookie")] == [
        (name, True),
        (COOKIE, True),
    ]
    nobody.cookies.clear()
    assert nobody.get("/session", headers={"Cookie": f"{name}={secret}"} | https).json()["code"] == "session-ended"


def test_a_code_works_once(served, browser):
    one = code(served)
    assert browser.post("/session", json={"code": one}).status_code == 204
    answer = browser.post("/session", json={"code": one})
    assert (answer.status_code, answer.json()["code"]) == (401, "code-refused")
    assert "biomatch page" in answer.json()["detail"]


def test_who_came_by_a_code_looks_and_searches_and_changes_nothing(served, browser):
    browser.post("/session", json={"code": code(served)})
    answer = browser.delete("/v1/persons/nobody")
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert browser.post("/v1/persons/eve/encounters").status_code == 403
    assert browser.get("/v1/audit/leaves").status_code == 403
    assert browser.get("/v1/persons/nobody/encounters").status_code == 404


def test_a_token_is_changed_for_a_cookie_too(served, browser):
    bureau, _ = served
    made, text = bureau.access.create_token("post 7", ME, scopes=["audit.read"])
    assert browser.post("/session", json={"token": text}).status_code == 204
    assert browser.get("/session").json() == {"name": "post 7", "scopes": ["audit.read"]}
    assert browser.get("/v1/audit/key").status_code == 200
    assert browser.get("/v1/counts").status_code == 403
    bureau.access.revoke_token(made.token, ME)
    assert browser.get("/v1/audit/key").json()["code"] == "token-revoked"


def test_what_changes_something_must_say_that_the_page_sent_it(served, browser):
    """A cookie is sent by the browser whoever asks it to; where a request comes from, no page can make it lie about."""
    bureau, nobody = served
    _, text = bureau.access.create_token("post 7", ME)
    browser.post("/session", json={"token": text})
    cookie = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    origin = browser.headers["Origin"]
    for ours in ({"Origin": origin}, {"Sec-Fetch-Site": "same-origin"}):
        assert nobody.delete("/v1/persons/nobody", headers=cookie | ours).status_code == 404
    for theirs in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = nobody.delete("/v1/persons/nobody", headers=cookie | theirs)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin"), theirs
    assert nobody.get("/v1/counts", headers=cookie).status_code == 200
    assert nobody.get("/v1/counts", headers=cookie | {"Origin": "https://evil.example"}).status_code == 403


def test_a_token_in_the_header_counts_before_the_cookie(served, browser):
    browser.post("/session", json={"code": code(served)})
    assert browser.get("/v1/counts", headers={"Authorization": "Bearer biomatch_1_2"}).json()["code"] == "token-unknown"


@pytest.mark.parametrize("cookie", ["x", "", '"', "é", "x" * 4_000, "a; b=c"])
def test_a_cookie_that_is_none_of_ours_opens_nothing(served, cookie):
    _, nobody = served
    answer = nobody.get("/v1/counts", headers={"Cookie": f"{COOKIE}={cookie}".encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "session-ended")


def test_leaving_ends_the_session_and_takes_the_cookie_away(served, browser):
    browser.post("/session", json={"code": code(served)})
    kept = browser.cookies[COOKIE]
    assert browser.delete("/session").status_code == 204
    assert COOKIE not in browser.cookies
    answer = browser.get("/v1/counts", headers={"Cookie": f"{COOKIE}={kept}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "session-ended")
    assert browser.get("/session").json()["code"] == "token-missing"


def test_no_other_site_ends_a_session(served, browser):
    _, nobody = served
    browser.post("/session", json={"code": code(served)})
    cookie = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    for theirs in ({}, {"Origin": "null"}, {"Sec-Fetch-Site": "none"}):
        answer = nobody.delete("/session", headers=cookie | theirs)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin"), theirs
    assert browser.get("/session").status_code == 200
    assert nobody.delete("/session").status_code == 204  # nothing ends


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"code": 1}',
        b'{"code": ""}',
        b'{"token": "\\ud800"}',
        b"[" * 1_000,
        b"\xff",
        b'{"code": NaN}',
    ],
)
def test_what_is_neither_code_nor_token_is_refused(served, browser, body):
    assert browser.post("/session", content=body).status_code == 400


def test_nobody_is_known_yet_so_little_is_read(served, browser):
    answer = browser.post("/session", content=b'{"code": "' + b"x" * MAX_BYTES + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_guessing_ends_soon(served, browser):
    statuses = [browser.post("/session", json={"code": str(n)}).status_code for n in range(40)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    answer = browser.post("/session", json={"token": "x"})
    assert answer.json()["code"] == "too-many-tries"
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_pages_of_others_begin_no_session(served, browser):
    one = code(served)
    assert browser.post("/session", json={"code": one}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.post("/session", json={"code": one}).status_code == 204


def test_where_nobody_is_asked_the_page_asks_nobody(serving, tmp_path):
    with open_gallery(tmp_path / "gallery", workers=1) as bureau, serving(create_app(bureau, Settings(open=True))) as client:
        assert client.get("/session").json()["name"] == "anonymous"


PASSWORD = "seven red kites over the river"


@pytest.fixture(scope="module")
def ada(served):
    """The secret of the one-time codes of a user who is an examiner."""
    bureau, _ = served
    made = bureau.access.create_user("ada", Actor("me", "cli"), password=PASSWORD, roles=["examiner"])
    return pyotp.TOTP(parse_qs(urlparse(made.address).query)["secret"][0])


@pytest.fixture
def guesses(served, monkeypatch):
    bureau, _ = served
    monkeypatch.setattr(bureau._context, "guesses", Guesses(lambda: 0.0))
    monkeypatch.setattr(bureau._context.sign_in, "_used", {})


def test_a_user_signs_in_with_password_and_code(browser, ada, guesses):
    entry = {"user": "ada", "password": PASSWORD, "oneTimeCode": ada.at(int(time.time()))}
    assert browser.post("/session", json=entry).status_code == 204
    assert browser.get("/session").json() == {"name": "ada", "scopes": sorted(POLICY[Role.EXAMINER].scopes)}
    assert browser.get("/v1/counts").status_code == 200
    assert browser.delete("/v1/persons/nobody").status_code == 403
    assert browser.post("/session", json=entry).json()["code"] == "sign-in-refused"  # a code is taken once
    assert browser.delete("/session").status_code == 204
    assert browser.get("/session").status_code == 401


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"password": "another one entirely"}, 401, "sign-in-refused"),
        ({"user": "eve"}, 401, "sign-in-refused"),
        ({"oneTimeCode": "12345"}, 400, "bad-request"),
        ({"oneTimeCode": None}, 400, "bad-request"),
        ({"password": "x" * 201}, 400, "bad-request"),
    ],
)
def test_who_signs_in_wrongly_stays_outside(browser, ada, guesses, given, status, code):
    entry = {"user": "ada", "password": PASSWORD, "oneTimeCode": ada.at(int(time.time()))}
    answer = browser.post("/session", json=entry | given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "set-cookie" not in answer.headers


def test_who_guesses_is_told_to_wait(browser, ada, guesses):
    entry = {"user": "ada", "password": "another one entirely", "oneTimeCode": "000000"}
    answers = [browser.post("/session", json=entry) for _ in range(OF_PEER + 1)]
    assert [one.status_code for one in answers] == [401] * OF_PEER + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_what_cannot_be_taken_back_asks_a_user_to_sign_in_again(served, browser, guesses):
    bureau, _ = served
    made = bureau.access.create_user("sam", ME, password=PASSWORD, roles=["supervisor"])
    codes = pyotp.TOTP(parse_qs(urlparse(made.address).query)["secret"][0])
    now, sessions = time.time(), bureau._context.sessions
    browser.post("/session", json={"user": "sam", "password": PASSWORD, "oneTimeCode": codes.at(int(now))})
    assert browser.delete("/v1/persons/nobody").status_code == 404
    sessions._sessions = {digest: replace(one, proved=one.proved - 601) for digest, one in sessions._sessions.items()}
    for method, path in (
        ("DELETE", "/v1/persons/nobody"),
        ("DELETE", "/v1/prints/1"),
        ("GET", "/v1/prints/1/original"),
        ("GET", "/v1/persons/nobody/encounters/1/templates"),
    ):
        answer = browser.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "sign-in-too-old"), path
        assert "sign in again" in answer.json()["detail"]
    assert browser.get("/v1/prints/1").status_code == 404
    again = {"password": PASSWORD, "oneTimeCode": codes.at(int(now))}
    assert browser.post("/session/fresh", json=again).json()["code"] == "sign-in-refused"  # a code is taken once
    assert browser.delete("/v1/persons/nobody").status_code == 403
    again["oneTimeCode"] = codes.at(int(now) + 30)
    assert browser.post("/session/fresh", json=again | {"password": "another one entirely"}).status_code == 401
    secret = browser.cookies[COOKIE]
    assert browser.post("/session/fresh", json=again).status_code == 204
    assert browser.cookies[COOKIE] == secret
    assert browser.delete("/v1/persons/nobody").status_code == 404


def test_only_a_user_signs_in_again(served, browser, guesses):
    again = {"password": PASSWORD, "oneTimeCode": "000000"}
    assert browser.post("/session/fresh", json=again).json()["code"] == "token-missing"
    browser.post("/session", json={"code": code(served)})
    answer = browser.post("/session/fresh", json=again)
    assert (answer.status_code, answer.json()["code"]) == (403, "users-only")
    assert browser.post("/session/fresh", json=again, headers={"Origin": "null"}).status_code == 403
    assert browser.post("/session/fresh", json={"password": PASSWORD}).status_code == 400
