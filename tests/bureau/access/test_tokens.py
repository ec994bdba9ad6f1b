"""Who may come in: by token, for its scopes, until it expires or is revoked, so many times a minute."""

import json
import time
from datetime import datetime, timedelta

import pytest

from biomatch.bureau import Scope
from biomatch.errors import (
    BadLifetime,
    BadName,
    TokenExpired,
    TokenMissing,
    TokenNotFound,
    TokenRevoked,
    TokenUnknown,
    UnknownName,
)


def test_without_a_token_nobody_comes_in(bureau):
    assert not bureau.access.guarded
    with pytest.raises(TokenMissing):
        bureau.access.authenticate(None)
    with pytest.raises(TokenUnknown):
        bureau.access.authenticate("anything")


def test_a_token_stands_for_its_name_and_scopes(bureau, me):
    made, text = bureau.access.create_token("post 7", me, scopes=["abis.identify", "quality.read"])
    actor = bureau.access.authenticate(text)
    assert (actor.name, actor.door, actor.token) == ("post 7", "http", made.token)
    assert actor.scopes == {Scope.IDENTIFY, Scope.QUALITY_READ}
    assert actor.snapshot == {"name": "post 7", "door": "http", "token": made.token}


def test_the_secret_is_nowhere_in_the_folder(bureau, me):
    _, text = bureau.access.create_token("post 7", me)
    secret = text.split("_")[2].encode()
    files = [path for path in bureau.folder.rglob("*") if path.is_file()]
    assert len(files) > 2
    assert not [path for path in files if secret in path.read_bytes()]


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: t + "0", lambda t: t.replace("_", "-"), lambda t: "", str.upper])
def test_a_forged_token_is_refused(bureau, me, spoil):
    _, text = bureau.access.create_token("post 7", me)
    with pytest.raises(TokenUnknown):
        bureau.access.authenticate(spoil(text))


def test_the_secret_of_one_token_does_not_open_another(bureau, me):
    first, text = bureau.access.create_token("one", me)
    second, _ = bureau.access.create_token("two", me)
    with pytest.raises(TokenUnknown):
        bureau.access.authenticate(text.replace(first.token, second.token))


@pytest.mark.parametrize("days", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_token_that_is_good_for_no_time_or_for_ever_is_not_made(bureau, me, days):
    with pytest.raises(BadLifetime, match="more than 0"):
        bureau.access.create_token("post 7", me, days=days)
    assert bureau.access.tokens(me) == []


def test_an_expired_token_is_refused(bureau, me):
    made, text = bureau.access.create_token("post 7", me, days=0.01 / 86_400)
    time.sleep(0.02)
    with pytest.raises(TokenExpired, match=made.token):
        bureau.access.authenticate(text)


def test_a_bureau_whose_tokens_are_revoked_stays_closed(open_bureau, me):
    bureau = open_bureau()
    made, text = bureau.access.create_token("post 7", me)
    bureau.access.revoke_token(made.token, me)
    with pytest.raises(TokenRevoked):
        bureau.access.authenticate(text)
    bureau.close()
    again = open_bureau()
    with pytest.raises(TokenMissing):
        again.access.authenticate(None)
    assert [one.revoked is None for one in again.access.tokens(me)] == [False]


def test_a_token_is_good_until_the_moment_that_it_names(bureau, me, monkeypatch):
    made, text = bureau.access.create_token("post 7", me)
    end = datetime.fromisoformat(made.expires)

    class Clock(datetime):
        moment = end

        @classmethod
        def now(cls, tz=None):
            return cls.moment

    monkeypatch.setattr("biomatch.bureau.access.tokens.datetime", Clock)
    with pytest.raises(TokenExpired):
        bureau.access.authenticate(text)
    Clock.moment = end - timedelta(milliseconds=1)
    assert bureau.access.authenticate(text).token == made.token


def test_a_token_that_never_was_is_not_revoked(bureau, me):
    with pytest.raises(TokenNotFound, match="abcd"):
        bureau.access.revoke_token("abcd", me)


@pytest.mark.parametrize("scope", ["local", "root", ""])
def test_a_token_gets_no_scope_that_is_not_for_tokens(bureau, me, scope):
    with pytest.raises(UnknownName):
        bureau.access.create_token("post 7", me, scopes=[scope])
    with pytest.raises(BadName):
        bureau.access.create_token(" ", me)
    assert bureau.access.tokens(me) == []


def test_making_and_revoking_are_in_the_audit_tree(bureau, me):
    made, _ = bureau.access.create_token("post 7", me, scopes=["abis.verify"])
    bureau.access.revoke_token(made.token, me)
    told = [leaf.said for leaf in bureau.upkeep.audit_leaves(me)][-2:]
    assert [said["act"] for said in told] == ["create-token", "revoke-token"]
    assert told[0]["details"]["scopes"] == ["abis.verify"]
    assert json.dumps(told).count(made.token) == 2
    assert bureau.upkeep.verify_audit(me).ok
