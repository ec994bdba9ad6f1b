"""A user registers passkeys and signs in by them; what is replayed, copied, of another site or another user opens nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import create_engine, text

from biomatch.bureau import Actor, Site, open_gallery
from biomatch.bureau.access import challenges
from biomatch.bureau.access.challenges import Challenges
from biomatch.bureau.access.guesses import OF_PEER, Guesses
from biomatch.bureau.access.passkeys import MOST
from biomatch.bureau.access.webauthn import MOST_ID_BYTES, challenge_in
from biomatch.errors import (
    BadName,
    BadPasskey,
    PasskeyCopied,
    PasskeyExists,
    PasskeyLate,
    PasskeyNotFound,
    PasskeyRefused,
    SessionEnded,
    TooManyPasskeys,
    TooManyTries,
    UserGone,
    UsersOnly,
)
from tests.authenticator import ORIGIN, UP, Authenticator, text_of

PASSWORD = "seven red kites over the river"
SITE = Site(ORIGIN)


@pytest.fixture(autouse=True)
def still(bureau, monkeypatch):
    """No time passes for those who try."""
    monkeypatch.setattr(bureau._context, "guesses", Guesses(lambda: 0.0))


@pytest.fixture
def ada(bureau, me):
    return user(bureau, me, "ada")


def user(bureau, me, name):
    bureau.access.create_user(name, me, password=PASSWORD, roles=["examiner"])
    return Actor(name, "page", token=f"user/{name}", scopes=frozenset())


def registered(bureau, actor, key=None, name="key"):
    key = key or Authenticator()
    options = bureau.access.ask_for_new_passkey(actor, SITE, "here")
    bureau.access.register_passkey(name, key.register(options), actor, SITE)
    return key


def enter(bureau, key, peer="here"):
    return bureau.access.enter_with_passkey(key.sign(bureau.access.ask_for_passkey(SITE, peer)), SITE, peer)


def test_a_user_signs_in_by_a_passkey_alone(bureau, ada):
    key = registered(bureau, ada)
    actor = bureau.access.visitor(enter(bureau, key))
    assert (actor.name, actor.door, actor.token) == ("ada", "page", "user/ada")
    (kept,) = bureau.access.passkeys(ada)
    assert (kept.name, kept.credential) == ("key", text_of(key.credential))
    assert kept.created <= kept.used


def test_what_a_browser_is_asked_tells_no_name_and_wants_a_person_verified(bureau, ada):
    asked = bureau.access.ask_for_new_passkey(ada, SITE, "here")
    assert asked["rp"]["id"] == "localhost"
    assert asked["attestation"] == "none"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert b"ada" not in bureau._context.store.passkeys.handle_of("ada")
    key = registered(bureau, ada)
    asked = bureau.access.ask_for_new_passkey(ada, SITE, "here")
    assert [one["id"] for one in asked["excludeCredentials"]] == [text_of(key.credential)]
    asked = bureau.access.ask_for_passkey(SITE, "here")
    assert set(asked) == {"challenge", "rpId", "timeout", "userVerification"}


def test_an_answer_that_is_given_again_comes_too_late(bureau, ada):
    key = registered(bureau, ada)
    answer = key.sign(bureau.access.ask_for_passkey(SITE, "here"))
    bureau.access.enter_with_passkey(answer, SITE, "here")
    with pytest.raises(PasskeyLate):
        bureau.access.enter_with_passkey(answer, SITE, "here")


def test_a_challenge_lasts_for_minutes_and_is_for_one_use_alone(bureau, ada, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(bureau._context, "challenges", Challenges(lambda: now[0]))
    key = registered(bureau, ada)
    answer = key.sign(bureau.access.ask_for_passkey(SITE, "here"))
    now[0] = challenges.SECONDS
    with pytest.raises(PasskeyLate):
        bureau.access.enter_with_passkey(answer, SITE, "here")
    with pytest.raises(PasskeyLate):
        bureau.access.enter_with_passkey(key.sign(bureau.access.ask_for_new_passkey(ada, SITE, "here")), SITE, "here")
    with pytest.raises(PasskeyLate):
        bureau.access.enter_with_passkey(key.sign({"challenge": text_of(b"of mine")}), SITE, "here")


def test_what_is_not_quite_the_passkey_opens_nothing_and_all_are_told_the_same(bureau, me, ada):
    key, others = registered(bureau, ada), registered(bureau, user(bureau, me, "ben"))
    changes = {
        "another site": {"origin": "https://evil.example"},
        "another program on this machine": {"origin": "http://localhost:9999"},
        "somebody touched it, and nobody was verified": {"flags": UP},
        "another's key": {"key": others.key},
        "another's handle": {"handle": others.handle},
        "none that is known": {"credential": b"\x01" * 32},
    }
    for what, change in changes.items():
        refused_as_any(bureau, replace(key, **change).sign(bureau.access.ask_for_passkey(SITE, "here")), what)
    refused_as_any(bureau, key.sign(bureau.access.ask_for_passkey(SITE, "here"), "evil.example"), "another host")
    answer = key.sign(bureau.access.ask_for_passkey(SITE, "here"))
    answer["response"]["signature"] = text_of(b"0" * 70)
    refused_as_any(bureau, answer, "no signature")
    enter(bureau, key)


def refused_as_any(bureau, answer, what):
    with pytest.raises(PasskeyRefused) as refused:
        bureau.access.enter_with_passkey(answer, SITE, "here")
    assert str(refused.value) == str(PasskeyRefused()), what


def test_a_count_that_goes_back_tells_of_a_copy(bureau, ada):
    key = registered(bureau, ada, Authenticator(count=5))
    enter(bureau, key)
    assert key.count == bureau.access.passkeys(ada)[0].count == 6
    key.count = 5  # a copy of it counts on its own
    with pytest.raises(PasskeyCopied):
        enter(bureau, key)
    key.count = 0  # says that it does not count any more
    with pytest.raises(PasskeyCopied):
        enter(bureau, key)
    key.count = 6
    enter(bureau, key)


def test_a_passkey_that_does_not_count_is_taken_again_and_again(bureau, ada):
    key = registered(bureau, ada)
    for _ in range(3):
        enter(bureau, key)


def test_a_user_keeps_several_and_deletes_their_own_alone(bureau, me, ada):
    ben = user(bureau, me, "ben")
    first, second = registered(bureau, ada, name="phone"), registered(bureau, ada, name="key at the desk")
    theirs = registered(bureau, ben)
    assert [one.name for one in bureau.access.passkeys(ada)] == ["phone", "key at the desk"]
    with pytest.raises(PasskeyNotFound):
        bureau.access.delete_passkey(text_of(theirs.credential), ada)
    bureau.access.delete_passkey(text_of(first.credential), ada)
    with pytest.raises(PasskeyRefused):
        enter(bureau, first)
    for key in (second, theirs):
        enter(bureau, key)


def test_what_makes_no_passkey_is_refused_and_nothing_is_kept(bureau, me, ada):
    ben, key = user(bureau, me, "ben"), Authenticator()

    def answer(by=key, host="localhost", who=ada):
        return by.register(bureau.access.ask_for_new_passkey(who, SITE, "here"), host)

    damaged, again = answer(), answer()
    damaged["response"]["attestationObject"] = text_of(b"\xbf" * 20)
    bureau._context.challenges.take(challenge_in(again), "ada")
    for name, given, error in (
        ("a\nb", answer(), BadName),
        ("key", answer(who=ben), PasskeyLate),
        ("key", again, PasskeyLate),
        ("key", answer(replace(key, origin="https://evil.example")), BadPasskey),
        ("key", answer(host="evil.example"), BadPasskey),
        ("key", answer(replace(key, flags=UP)), BadPasskey),
        ("key", answer(replace(key, credential=bytes(MOST_ID_BYTES + 1))), BadPasskey),
        ("key", {}, BadPasskey),
        ("key", damaged, BadPasskey),
    ):
        with pytest.raises(error):
            bureau.access.register_passkey(name, given, ada, SITE)
    assert bureau.access.passkeys(ada) == []
    registered(bureau, ben, key)
    with pytest.raises(PasskeyExists):
        bureau.access.register_passkey("key", answer(), ada, SITE)


def test_a_user_has_so_many_at_most(bureau, ada):
    for n in range(MOST):
        registered(bureau, ada, name=f"key {n}")
    with pytest.raises(TooManyPasskeys):
        bureau.access.ask_for_new_passkey(ada, SITE, "here")


def test_a_reset_deletes_all_and_ends_what_was_being_registered(bureau, me, ada):
    key, late = registered(bureau, ada), Authenticator()
    options = bureau.access.ask_for_new_passkey(ada, SITE, "here")
    secret = enter(bureau, key)
    bureau.access.reset_user("ada", me, password=PASSWORD)
    assert bureau.access.passkeys(ada) == []
    with pytest.raises(SessionEnded):
        bureau.access.visitor(secret)
    with pytest.raises(PasskeyRefused):
        enter(bureau, key)
    with pytest.raises(PasskeyLate):
        bureau.access.register_passkey("late", late.register(options), ada, SITE)


def test_a_user_who_has_ended_comes_in_by_no_passkey(bureau, me, ada):
    key = registered(bureau, ada)
    bureau.access.end_user("ada", me)
    with pytest.raises(UserGone):
        enter(bureau, key)


def test_a_passkey_that_is_deleted_while_somebody_signs_in_opens_nothing(bureau, ada, monkeypatch):
    key = registered(bureau, ada)
    begin = bureau._context.sessions.begin

    def late(visitor):
        bureau.access.delete_passkey(text_of(key.credential), ada)
        return begin(visitor)

    monkeypatch.setattr(bureau._context.sessions, "begin", late)
    with pytest.raises(PasskeyRefused):
        enter(bureau, key)
    assert bureau._context.sessions._sessions == {}


def test_guessing_is_slowed_by_the_address(bureau, ada):
    key = registered(bureau, ada)
    for _ in range(OF_PEER):
        with pytest.raises(PasskeyRefused):
            bureau.access.enter_with_passkey({}, SITE, "there")
    with pytest.raises(TooManyTries):
        enter(bureau, key, "there")
    enter(bureau, key, "here")


def test_no_damage_to_an_answer_is_an_error_of_ours(bureau, ada, monkeypatch):
    monkeypatch.setattr(bureau._context.guesses, "refuse_peer", lambda _: None)
    key = registered(bureau, ada)
    for name in ("id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for value in (
            None,
            7,
            [],
            "",
            "A",
            "\ud800",
            {"a": 1},
            text_of(b"[1]"),
            text_of(b'{"challenge": 1}'),
            text_of(b"[" * 8_000),
        ):
            answer = key.sign(bureau.access.ask_for_passkey(SITE, "here"))
            (answer if name in answer else answer["response"])[name] = value
            refused_as_any(bureau, answer, (name, value))


def test_only_users_have_passkeys(bureau, ada):
    for who in (Actor("post 7", "page", token="1234abcd"), Actor("me", "cli"), Actor("ada", "page")):
        for ask in (
            partial(bureau.access.passkeys, who),
            partial(bureau.access.ask_for_new_passkey, who, SITE, "here"),
            partial(bureau.access.register_passkey, "key", {}, who, SITE),
            partial(bureau.access.delete_passkey, "x", who),
        ):
            with pytest.raises(UsersOnly):
                ask()


def test_passkeys_are_there_when_the_folder_is_opened_again_and_one_that_was_slipped_in_is_found(bureau, me, ada):
    key = registered(bureau, ada, Authenticator(count=3))
    enter(bureau, key)
    folder, url = bureau.folder, bureau._context.store.engine.url
    bureau.close()
    line = create_engine(url)
    with line.begin() as connection:
        columns = '"user", name, public_key, created, 0, NULL, bureau, seal'
        connection.execute(text(f"INSERT INTO passkeys SELECT 'b2Y', {columns} FROM passkeys"))
    line.dispose()
    with open_gallery(folder, create=False) as again:
        assert [one.count for one in again.access.passkeys(ada)] == [4]
        assert again.access.visitor(enter(again, key)).name == "ada"
        assert again._context.store.passkeys.find("b2Y") is None
        (line,) = (one for one in again.upkeep.condition(me) if one.what == "users")
        assert not line.well
        assert "passkey b2Y is there, and no act made it" in line.words
        assert {one.where for one in again.upkeep.verify_audit(me).findings} == {"passkey b2Y"}
        acts = [leaf.entry for leaf in again.upkeep.audit_leaves(me)]
        assert sum('"create-passkey"' in entry for entry in acts) == 1
