"""A challenge is for one answer, soon, and nobody's flood pushes out another's."""

import pytest

from biomatch.bureau.access.challenges import MOST, MOST_OF_PEER, SECONDS, Challenges
from biomatch.errors import PasskeyLate


def is_there(challenges, challenge, user=""):
    try:
        challenges.take(challenge, user)
    except PasskeyLate:
        return False
    return True


def test_a_challenge_is_taken_once_by_whom_it_was_made_for():
    challenges = Challenges()
    one, of_ada = challenges.new("here"), challenges.new("here", "ada")
    assert one != of_ada
    assert is_there(challenges, one)
    assert not is_there(challenges, one)
    assert not is_there(challenges, of_ada)
    assert not is_there(challenges, of_ada, "ada")  # it was tried, and is gone
    assert not is_there(challenges, b"of mine")


def test_it_is_for_some_minutes():
    now = [0.0]
    challenges = Challenges(lambda: now[0])
    first, second = challenges.new("here"), challenges.new("here")
    now[0] = SECONDS - 1
    assert is_there(challenges, first)
    now[0] = SECONDS
    assert not is_there(challenges, second)


def test_a_flood_from_one_address_pushes_out_its_own():
    challenges = Challenges()
    mine, theirs = challenges.new("home"), [challenges.new("there") for _ in range(MOST_OF_PEER + 1)]
    assert [is_there(challenges, one) for one in theirs] == [False] + [True] * MOST_OF_PEER
    assert is_there(challenges, mine)


def test_so_many_wait_at_most():
    challenges = Challenges()
    made = [challenges.new(f"address {n}") for n in range(MOST + 1)]
    assert len(challenges._waiting) == MOST
    assert not is_there(challenges, made[0])
    assert is_there(challenges, made[-1])


def test_those_of_a_user_are_forgotten():
    challenges = Challenges()
    kept, gone = challenges.new("here"), challenges.new("here", "ada")
    challenges.forget("ada")
    with pytest.raises(PasskeyLate):
        challenges.take(gone, "ada")
    challenges.take(kept)
