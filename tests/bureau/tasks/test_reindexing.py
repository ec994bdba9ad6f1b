"""All images are extracted anew; nobody sees a gallery that is half the old one."""

import threading

import pytest

from biomatch.bureau import FAILURE, Actor
from biomatch.bureau.tasks import reindexing as module
from biomatch.errors import NotAllowed
from biomatch.store import JobLost
from biomatch.store.jobs.items import STAGED

NEW = "standin/2"


@pytest.fixture
def old(open_bureau, me, image, record):
    """Ten images of five persons by the old version, one of them inactive, and a record; opened by the old version."""
    bureau = open_bureau()
    for number in range(1, 6):
        bureau.encounters.enrol(
            f"person {number}", [image(number), image(number + 10)], me, encounter="e", labels=frozenset({"l"})
        )
    bureau.encounters.set_status("person 5", "e", False, me)
    bureau.encounters.enrol("sent", [record(30)], me)
    return bureau


@pytest.fixture
def anew(old, open_bureau):
    """anew(): the same folder, by the new version."""

    def opened(version=NEW):
        old.close()
        return open_bureau(version=version)

    return opened


def versions(bureau):
    return {stored.print_id: stored.extractor for stored in bureau._context.store.prints.all()}


def test_every_image_is_by_the_new_version_and_all_else_stays(anew, me, record, done):
    bureau = anew()
    before = {stored.print_id: stored for stored in bureau._context.store.prints.all()}
    task = done(bureau, bureau.tasks.reindex(me).job, me)
    assert (task.state, task.done, task.total, task.counts["extracted"], task.counts["failed"]) == ("done", 10, 10, 10, 0)
    after = {stored.print_id: stored for stored in bureau._context.store.prints.all()}
    assert after.keys() == before.keys()
    for name, stored in after.items():
        told = before[name]
        assert (stored.person, stored.encounter, stored.labels, stored.active, stored.created) == (
            (told.person, told.encounter, told.labels, told.active, told.created)
        )
        assert stored.extractor == (NEW if stored.has_image else told.extractor)
        assert bureau._context.store.prints.template(name).extractor == stored.extractor
    assert len(bureau._context.gallery) == 9
    assert bureau.searches.identify([record(3)], me).search.candidates[0].person == "person 3"
    assert bureau.upkeep.check(me).ok
    assert bureau._context.store.jobs.items(task.job, STAGED) == []


def test_it_opens_again_as_it_was_left(anew, open_bureau, me, record, done):
    bureau = anew()
    done(bureau, bureau.tasks.reindex(me).job, me)
    bureau.close()
    again = open_bureau(version=NEW)
    assert again.searches.identify([record(2)], me).search.candidates[0].person == "person 2"
    assert again.upkeep.check(me).ok


def test_nothing_outdated_is_nothing_to_do(old, me, done):
    task = done(old, old.tasks.reindex(me).job, me)
    assert (task.state, task.done, task.total) == ("done", 0, 0)
    assert old.upkeep.check(me).ok


