"""Whoever guesses is slowed, and locks nobody out."""

import pytest

from biomatch.bureau.access.guesses import MOST_TRUSTED, OF_ACCOUNT, OF_PEER, Guesses
from biomatch.errors import TooManyTries


def tries(guesses, peer, account, most=1_000):
    for count in range(most):
        try:
            guesses.refuse(peer, account)
        except TooManyTries:
            return count
    return most


def test_a_peer_has_so_many_tries_a_minute():
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    assert tries(guesses, "p", "ada") == OF_PEER
    assert tries(guesses, "p", "ben") == 0
    now[0] = 60.0
    assert tries(guesses, "p", "ada") == OF_PEER


def test_many_peers_together_lock_out_nobody_who_signed_in_from_there_before():
    guesses = Guesses(lambda: 0.0)
    guesses.trust("home", "ada")
    assert sum(tries(guesses, f"p{n}", "ada", OF_PEER) for n in range(20)) == OF_ACCOUNT
    assert tries(guesses, "home", "ada") == OF_PEER
    assert tries(guesses, "another", "ben") == OF_PEER


def test_so_many_pairs_are_remembered_and_the_oldest_goes():
    guesses = Guesses(lambda: 0.0)
    for n in range(MOST_TRUSTED + 1):
        guesses.trust("home", f"user {n}")
    for account in ("user 0", f"user {MOST_TRUSTED}"):
        assert sum(tries(guesses, f"p{n}", account, 1) for n in range(2 * OF_ACCOUNT)) == OF_ACCOUNT
    guesses.refuse("home", f"user {MOST_TRUSTED}")
    with pytest.raises(TooManyTries):
        guesses.refuse("home", "user 0")
