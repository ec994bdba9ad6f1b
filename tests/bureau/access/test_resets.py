"""Resets that wait for a second administrator: one a user, for a day, and never confirmed by whoever asked."""

import pytest

from biomatch.bureau.access.resets import DAY_SECONDS, Resets
from biomatch.errors import FourEyes, ResetNotAsked


@pytest.fixture
def now():
    return [1_000.0]


@pytest.fixture
def resets(now):
    return Resets(lambda: now[0])


def test_another_one_confirms_what_was_asked_for(resets):
    resets.ask("ada", "ida", "hash")
    assert (resets.asked("ada", "joe").by, resets.asked("ada", "joe").password) == ("ida", "hash")
    with pytest.raises(FourEyes):
        resets.asked("ada", "ida")
    with pytest.raises(ResetNotAsked):
        resets.asked("bob", "joe")


def test_a_reset_waits_for_a_day(resets, now):
    resets.ask("ada", "ida", "hash")
    now[0] += DAY_SECONDS - 1
    assert list(resets.all()) == ["ada"]
    now[0] += 1
    assert resets.all() == {}
    with pytest.raises(ResetNotAsked):
        resets.asked("ada", "joe")


def test_the_last_one_asked_for_counts_and_can_be_forgotten(resets):
    resets.ask("ada", "ida", "first")
    resets.ask("ada", "joe", "second")
    assert resets.asked("ada", "ida").password == "second"
    resets.forget("ada")
    resets.forget("ada")
    with pytest.raises(ResetNotAsked):
        resets.asked("ada", "ida")
