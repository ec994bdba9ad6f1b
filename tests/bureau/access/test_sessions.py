"""The page's sessions: a code opens one once and soon; a session ends by itself, with its token, and when it is left."""

import gc

import pytest

from biomatch.bureau.access.quotas import MANY
from biomatch.bureau.access.sessions import (
    CODE_SECONDS,
    IDLE_SECONDS,
    MAX_CODES,
    MAX_SESSIONS,
    SESSION_SECONDS,
    TRIES_OF_ALL,
    TRIES_PER_MINUTE,
    Sessions,
    Visitor,
)
from biomatch.bureau.scopes import FRESH_MINUTES
from biomatch.errors import (
    CodeRefused,
    SessionEnded,
    TooManyTries,
)

ADA = Visitor("ada")


@pytest.fixture
def now():
    return [1_000.0]


@pytest.fixture
def sessions(now):
    return Sessions(lambda: now[0])


def test_a_code_opens_one_session(sessions):
    code = sessions.new_code(ADA)
    assert sessions.redeem(code) == ADA
    with pytest.raises(CodeRefused):
        sessions.redeem(code)


def test_a_code_is_good_for_a_quarter_of_an_hour(sessions, now):
    early, late = sessions.new_code(ADA), sessions.new_code(ADA)
    now[0] += CODE_SECONDS - 1
    assert sessions.redeem(early) == ADA
    now[0] += 1
    with pytest.raises(CodeRefused):
        sessions.redeem(late)


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-1], lambda c: c + "A", lambda c: "", lambda c: c.swapcase(), lambda c: "é" * 43]
)
def test_a_code_that_was_not_made_opens_nothing_and_costs_the_right_one_nothing(sessions, spoil):
    code = sessions.new_code(ADA)
    with pytest.raises(CodeRefused):
        sessions.redeem(spoil(code))
    assert sessions.redeem(code) == ADA


def test_a_session_lasts_a_working_day_or_until_it_is_left(sessions, now):
    secret, other = sessions.begin(ADA), sessions.begin(Visitor("bob"))
    now[0] += SESSION_SECONDS - 1
    assert sessions.visitor(secret) == ADA
    sessions.end(secret)
    sessions.end(secret)
    with pytest.raises(SessionEnded):
        sessions.visitor(secret)
    assert sessions.visitor(other).name == "bob"
    now[0] += 1
    with pytest.raises(SessionEnded):
        sessions.visitor(other)


def test_a_code_is_no_session_and_a_session_no_code(sessions):
    code, secret = sessions.new_code(ADA), sessions.begin(ADA)
    with pytest.raises(SessionEnded):
        sessions.visitor(code)
    with pytest.raises(CodeRefused):
        sessions.redeem(secret)


def test_tries_are_counted_by_the_minute(sessions, now):
    for _ in range(TRIES_PER_MINUTE):
        sessions.count_wrong()
    with pytest.raises(TooManyTries) as refused:
        sessions.count_wrong()
    now[0] += refused.value.values["retry_after"]
    sessions.count_wrong()


def test_a_stranger_s_tries_lock_out_nobody_at_another_address(sessions):
    for _ in range(TRIES_PER_MINUTE):
        sessions.count_wrong("192.0.2.7")
    with pytest.raises(TooManyTries):
        sessions.count_wrong("192.0.2.7")
    sessions.count_wrong("192.0.2.8")


def test_tries_of_all_peers_have_an_end_but_a_peer_s_first_one_is_always_taken(sessions, now):
    more = TRIES_PER_MINUTE - 1  # of each peer, beside its first one
    for number in range(TRIES_OF_ALL):
        if number % more == 0:
            sessions.count_wrong(f"192.0.2.{number // more}")
        sessions.count_wrong(f"192.0.2.{number // more}")
    sessions.count_wrong("192.0.2.200")
    with pytest.raises(TooManyTries, match=f"{TRIES_OF_ALL} wrong codes"):
        sessions.count_wrong("192.0.2.200")
    sessions.count_wrong("198.51.100.1")
    with pytest.raises(TooManyTries):
        sessions.count_wrong("198.51.100.1")
    now[0] += 60
    sessions.count_wrong("198.51.100.1")


