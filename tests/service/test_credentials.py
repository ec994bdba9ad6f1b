"""Who asks, by the headers of a request alone."""

import pytest
from starlette.datastructures import Headers

from biomatch.bureau import Actor
from biomatch.errors import ForeignOrigin, SessionEnded, TokenMissing, TokenUnknown
from biomatch.service import Settings
from biomatch.service.credentials import bearer_of, caller, check_page, cookie_name, session_of

ME = Actor("tester", "test")


@pytest.fixture
def token(bureau):
    return bureau.access.create_token("post 7", ME, scopes=["audit.read"])[1]


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer biomatch_1_2", "biomatch_1_2"),
        ("bearer  biomatch_1_2 ", "biomatch_1_2"),
        ("Bearer", ""),
        ("Basic YTpi", None),
        ("biomatch_1_2", None),
        ("", None),
    ],
)
def test_a_token_stands_behind_the_word_bearer(header, token):
    assert bearer_of(Headers({"Authorization": header})) == token


def test_two_services_of_one_machine_have_cookies_of_two_names():
    here, there = Settings(port=8000), Settings(port=8001)
    headers = Headers({"Cookie": f"{cookie_name(here)}=a; {cookie_name(there)}=b; other=c"})
    assert (session_of(headers, here), session_of(headers, there)) == ("a", "b")
    assert session_of(Headers(), here) is None


def test_by_https_a_cookie_counts_by_its_protected_name_alone():
    settings = Settings()
    plain, protected = cookie_name(settings), cookie_name(settings, secure=True)
    assert protected == f"__Host-{plain}"
    headers = Headers({"Cookie": f"{plain}=a; {protected}=b"})
    assert (session_of(headers, settings), session_of(headers, settings, secure=True)) == ("a", "b")
    assert session_of(Headers({"Cookie": f"{plain}=a"}), settings, secure=True) is None


def test_a_token_is_who_it_was_made_for(bureau, token):
    actor = caller(bureau, Settings(), Headers({"Authorization": f"Bearer {token}"}), "GET")
    assert (actor.name, actor.scopes) == ("post 7", {"audit.read"})


def test_without_token_and_cookie_nobody_is_known(bureau, token):
    with pytest.raises(TokenMissing):
        caller(bureau, Settings(), Headers(), "GET")


def test_a_service_that_is_open_asks_nobody_only_while_there_is_no_token(bureau, token):
    with pytest.raises(TokenMissing):
        caller(bureau, Settings(open=True), Headers(), "GET")


def test_a_token_counts_before_a_cookie(bureau, token):
    headers = Headers({"Authorization": "Bearer biomatch_1_2", "Cookie": f"{cookie_name(Settings())}=secret"})
    with pytest.raises(TokenUnknown):
        caller(bureau, Settings(), headers, "GET")


@pytest.mark.parametrize(
    ("method", "error"), [("GET", SessionEnded), ("HEAD", SessionEnded), ("POST", ForeignOrigin), ("DELETE", ForeignOrigin)]
)
def test_whoever_changes_something_by_a_cookie_says_first_where_they_are(bureau, token, method, error):
    """Before the cookie is looked at: whether it is good is not told to a page of others."""
    with pytest.raises(error):
        caller(bureau, Settings(), Headers({"Cookie": f"{cookie_name(Settings())}=secret"}), method)


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ({"Origin": "http://bureau.example"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({}, False),
    ],
)
def test_a_page_of_ours_is_known_by_its_origin_or_else_by_what_the_browser_says(said, ours):
    headers = Headers({"Host": "bureau.example"} | said)
    if ours:
        check_page(headers)
        return
    with pytest.raises(ForeignOrigin):
        check_page(headers)
