"""Users over HTTP: administrators alone see to them, never to themselves, and a reset takes two of them."""

import time
from dataclasses import replace
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.bureau.access.guesses import Guesses
from biomatch.client import Client, Refused
from biomatch.service import create_app

ME = Actor("me", "cli")
PASSWORD = "seven red kites over the river"
OTHER = "eight grey herons on the shore"


def codes_of(address):
    return pyotp.TOTP(parse_qs(urlparse(address).query)["secret"][0])


@pytest.fixture(scope="module")
def served(serving, tmp_path_factory):
    """bureau, its address, and enter(name, password, codes): a client with a session of that user."""
    with open_gallery(tmp_path_factory.mktemp("users") / "gallery", workers=1) as bureau, serving(create_app(bureau)) as nobody:
        bureau._context.guesses = Guesses(lambda: 0.0)
        clients = []

        def enter(name, password, codes):
            bureau._context.sign_in._used.clear()  # the tests share a code
            bureau._context.guesses = Guesses(lambda: 0.0)
            clients.append(Client(str(nobody.base_url)))
            clients[-1].sign_in(name, password, codes.at(int(time.time())))
            return clients[-1]

        yield bureau, nobody, enter
        for client in clients:
            client.close()


@pytest.fixture(scope="module")
def admins(served):
    """Ida and Joe, administrators who have signed in."""
    bureau, _, enter = served
    made = [bureau.access.create_user(name, ME, password=PASSWORD, roles=["administrator"]) for name in ("ida", "joe")]
    return [enter(one.user.name, PASSWORD, codes_of(one.address)) for one in made]


def refused(act, *arguments, **options):
    with pytest.raises(Refused) as found:
        act(*arguments, **options)
    return found.value.status, found.value.code


def test_an_administrator_makes_changes_and_ends_a_user(served, admins):
    _, _, enter = served
    ida, _ = admins
    made = ida.create_user("ada", PASSWORD, ["examiner"], display="Ada Field")
    assert (made["user"]["display"], made["user"]["roles"]) == ("Ada Field", ["examiner"])
    ada = enter("ada", PASSWORD, codes_of(made["address"]))
    assert ida.change_user("ada", roles=["auditor"], until="2099-12-31")["ends"].startswith("2100-01-01")
    assert ida.change_user("ada", display="A. Field")["roles"] == ["auditor"]
    assert refused(ada.users) == (403, "not-allowed")
    (row,) = [one for one in ida.users() if one["name"] == "ada"]
    assert (row["display"], row["roles"], "password" in str(row).lower()) == ("A. Field", ["auditor"], False)
    assert ida.end_user("ada")["ends"] < "2099"
    assert refused(ada.sessions) == (401, "user-gone")
    assert refused(ida.create_user, "ada", PASSWORD, ["examiner"]) == (409, "user-exists")


def test_a_reset_takes_two_administrators(served, admins):
    bureau, _, enter = served
    ida, joe = admins
    made = ida.create_user("ben", PASSWORD, ["operator"])
    before = enter("ben", PASSWORD, codes_of(made["address"]))
    assert refused(joe.confirm_reset, "ben") == (404, "reset-not-asked")
    ida.ask_reset("ben", OTHER)
    assert {one["name"]: one.get("resetAskedBy") for one in joe.users()}["ben"] == "ida"
    assert before.sessions()  # nothing has changed yet
    assert refused(ida.confirm_reset, "ben") == (403, "four-eyes")
    again = joe.confirm_reset("ben")
    assert refused(before.sessions) == (401, "session-ended")
    assert refused(enter, "ben", PASSWORD, codes_of(made["address"])) == (401, "sign-in-refused")
    assert refused(enter, "ben", OTHER, codes_of(made["address"])) == (401, "sign-in-refused")
    enter("ben", OTHER, codes_of(again["address"]))
    assert refused(joe.confirm_reset, "ben") == (404, "reset-not-asked")
    said = [leaf.entry for leaf in bureau.upkeep.audit_leaves(ME, first=0, limit=1_000)]
    assert sum('"ask-reset"' in entry for entry in said) == 1
    assert sum('"ida"' in entry and '"joe"' in entry and '"change-user"' in entry for entry in said) == 1
    assert not any(OTHER in entry for entry in said)


