"""What was removed is settled after a while, again until it is done, and at the latest when the gallery is closed."""

from __future__ import annotations

import threading

import pytest

from biomatch.errors import StoreFailed
from biomatch.gallery import erasure
from biomatch.gallery.erasure import Settler

SOON = 0.01  # s


class Work:
    """Counts its calls; says what it was told to say, and then that it is done."""

    def __init__(self, *answers: bool | Exception):
        self._answers = list(answers)
        self.calls = 0
        self.done = threading.Event()

    def __call__(self) -> bool:
        self.calls += 1
        answer = self._answers.pop(0) if self._answers else True
        if isinstance(answer, Exception):
            raise answer
        if answer:
            self.done.set()
        return answer


def closed(settler: Settler) -> None:
    """Closes it, in a thread that may not hang."""
    closing = threading.Thread(target=settler.close, daemon=True)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()


def test_one_that_has_settled_can_be_closed_and_has_nothing_left_to_do() -> None:
    work = Work()
    settler = Settler(work, SOON)
    settler.wake()
    assert work.done.wait(20)
    closed(settler)
    assert work.calls == 1


def test_what_is_open_is_settled_at_the_end() -> None:
    work = Work()
    settler = Settler(work, 3_600)
    settler.wake()
    settler.wake()
    closed(settler)
    assert work.calls == 1


def test_one_that_was_never_woken_does_nothing() -> None:
    work = Work()
    closed(Settler(work, SOON))
    assert work.calls == 0


@pytest.mark.parametrize("failure", [False, StoreFailed("disk", "in use")])
def test_what_does_not_succeed_is_tried_again(monkeypatch: pytest.MonkeyPatch, failure: bool | Exception) -> None:
    monkeypatch.setattr(erasure, "_AGAIN_S", SOON)
    work = Work(failure, failure)
    settler = Settler(work, SOON)
    settler.wake()
    assert work.done.wait(20)
    closed(settler)
    assert work.calls == 3


def test_a_removal_after_the_last_settling_is_settled_too() -> None:
    work = Work()
    settler = Settler(work, SOON)
    settler.wake()
    assert work.done.wait(20)
    work.done.clear()
    settler.wake()
    assert work.done.wait(20)
    closed(settler)
    assert work.calls == 2
