"""A user's own session over the client: what is sent, by whose right, and from where it says that it comes."""

import json

import httpx
import pytest

from biomatch.client import Client


@pytest.fixture
def asked():
    """The requests that were sent, in their order."""
    return []


@pytest.fixture
def client(asked):
    """A client that began with a token."""

    def answer(request):
        asked.append(request)
        if request.url.path == "/session":
            return httpx.Response(204, headers={"Set-Cookie": "biomatch-8000=secret; Path=/"})
        return httpx.Response(200, json=[{"session": "a b"}])

    headers = {"Authorization": "Bearer biomatch_1_2"}
    with httpx.Client(base_url="http://bureau.example:8000", headers=headers, transport=httpx.MockTransport(answer)) as http:
        yield Client(http=http)


def test_a_user_signs_in_in_place_of_a_token_and_says_where_they_are(client, asked):
    client.sign_in("ada", "a password", "123456")
    client.sign_in_again("a password", "234567")
    client.leave()
    entered, again, left = asked
    assert (again.url.path, json.loads(again.content)) == (
        "/session/fresh",
        {"password": "a password", "oneTimeCode": "234567"},
    )
    assert json.loads(entered.content) == {"user": "ada", "password": "a password", "oneTimeCode": "123456"}
    for request in asked:
        assert request.headers["Origin"] == "http://bureau.example:8000"
        assert "Authorization" not in request.headers
    assert (left.method, left.url.path, left.headers["Cookie"]) == ("DELETE", "/session", "biomatch-8000=secret")


def test_sessions_are_listed_and_ended_by_their_names(client, asked):
    client.sign_in("ada", "a password", "123456")
    assert client.sessions() == [{"session": "a b"}]
    client.end_session("a b")
    client.end_other_sessions()
    assert [(one.method, one.url.raw_path) for one in asked[1:]] == [
        ("GET", b"/sessions"),
        ("DELETE", b"/sessions/a%20b"),
        ("DELETE", b"/sessions"),
    ]


def test_an_administrator_sees_to_users(client, asked):
    client.sign_in("ida", "a password", "123456")
    client.users()
    client.create_user("a b", "its password", ("examiner",), until="2030-01-31")
    client.change_user("a b", roles=("auditor",))
    client.end_user("a b")
    client.ask_reset("a b", "another")
    client.confirm_reset("a b")
    assert [(one.method, one.url.raw_path, json.loads(one.content or b"null")) for one in asked[1:]] == [
        ("GET", b"/v1/users", None),
        ("POST", b"/v1/users", {"name": "a b", "password": "its password", "roles": ["examiner"], "until": "2030-01-31"}),
        ("PUT", b"/v1/users/a%20b", {"roles": ["auditor"]}),
        ("DELETE", b"/v1/users/a%20b", None),
        ("POST", b"/v1/users/a%20b/reset", {"password": "another"}),
        ("POST", b"/v1/users/a%20b/reset/confirmation", None),
    ]