def test_a_change_in_between_or_the_end_of_who_asked_withdraws_a_reset(served, admins):
    bureau, _, enter = served
    ida, joe = admins
    ida.create_user("cleo", PASSWORD, ["operator"])
    ida.ask_reset("cleo", OTHER)
    joe.change_user("cleo", roles=["examiner"])
    assert refused(joe.confirm_reset, "cleo") == (404, "reset-not-asked")
    made = bureau.access.create_user("kim", ME, password=PASSWORD, roles=["administrator"])
    kim = enter("kim", PASSWORD, codes_of(made.address))
    kim.ask_reset("cleo", OTHER)
    ida.change_user("kim", roles=["auditor"])
    assert refused(joe.confirm_reset, "cleo") == (404, "reset-not-asked")


def test_nobody_sees_to_themselves(admins):
    ida, joe = admins
    assert refused(ida.change_user, "ida", roles=["administrator", "examiner"]) == (403, "own-rights")
    assert refused(ida.end_user, "ida") == (403, "own-rights")
    assert refused(ida.ask_reset, "ida", OTHER) == (403, "own-rights")
    joe.ask_reset("ida", OTHER)
    assert refused(ida.confirm_reset, "ida") == (403, "own-rights")


def test_a_change_of_rights_needs_a_fresh_sign_in(served, admins):
    bureau, _, _ = served
    ida, _ = admins
    sessions, kept = bureau._context.sessions, dict(bureau._context.sessions._sessions)
    sessions._sessions = {digest: replace(one, proved=one.proved - 601) for digest, one in kept.items()}
    for act, arguments in (
        (ida.create_user, ("dan", PASSWORD, ["operator"])),
        (ida.change_user, ("joe",)),
        (ida.end_user, ("joe",)),
        (ida.ask_reset, ("joe", OTHER)),
        (ida.confirm_reset, ("joe",)),
    ):
        assert refused(act, *arguments) == (403, "sign-in-too-old")
    assert len(ida.users()) >= 2
    sessions._sessions = kept


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "", {"name": "dora", "password": PASSWORD, "roles": ["emperor"]}, "unknown-name"),
        ("POST", "", {"name": "dora", "password": PASSWORD, "roles": []}, "nothing-given"),
        ("POST", "", {"name": "dora", "password": "short", "roles": ["operator"]}, "password-too-weak"),
        ("POST", "", {"name": "do\nra", "password": PASSWORD, "roles": ["operator"]}, "bad-name"),
        ("POST", "", {"name": "dora", "password": PASSWORD, "roles": ["operator"], "admin": True}, "unknown-field"),
        ("POST", "", {"name": "dora", "roles": ["operator"]}, "bad-request"),
        ("PUT", "/nobody", {"roles": ["operator"]}, "user-not-found"),
        ("DELETE", "/nobody", None, "user-not-found"),
        ("POST", "/nobody/reset", {"password": OTHER}, "user-not-found"),
        ("POST", "/joe/reset", {"password": "short"}, "password-too-weak"),
        ("POST", "/nobody/reset/confirmation", None, "user-not-found"),
    ],
)
def test_what_makes_no_user_is_refused_and_nothing_is_kept(admins, method, path, body, code):
    ida, _ = admins
    before = ida.users()
    answer = ida._http.request(method, f"/v1/users{path}", json=body)
    assert answer.json()["code"] == code, answer.text
    assert answer.status_code in (400, 404)
    assert ida.users() == before


def test_no_token_sees_to_users(served, admins):
    bureau, nobody, _ = served
    _, text = bureau.access.create_token("all", ME)
    for method, path in (("GET", "/v1/users"), ("POST", "/v1/users"), ("DELETE", "/v1/users/joe")):
        answer = nobody.request(method, path, headers={"Authorization": f"Bearer {text}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
