import threading
from contextvars import copy_context

import pytest

from biomatch import deadlines
from biomatch.deadlines import Deadline, Turn, Turns, within
from biomatch.errors import DeadlinePassed


def test_without_a_deadline_everything_takes_as_long_as_it_takes():
    deadlines.check()
    assert deadlines.left() is None


def test_a_deadline_passes_for_what_is_done_under_it_and_for_nothing_else():
    now = [100.0]
    deadline = Deadline(5, clock=lambda: now[0])
    with within(deadline):
        now[0] = 104.0
        deadlines.check()
        assert deadlines.left() == 1.0
        now[0] = 105.0
        with pytest.raises(DeadlinePassed, match="within 5 s") as raised:
            deadlines.check()
        assert raised.value.values == {"seconds": 5}
        assert deadlines.left() == 0.0
    deadlines.check()


def test_a_thread_that_got_the_context_has_the_deadline():
    with within(Deadline(0)):
        context = copy_context()
    found = []
    thread = threading.Thread(target=context.run, args=(lambda: found.append(deadlines.left()),))
    thread.start()
    thread.join()
    assert found == [0.0]


def test_nobody_waits_for_a_turn_longer_than_their_deadline():
    turn = Turn()
    with turn, within(Deadline(0.05)), pytest.raises(DeadlinePassed), turn:
        pytest.fail("two had their turn")
    with turn:
        pass


def test_a_turn_that_comes_too_late_is_given_on():
    turn = Turn()
    with within(Deadline(0)), pytest.raises(DeadlinePassed), turn:
        pytest.fail("its deadline had passed")
    with turn:
        pass


def test_a_wait_ends_soon_after_the_deadline_or_earlier() -> None:
    assert deadlines.at_most(30, late=2) == 30
    with within(Deadline(10, clock=lambda: 0.0)):
        assert deadlines.at_most(30, late=2) == 12
        assert deadlines.at_most(30) == 10
        assert deadlines.at_most(5, late=2) == 5


def test_turns_are_of_a_name_each_and_leave_nothing():
    turns = Turns()
    with turns.of("ada"), turns.of("bob"), within(Deadline(0.05)), pytest.raises(DeadlinePassed), turns.of("ada"):
        pytest.fail("two had the turn of one name")
    with turns.of("ada"):
        pass
    assert not turns._turns
