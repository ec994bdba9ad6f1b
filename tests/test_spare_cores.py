import threading

import pytest

from biomatch import deadlines
from biomatch.deadlines import Deadline, within
from biomatch.spare_cores import NO_SPARE_CORES, SpareCores


def meeting(parties: int):
    """A step that ends only when so many are at it at a time."""
    barrier = threading.Barrier(parties, timeout=10)

    def step(part):
        barrier.wait()
        return part * part

    return step


def test_a_free_core_takes_part_and_results_keep_their_order():
    spare = SpareCores(2)
    with spare.calling():
        assert spare.map(meeting(2), range(4)) == [0, 1, 4, 9]


def test_where_no_core_is_free_the_caller_does_all_itself():
    busy = SpareCores(2)
    with busy.calling(), busy.calling():
        for spare in (busy, NO_SPARE_CORES):
            assert spare.free == 0
            assert spare.map(lambda _: threading.current_thread(), range(3)) == [threading.current_thread()] * 3
    assert busy.free == 1


def test_every_free_core_gets_a_part():
    spare = SpareCores(2)
    with spare.calling():
        assert spare.shares(9) == [slice(0, 5), slice(5, 9)]
        assert spare.shares(1) == [slice(0, 1)]
        assert spare.shares(0) == [slice(0, 0)]
        with spare.calling():
            assert spare.shares(200) == [slice(0, 200)]


@pytest.mark.parametrize("wrong", [0, 3])
def test_what_a_step_raises_ends_the_work_of_all(wrong):
    spare, done = SpareCores(2), []

    def step(part):
        if part == wrong:
            raise ValueError(part)
        done.append(part)

    with spare.calling(), pytest.raises(ValueError, match=str(wrong)):
        spare.map(step, range(10_000))
    assert len(done) < 10_000
    with spare.calling():
        assert spare.map(str, [1, 2]) == ["1", "2"]


def test_the_deadline_holds_for_all_who_take_part():
    spare, both = SpareCores(2), threading.Barrier(2, timeout=10)

    def left(_):
        both.wait()
        return deadlines.left()

    with within(Deadline(5, clock=lambda: 0.0)), spare.calling():
        assert spare.map(left, range(2)) == [5, 5]
