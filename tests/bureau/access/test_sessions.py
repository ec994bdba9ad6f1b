"""The page's sessions: a code opens one once and soon; a session ends by itself, with its token, and when it is left."""

import gc

import pytest

from biomatch.bureau.access.quotas import MANY
from biomatch.bureau.access.sessions import (
    CODE_SECONDS,
    MAX_CODES,
    MAX_SESSIONS,
    SESSION_SECONDS,
    TRIES_OF_ALL,
    TRIES_PER_MINUTE,
    Sessions,
    Visitor,
)
from biomatch.bureau.access.visits import PAGE
from biomatch.errors import (
    CodeRefused,
    NotAllowed,
    NotServed,
    QuotaSpent,
    SessionEnded,
    TokenRevoked,
    TokenUnknown,
    TooManyTries,
)

ADA = Visitor("ada")


@pytest.fixture
def now():
    return [1_000.0]


@pytest.fixture
def sessions(now):
    return Sessions(lambda: now[0])


@pytest.fixture
def served(bureau):
    bureau.access.serves_page_at("http://127.0.0.1:8000/")
    return bureau


def code_of(address):
    return address.partition("#code=")[2]


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


def test_of_codes_and_secrets_only_a_digest_is_kept(sessions):
    code, secret = sessions.new_code(ADA), sessions.begin(ADA)
    kept = repr([vars(one) if hasattr(one, "__dict__") else one for one in gc.get_referents(sessions.__dict__)])
    assert code not in kept
    assert secret not in kept
    assert len(code) == len(secret) == 43  # 256 bits


def test_an_address_brings_its_maker_to_the_page_to_look_and_search_and_no_more(served, me):
    address = served.access.page_address(me)
    assert address.startswith("http://127.0.0.1:8000/#code=")
    actor = served.access.visitor(served.access.enter_with_code(code_of(address)))
    assert (actor.name, actor.door, actor.token, actor.scopes) == (me.name, "page", "", PAGE)
    with pytest.raises(NotAllowed):
        served.encounters.remove(actor, person="anybody")
    with pytest.raises(NotAllowed):
        served.access.create_token("mine", actor)
    with pytest.raises(NotAllowed):
        served.access.page_address(actor)


def test_nobody_serves_no_page(bureau, me):
    with pytest.raises(NotServed, match="biomatch serve"):
        bureau.access.page_address(me)


def test_a_tokens_session_may_do_what_the_token_may_and_ends_with_it(served, me):
    made, text = served.access.create_token("post 7", me, scopes=["abis.identify"])
    secret = served.access.enter_with_token(text)
    actor = served.access.visitor(secret)
    assert actor == served.access.authenticate(text)
    served.access.revoke_token(made.token, me)
    with pytest.raises(TokenRevoked):
        served.access.visitor(secret)


def test_a_tokens_session_shares_its_quota(served, me):
    _, text = served.access.create_token("post 7", me, per_minute=2)
    secret = served.access.enter_with_token(text)
    served.access.visitor(secret)
    with pytest.raises(QuotaSpent):
        served.access.visitor(secret)


def test_a_forged_token_begins_no_session_and_tries_are_counted(served):
    for _ in range(TRIES_PER_MINUTE):
        with pytest.raises(TokenUnknown):
            served.access.enter_with_token("biomatch_00000000_0")
    with pytest.raises(TooManyTries):
        served.access.enter_with_code("0")


def test_a_good_code_or_token_is_taken_however_many_wrong_ones_came(served, me):
    """From its address, and from all."""
    _, text = served.access.create_token("post 7", me)
    for number in range(TRIES_OF_ALL + 2 * TRIES_PER_MINUTE):
        with pytest.raises((CodeRefused, TooManyTries)):
            served.access.enter_with_code("0", f"192.0.2.{number % 20}")
    for peer in ("192.0.2.0", "198.51.100.1", "192.0.2.0"):
        served.access.visitor(served.access.enter_with_code(code_of(served.access.page_address(me)), peer))
        served.access.visitor(served.access.enter_with_token(text, peer))
    with pytest.raises(TooManyTries):
        served.access.enter_with_code("0", "192.0.2.0")


def test_good_codes_are_not_counted(served, me):
    for _ in range(2 * TRIES_PER_MINUTE):
        served.access.enter_with_code(code_of(served.access.page_address(me)))
    with pytest.raises(CodeRefused):
        served.access.enter_with_code("0")