def test_the_old_index_serves_until_all_is_there(anew, me, record, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    bureau = anew()
    bureau.tasks.reindex(me)
    job = bureau._context.store.jobs.claim()
    for steps in range(4):
        assert NEW not in versions(bureau).values()
        assert bureau.searches.identify([record(4)], me).search.candidates[0].person == "person 4"
        bureau.tasks.steps["reindex"](bureau._context.store.jobs.get(job.job))
        assert bureau.tasks.task(job.job, me).done == min(3 * (steps + 1), 10)
    assert NEW not in versions(bureau).values()
    bureau.tasks.steps["reindex"](bureau._context.store.jobs.get(job.job))
    assert list(versions(bureau).values()).count(NEW) == 10


def test_searches_go_on_while_the_index_is_made(anew, me, record, monkeypatch, done):
    bureau = anew()
    begun, go = threading.Event(), threading.Event()
    opened = bureau._context.gallery._upkeep._open_caches

    def slowly(**how):
        begun.set()
        assert go.wait(20)
        return opened(**how)

    monkeypatch.setattr(bureau._context.gallery._upkeep, "_open_caches", slowly)
    task = bureau.tasks.reindex(me)
    bureau.work()
    assert begun.wait(20)
    assert bureau.searches.identify([record(4)], me).search.candidates[0].person == "person 4"
    go.set()
    assert done(bureau, task.job, me).state == "done"


@pytest.mark.parametrize("steps", [1, 4])
def test_it_goes_on_where_it_stopped(anew, open_bureau, me, monkeypatch, steps, done):
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    bureau = anew()
    task = bureau.tasks.reindex(me)
    job = bureau._context.store.jobs.claim()
    for _ in range(steps):
        bureau.tasks.steps["reindex"](bureau._context.store.jobs.get(job.job))
    extracted = bureau.pool.extracted
    bureau.close()
    again = open_bureau(version=NEW)
    assert again.tasks.reindex(me).job == task.job  # the same command, given again
    assert done(again, task.job, me).state == "done"
    assert extracted + again.pool.extracted == 10
    assert again.upkeep.check(me).ok


def test_who_was_taken_for_dead_does_not_switch(anew, me):
    bureau = anew()
    bureau.tasks.reindex(me)
    stale = bureau._context.store.jobs.claim()
    bureau.tasks.steps["reindex"](stale)
    late = bureau._context.store.jobs.get(stale.job)
    bureau._context.store.jobs.let_go(late)
    bureau._context.store.jobs.claim()
    with pytest.raises(JobLost):
        bureau.tasks.steps["reindex"](late)
    assert NEW not in versions(bureau).values()
    assert bureau.upkeep.check(me).ok


def test_what_changes_meanwhile_stays_changed(anew, me, record, image, done):
    bureau = anew()
    bureau.tasks.reindex(me)
    job = bureau._context.store.jobs.claim()
    bureau.tasks.steps["reindex"](job)
    bureau.encounters.remove(me, person="person 1")
    bureau.encounters.merge("person 2", "sent", me)
    bureau.encounters.move("new", "person 3", "e", me)
    bureau.encounters.set_status("person 5", "e", True, me)
    bureau.encounters.set_galleries("person 4", "e", frozenset({"other"}), me)
    bureau.encounters.enrol("late", [image(50)], me)
    assert done(bureau, job.job, me).state == "done"
    prints = list(bureau._context.store.prints.all())
    assert {stored.person for stored in prints} == {"person 2", "new", "person 4", "person 5", "late"}
    assert all(stored.extractor == NEW for stored in prints if stored.has_image)
    assert all(stored.active for stored in prints)
    assert {label for stored in prints if stored.person == "person 4" for label in stored.labels} == {"other"}
    assert bureau.searches.identify([record(3)], me).search.candidates[0].person == "new"
    assert bureau.upkeep.check(me).ok


def test_an_original_that_is_lost_or_cannot_be_read_any_more_is_told(anew, me, monkeypatch, done):
    bureau = anew()
    by_person = {stored.person: stored for stored in bureau._context.store.prints.all()}
    lost, bad = by_person["person 1"], by_person["person 2"]
    bureau._context.store.blobs.remove([(lost.person, lost.source_sha256)])
    original = module.original_of
    monkeypatch.setattr(module, "original_of", lambda *one: (b"nothing", "x") if one[1] == bad else original(*one))
    task = done(bureau, bureau.tasks.reindex(me).job, me)
    assert (task.counts["extracted"], task.counts["failed"]) == (8, 2)
    told = {one.what.name: one.what.code for one in bureau.tasks.task_result(task.job, me, kind=FAILURE)}
    assert told == {lost.print_id: "original-not-kept", bad.print_id: "unreadable-image"}
    assert {versions(bureau)[name] for name in told} == {"standin/1"}


def test_a_past_search_can_be_repeated_afterwards(anew, me, record, done):
    bureau = anew()
    kept = bureau.searches.identify([record(4)], me).kept
    done(bureau, bureau.tasks.reindex(me).job, me)
    assert bureau.searches.replay(kept, me).same


def test_templates_in_waiting_go_with_their_person(anew, me):
    bureau = anew()
    bureau.tasks.reindex(me)
    bureau.tasks.steps["reindex"](bureau._context.store.jobs.claim())
    (job,) = bureau.tasks.tasks(me)
    assert len(bureau._context.store.jobs.items(job.job, STAGED)) == 10
    bureau.encounters.remove(me, person="person 1")
    assert len(bureau._context.store.jobs.items(job.job, STAGED)) == 8


def test_each_print_is_in_a_leaf(anew, me, done):
    bureau = anew()
    size = bureau._context.store.audit.size()
    task = done(bureau, bureau.tasks.reindex(me).job, me)
    leaves = [leaf.said for leaf in bureau.upkeep.audit_leaves(me, first=size)]
    assert [leaf["act"] for leaf in leaves] == ["begin-task", "reindex", "end-task"]
    assert len(leaves[1]["details"]["prints"]) == 10
    assert leaves[1]["madeBy"] == {"extractor": NEW}
    assert leaves[2]["details"]["counts"] == {"extracted": 10, "failed": 0} == task.counts


def test_only_who_is_on_this_machine_may(anew):
    with pytest.raises(NotAllowed):
        anew().tasks.reindex(Actor("kit", "http", scopes=frozenset()))
