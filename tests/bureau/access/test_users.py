"""Users: made on the gallery's own machine, let in by password and code, bound by their roles, ended, and never forgotten."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.bureau.access.guesses import OF_PEER, Guesses
from biomatch.bureau.access.policy import POLICY, Role
from biomatch.bureau.scopes import GRANTED
from biomatch.errors import (
    BadName,
    LastAdministrator,
    NotAllowed,
    NothingGiven,
    PasswordTooWeak,
    SessionEnded,
    SignInRefused,
    TooManyTries,
    UnknownName,
    UserExists,
    UserGone,
    UserNotFound,
)

PASSWORD = "seven red kites over the river"


def code_of(made, steps=0):
    return pyotp.TOTP(parse_qs(urlparse(made.address).query)["secret"][0]).at(int(time.time()) + 30 * steps)


@pytest.fixture(autouse=True)
def still(bureau, monkeypatch):
    """No time passes for those who guess: hashing ten passwords takes some."""
    monkeypatch.setattr(bureau._context, "guesses", Guesses(lambda: 0.0))


@pytest.fixture
def ada(bureau, me):
    return bureau.access.create_user("ada", me, password=PASSWORD, roles=["examiner"], display="Ada Field")


def test_a_user_signs_in_and_may_do_what_the_roles_say(bureau, me, ada):
    assert bureau.access.guarded
    secret = bureau.access.enter_with_password("ada", PASSWORD, code_of(ada))
    actor = bureau.access.visitor(secret)
    assert (actor.name, actor.door, actor.token) == ("ada", "page", "user/ada")
    assert actor.scopes == POLICY[Role.EXAMINER].scopes
    with pytest.raises(NotAllowed):
        bureau.encounters.remove(actor, person="anybody")
    with pytest.raises(NotAllowed):
        bureau.access.create_user("eve", actor, password=PASSWORD, roles=["administrator"])
    bureau.access.change_user("ada", me, roles=["auditor"])
    assert bureau.access.visitor(secret).scopes == POLICY[Role.AUDITOR].scopes


@pytest.mark.parametrize(("name", "password"), [("ada", "another one entirely"), ("eve", PASSWORD)])
def test_which_part_was_wrong_is_not_said(bureau, ada, name, password):
    with pytest.raises(SignInRefused) as refused:
        bureau.access.enter_with_password(name, password, code_of(ada))
    assert "ada" not in refused.value.message


def test_a_user_who_has_ended_is_out_at_once_and_the_name_is_never_given_again(bureau, me, ada):
    secret = bureau.access.enter_with_password("ada", PASSWORD, code_of(ada))
    assert bureau.access.end_user("ada", me).ends
    with pytest.raises(UserGone):
        bureau.access.visitor(secret)
    with pytest.raises(UserGone):
        bureau.access.enter_with_password("ada", PASSWORD, code_of(ada, 1))
    with pytest.raises(UserExists):
        bureau.access.create_user("ada", me, password=PASSWORD, roles=["examiner"])
    assert bureau.access.guarded


def test_a_user_ends_when_their_last_day_is_over(bureau, me, ada):
    secret = bureau.access.enter_with_password("ada", PASSWORD, code_of(ada))
    today = datetime.now(UTC).date()
    bureau.access.change_user("ada", me, until=today + timedelta(days=1))
    bureau.access.visitor(secret)
    bureau.access.change_user("ada", me, until=today - timedelta(days=1))
    with pytest.raises(UserGone):
        bureau.access.visitor(secret)


def test_a_reset_ends_the_old_password_and_the_old_codes(bureau, me, ada):
    other = "eight grey herons on the shore"
    secret = bureau.access.enter_with_password("ada", PASSWORD, code_of(ada))
    again = bureau.access.reset_user("ada", me, password=other)
    with pytest.raises(SessionEnded):
        bureau.access.visitor(secret)
    for password, made in ((PASSWORD, again), (other, ada)):
        with pytest.raises(SignInRefused):
            bureau.access.enter_with_password("ada", password, code_of(made))
    bureau.access.enter_with_password("ada", other, code_of(again))


def test_a_session_ends_when_nobody_asks_for_half_an_hour(bureau, ada, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(bureau._context.sessions, "_clock", lambda: now[0])
    secret = bureau.access.enter_with_password("ada", PASSWORD, code_of(ada))
    for now[0] in (1_700.0, 3_400.0):
        bureau.access.visitor(secret)
    now[0] += 1_801
    with pytest.raises(SessionEnded):
        bureau.access.visitor(secret)


def test_guessing_is_slowed(bureau, ada):
    for _ in range(OF_PEER):
        with pytest.raises(SignInRefused):
            bureau.access.enter_with_password("ada", "a wrong guess of it", "000000", "10.0.0.1")
    with pytest.raises(TooManyTries):
        bureau.access.enter_with_password("ada", PASSWORD, code_of(ada), "10.0.0.1")
    bureau.access.enter_with_password("ada", PASSWORD, code_of(ada), "10.0.0.2")


def test_the_last_administrator_stays(bureau, me):
    bureau.access.create_user("ida", me, password=PASSWORD, roles=["administrator"])
    with pytest.raises(LastAdministrator):
        bureau.access.end_user("ida", me)
    with pytest.raises(LastAdministrator):
        bureau.access.change_user("ida", me, roles=["auditor"])
    bureau.access.create_user("joe", me, password=PASSWORD, roles=["administrator", "auditor"])
    bureau.access.end_user("ida", me)
    with pytest.raises(LastAdministrator):
        bureau.access.end_user("joe", me)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"roles": []}, NothingGiven),
        ({"roles": ["emperor"]}, UnknownName),
        ({"password": "too short"}, PasswordTooWeak),
        ({"name": "a\nb"}, BadName),
    ],
)
def test_what_makes_no_user_is_refused_and_nothing_is_kept(bureau, me, given, error):
    asked = {"name": "ben", "password": PASSWORD, "roles": ["operator"]} | given
    with pytest.raises(error):
        bureau.access.create_user(asked.pop("name"), me, **asked)
    assert bureau.access.users(me) == []
    with pytest.raises(UserNotFound):
        bureau.access.change_user("ben", me, display="Ben")


def test_tokens_make_no_users(bureau):
    with pytest.raises(NotAllowed):
        bureau.access.create_user("ben", Actor("post", "http", scopes=GRANTED), password=PASSWORD, roles=["operator"])


def test_users_are_there_when_the_folder_is_opened_again_and_the_tree_says_who_made_them(bureau, me, ada):
    bureau.access.change_user("ada", me, display="A. Field")
    folder = bureau.folder
    bureau.close()
    with open_gallery(folder, create=False) as again:
        assert [(one.name, one.display, one.roles) for one in again.access.users(me)] == [("ada", "A. Field", ("examiner",))]
        assert again.upkeep.verify_audit(me).ok
        acts = [leaf.entry for leaf in again.upkeep.audit_leaves(me)]
        assert sum('"create-user"' in entry for entry in acts) == sum('"change-user"' in entry for entry in acts) == 1
        assert not any(PASSWORD in entry for entry in acts)
