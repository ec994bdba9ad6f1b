"""What nobody waits for any more is not begun, and leaves nothing behind."""

import threading
import time

import pytest

from biomatch import deadlines
from biomatch.deadlines import Deadline, within
from biomatch.errors import DeadlinePassed


def test_a_use_case_that_waited_too_long_is_not_begun(bureau, me, image):
    with within(Deadline(0)):
        for ask in (lambda: bureau.encounters.enrol("ada", [image(1)], me), lambda: bureau.searches.identify([image(1)], me)):
            with pytest.raises(DeadlinePassed):
                ask()
    assert bureau.upkeep.counts(me) == (0, 0, 0)
    assert bureau.pool.extracted == 0


def test_an_enrolment_that_waits_for_its_turn_too_long_leaves_nothing(bureau, me, image):
    with bureau._context.writing, within(Deadline(0.2)), pytest.raises(DeadlinePassed):
        bureau.encounters.enrol("ada", [image(1)], me.repeating("k"))
    assert bureau.pool.extracted == 1
    assert bureau.upkeep.check(me).ok  # no original without a row
    assert bureau.upkeep.counts(me) == (0, 0, 0)
    bureau.encounters.enrol("ada", [image(1)], me.repeating("k"))
    assert bureau.upkeep.counts(me) == (1, 1, 1)


def test_several_prints_are_extracted_under_the_deadline_of_their_request(bureau, me, image, monkeypatch):
    asked = []

    def slow(task):
        asked.append(threading.current_thread().name)
        time.sleep(0.05)
        deadlines.check()

    monkeypatch.setattr(bureau.pool, "call", slow)
    with within(Deadline(0.04)), pytest.raises(DeadlinePassed):
        bureau.searches.identify([image(1), image(2)], me)
    assert len(asked) == 2
