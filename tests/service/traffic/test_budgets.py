"""What requests in hand may take together, and what one caller may take of it."""

import asyncio

import pytest

from biomatch.errors import TooBusy
from biomatch.service import Settings, create_app
from biomatch.service.traffic.budgets import Admission, Budget, Budgets


def test_no_more_is_taken_than_there_is():
    budget = Budget(2, "requests are answered")
    budget.take("ours")
    budget.take("theirs")
    with pytest.raises(TooBusy, match="2 requests are answered at a time"):
        budget.take("others")
    budget.give_back("ours")
    budget.take("others")


def test_a_caller_leaves_a_quarter_to_the_others():
    budget = Budget(8, "requests are answered")
    budget.take("ours", 6)
    with pytest.raises(TooBusy, match="of one caller 6"):
        budget.take("ours")
    budget.take("theirs", 2)
    assert budget.taken == 8


def test_who_is_not_known_takes_nothing():
    budgets = Budgets(requests=1, bodies=1, held=100)
    for with_body in (True, False):
        Admission(budgets, with_body=with_body)
    assert (budgets.requests.taken, budgets.bodies.taken) == (0, 0)


def test_a_request_is_counted_once_and_given_back():
    budgets = Budgets(requests=2, bodies=2, held=100)
    one = Admission(budgets, with_body=False)
    one.enter("ours")
    one.enter("ours")
    assert budgets.requests.taken == 1
    one.end()
    one.end()
    assert budgets.requests.taken == 0


def test_a_body_that_arrives_keeps_nobody_from_being_answered():
    budgets = Budgets(requests=1, bodies=2, held=100)
    arriving = [Admission(budgets, with_body=True) for _ in range(2)]
    for one, caller in zip(arriving, ("ours", "theirs"), strict=True):
        one.enter(caller)
    with pytest.raises(TooBusy, match="bodies"):
        Admission(budgets, with_body=True).enter("others")
    answered = Admission(budgets, with_body=False)
    answered.enter("others")
    assert (budgets.requests.taken, budgets.bodies.taken) == (1, 2)
    for one in (*arriving, answered):
        one.end()
    assert (budgets.requests.taken, budgets.bodies.taken) == (0, 0)


def test_bytes_are_given_back_with_the_request():
    budgets = Budgets(requests=4, bodies=4, held=100)
    one, other = Admission(budgets, with_body=True), Admission(budgets, with_body=True)
    one.enter("ours")
    other.enter("theirs")
    one.hold(70)
    with pytest.raises(TooBusy, match="bytes"):
        other.hold(31)
    with pytest.raises(TooBusy, match="bytes"):
        one.hold(6)  # more than its caller's share
    other.hold(30)
    one.end()
    other.end()
    assert budgets.held.taken == 0


def test_a_whole_body_waits_for_its_turn():
    async def run() -> list[str]:
        budgets, order = Budgets(requests=1, bodies=2, held=100), []
        first, second = Admission(budgets, with_body=False), Admission(budgets, with_body=True)
        first.enter("theirs")
        second.enter("ours")

        async def wait() -> None:
            await second.whole()
            order.append("second")

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        order.append("first is over")
        first.end()
        await waiting
        assert (budgets.requests.taken, budgets.bodies.taken) == (1, 0)
        second.end()
        return order

    assert asyncio.run(run()) == ["first is over", "second"]


@pytest.mark.parametrize("body", [1_024, 64 << 20, 200 << 20])
def test_one_caller_can_always_send_one_body(body):
    app = create_app(None, Settings(max_body_bytes=body, max_held_bytes=1_024))
    (limits,) = [one.kwargs["limits"] for one in app.user_middleware if "limits" in one.kwargs]
    assert Budgets(1, 1, limits.held_bytes).held.share >= body
