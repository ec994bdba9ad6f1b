"""A gallery against itself: each pair of persons who look like one, once."""

import json

import pytest

from biomatch.bureau import Actor, Scope
from biomatch.bureau.tasks import duplicates as module
from biomatch.errors import BadRequest, LabelNotFound, NotAllowed, PurposeMissing
from biomatch.store import JobLost


@pytest.fixture
def twins(bureau, me, record):
    """Six persons; 3 is enrolled as "twin" too, and 5 twice over."""
    for number in range(1, 7):
        labels = frozenset({"even"} if number % 2 == 0 else {"odd"})
        bureau.encounters.enrol(f"person {number:02}", [record(number)], me, labels=labels)
    bureau.encounters.enrol("twin", [record(3, again=1)], me, labels=frozenset({"odd"}))
    bureau.encounters.enrol("double", [record(5, again=1)], me)
    bureau.encounters.enrol("triple", [record(5, again=2)], me)
    return bureau


EXPECTED = {
    frozenset(pair) for pair in (("person 03", "twin"), ("person 05", "double"), ("person 05", "triple"), ("double", "triple"))
}


def pairs(bureau, task, me):
    return [frozenset((one.what.person, one.what.other)) for one in bureau.tasks.task_result(task, me)]


def test_whoever_is_enrolled_twice_is_found_once(twins, me, done):
    task = done(twins, twins.tasks.find_duplicates(me).job, me)
    assert (task.state, task.done, task.total, task.counts) == ("done", 9, 9, {"results": 4})
    found = pairs(twins, task.job, me)
    assert set(found) == EXPECTED
    assert len(found) == len(EXPECTED)
    for one in twins.tasks.task_result(task.job, me):
        assert one.what.score >= 30
        best = one.what.agreements[0]
        assert twins.encounters.stored(best.print_id, me).person == one.what.person
        assert twins.encounters.stored(best.other_print_id, me).person == one.what.other


def test_a_gallery_may_be_one_label(twins, me, done):
    assert set(pairs(twins, done(twins, twins.tasks.find_duplicates(me, label="odd", score=40.0).job, me).job, me)) == {
        frozenset(("person 03", "twin"))
    }
    assert pairs(twins, done(twins, twins.tasks.find_duplicates(me, label="even", score=40.0).job, me).job, me) == []
    with pytest.raises(LabelNotFound):
        twins.tasks.find_duplicates(me, label="none")


@pytest.mark.parametrize(
    ("wish", "count"), [({"score": 1e6}, 0), ({"llr": 1e6}, 0), ({"llr": 2.0}, 4), ({"fpir": 0.9, "score": 40.0}, 4)]
)
def test_the_threshold_may_be_said_in_three_ways(twins, me, wish, count, done):
    assert len(pairs(twins, done(twins, twins.tasks.find_duplicates(me, **wish).job, me).job, me)) == count


def test_a_higher_rate_of_strangers_tells_more_pairs(twins, me, done):
    assert len(pairs(twins, done(twins, twins.tasks.find_duplicates(me, fpir=0.9).job, me).job, me)) > 4


def test_prints_that_no_search_finds_take_no_part(twins, me, done):
    twins.encounters.set_status("twin", next(iter(twins.encounters.read("twin", me).encounters)), False, me)
    task = done(twins, twins.tasks.find_duplicates(me).job, me)
    assert task.total == 8
    assert set(pairs(twins, task.job, me)) == EXPECTED - {frozenset(("person 03", "twin"))}


def test_it_goes_on_where_it_stopped(twins, open_bureau, me, monkeypatch, done):
    """The process is gone after one step, in the middle of the next: whoever opens the folder next goes on behind the first."""
    monkeypatch.setattr(module, "_AT_ONCE", 4)
    task = twins.tasks.find_duplicates(me).job
    job = twins._context.store.jobs.claim()
    twins.tasks.steps["find-duplicates"](job)
    twins.close()
    again = open_bureau()
    searched = []
    search = module.twins_of
    monkeypatch.setattr(module, "twins_of", lambda *one: (searched.append(one[1]), search(*one))[1])
    assert done(again, task, me).state == "done"
    assert set(pairs(again, task, me)) == EXPECTED
    assert len(searched) == 9 - 4


def test_a_holder_that_was_taken_for_dead_tells_nothing(twins, me):
    task = twins.tasks.find_duplicates(me).job
    stale = twins._context.store.jobs.claim()
    twins._context.store.jobs.let_go(stale)
    assert twins._context.store.jobs.claim().job == task
    size = twins._context.store.audit.size()
    with pytest.raises(JobLost):
        twins.tasks.steps["find-duplicates"](stale)
    assert pairs(twins, task, me) == []
    assert twins._context.store.audit.size() == size


def test_what_is_cancelled_ends_and_keeps_what_it_found(twins, me, monkeypatch, done):
    monkeypatch.setattr(module, "_AT_ONCE", 4)
    task = twins.tasks.find_duplicates(me).job
    twins.tasks.steps["find-duplicates"](twins._context.store.jobs.claim())
    found = pairs(twins, task, me)
    twins.tasks.cancel_task(task, me)
    assert done(twins, task, me).state == "cancelled"
    assert pairs(twins, task, me) == found != []


def test_who_is_erased_is_in_no_result_and_no_leaf(twins, me, done):
    task = done(twins, twins.tasks.find_duplicates(me).job, me)
    twins.encounters.remove(me, person="person 05")
    assert set(pairs(twins, task.job, me)) == {frozenset(("person 03", "twin")), frozenset(("double", "triple"))}
    leaves = twins.upkeep.audit_leaves(me)
    told = [
        json.loads(item.content)
        for leaf in leaves
        if leaf.said["act"] == "find-duplicates"
        for item in leaf.items
        if item.content
    ]
    assert {one["person"] for one in told} == {"person 03", "twin", "double", "triple"}
    assert twins.upkeep.verify_audit(me).ok


def test_beginning_and_end_are_in_the_audit_tree(twins, me, done):
    task = done(twins, twins.tasks.find_duplicates(me.searching_for("clean up", "law 7")).job, me)
    leaves = [leaf.said for leaf in twins.upkeep.audit_leaves(me, first=10)]
    assert [leaf["act"] for leaf in leaves] == ["begin-task", "find-duplicates", "end-task"]
    assert {leaf["details"]["task"] for leaf in leaves} == {task.job}
    assert {(leaf["purpose"], leaf["legalBasis"]) for leaf in leaves} == {("clean up", "law 7")}
    assert {leaf["actor"]["name"] for leaf in leaves} == {"tester"}
    assert leaves[1]["details"]["pairs"] == 8  # each from both sides
    assert leaves[2]["details"]["counts"] == {"results": 4}
    assert not any("person" in leaf["details"] for leaf in leaves)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_threshold_is_a_number(bureau, me, value):
    for name in ("fpir", "score", "llr"):
        with pytest.raises(BadRequest):
            bureau.tasks.find_duplicates(me, **{name: value})


def test_a_bureau_wants_to_know_what_for(twins, me):
    twins.access.require_purpose(me)
    with pytest.raises(PurposeMissing):
        twins.tasks.find_duplicates(me)


def test_who_may_not_search_may_not_do_this_either(twins):
    with pytest.raises(NotAllowed):
        twins.tasks.find_duplicates(Actor("kit", "http", scopes=frozenset({Scope.TASK_READ})))