def test_of_peers_that_no_longer_try_nothing_is_kept(sessions, now):
    for n in range(MANY):
        sessions.count_wrong(str(n))
    now[0] += 60
    sessions.count_wrong("one more")
    assert len(sessions._tries._left) == 1


def test_more_codes_and_sessions_than_are_kept_end_the_oldest(sessions):
    codes = [sessions.new_code(ADA) for _ in range(MAX_CODES + 1)]
    secrets = [sessions.begin(ADA) for _ in range(MAX_SESSIONS + 1)]
    with pytest.raises(CodeRefused):
        sessions.redeem(codes[0])
    with pytest.raises(SessionEnded):
        sessions.visitor(secrets[0])
    assert sessions.redeem(codes[1]) == sessions.visitor(secrets[1]) == ADA


def test_what_ended_is_forgotten(sessions, now):
    for _ in range(10):
        sessions.new_code(ADA), sessions.begin(ADA)
    now[0] += SESSION_SECONDS
    sessions.new_code(ADA), sessions.begin(ADA)
    assert (len(sessions._codes), len(sessions._sessions)) == (1, 1)


def test_a_user_s_sessions_are_listed_and_ended_by_a_name_that_opens_nothing(sessions, now):
    ada, bob = Visitor("ada", user="ada"), Visitor("bob", user="bob")
    first = sessions.begin(ada, "192.0.2.7")
    now[0] += 60
    second, other = sessions.begin(ada, "192.0.2.8"), sessions.begin(bob)
    now[0] += 30
    sessions.visitor(second)
    now[0] += 10
    listed = sessions.of_user("ada", second)
    assert [(one.peer, one.this) for one in listed] == [("192.0.2.8", True), ("192.0.2.7", False)]
    assert [round((listed[0].begun - listed[1].begun).total_seconds())] == [60]
    assert [round((one.used - one.begun).total_seconds()) for one in listed] == [30, 0]
    with pytest.raises(SessionEnded):
        sessions.visitor(listed[1].session)
    assert not sessions.end_named("bob", listed[1].session)
    assert sessions.end_named("ada", listed[1].session)
    assert not sessions.end_named("ada", listed[1].session)
    with pytest.raises(SessionEnded):
        sessions.visitor(first)
    assert sessions.visitor(other) == bob


def test_all_sessions_of_a_user_end_but_one(sessions, now):
    ada = Visitor("ada", user="ada")
    first, second, other = sessions.begin(ada), sessions.begin(ada), sessions.begin(Visitor("bob", user="bob"))
    sessions.end_of("ada", but=second)
    with pytest.raises(SessionEnded):
        sessions.visitor(first)
    assert len(sessions.of_user("ada")) == 1
    now[0] += IDLE_SECONDS
    assert sessions.of_user("ada") == []
    sessions.end_of("bob")
    with pytest.raises(SessionEnded):
        sessions.visitor(other)


def test_a_sign_in_is_fresh_for_ten_minutes_and_again_when_it_is_renewed(sessions, now):
    secret = sessions.begin(Visitor("ada", user="ada"))
    now[0] += FRESH_MINUTES * 60
    assert sessions.is_fresh(secret)
    now[0] += 1
    sessions.visitor(secret)
    assert not sessions.is_fresh(secret)
    sessions.renew(secret)
    assert sessions.is_fresh(secret)
    assert not sessions.is_fresh("another")
    with pytest.raises(SessionEnded):
        sessions.renew("another")


def test_of_codes_and_secrets_only_a_digest_is_kept(sessions):
    code, secret = sessions.new_code(ADA), sessions.begin(ADA)
    kept = repr([vars(one) if hasattr(one, "__dict__") else one for one in gc.get_referents(sessions.__dict__)])
    assert code not in kept
    assert secret not in kept
    assert len(code) == len(secret) == 43  # 256 bits
