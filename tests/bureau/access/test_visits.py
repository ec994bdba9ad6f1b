"""Who may come to the page, with an address or a token, and what they may do there."""

import pytest

from biomatch.bureau.access.sessions import (
    TRIES_OF_ALL,
    TRIES_PER_MINUTE,
)
from biomatch.bureau.access.visits import PAGE
from biomatch.errors import (
    CodeRefused,
    NotAllowed,
    NotServed,
    QuotaSpent,
    TokenRevoked,
    TokenUnknown,
    TooManyTries,
)


@pytest.fixture
def served(bureau):
    bureau.access.serves_page_at("http://127.0.0.1:8000/")
    return bureau


def code_of(address):
    return address.partition("#code=")[2]


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
