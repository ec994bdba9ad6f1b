"""A list of prints is enrolled line by line, whatever stops it: each print once, each failure told once."""

import os

import pytest

from biomatch.bureau import DUPLICATE, FAILURE, Actor, Scope
from biomatch.bureau.tasks import lists as module
from biomatch.errors import BadManifest, BadName, ImportRefused, KeyReused, NotAllowed, PurposeMissing
from biomatch.store import JobLost
from biomatch.store.jobs.items import INPUT

WRITER = Actor("writer", "http", token="w", scopes=frozenset({Scope.ENCOUNTER_WRITE, Scope.TASK_READ, Scope.TASK_UPDATE}))
SEARCHER = Actor("searcher", "http", token="s", scopes=WRITER.scopes | {Scope.IDENTIFY})


@pytest.fixture
def prints(image):
    """Eight images of eight persons, the last with the finger of the first; a file and a name that are none."""
    files = {f"{number}.png": image(number).data for number in range(1, 8)} | {"8.png": image(1).data, "bad.png": b"nothing"}
    rows = [f"{number}.png,person {number}" for number in range(1, 9)]
    return files, "\n".join(["path,person", *rows[:3], "bad.png,bob", *rows[3:], "2.png, "]).encode()


@pytest.fixture
def folder(prints, tmp_path):
    """The same in a folder."""
    files, manifest = prints
    place = tmp_path / "import"
    (place / "batch").mkdir(parents=True)
    for name, data in files.items():
        (place / "batch" / name).write_bytes(data)
    (place / "batch" / "list.csv").write_bytes(manifest.replace(b"2.png, ", b"none.png,dan"))
    return place


def persons(bureau):
    return sorted(stored.person for stored in bureau._context.store.prints.all())


ALL = [f"person {number}" for number in range(1, 9)]


def test_prints_that_came_with_their_list_are_enrolled(bureau, me, prints, done):
    files, manifest = prints
    task = done(bureau, bureau.tasks.enrol_sent(manifest, files, me, labels=frozenset({"batch"})).job, me)
    assert (task.state, task.done, task.total) == ("done", 10, 10)
    assert task.counts == {"enrolled": 8, "skipped": 0, "failed": 2, "results": 2}
    assert persons(bureau) == ALL
    assert bureau.encounters.labels(me) == {"batch": 8}
    failed = [one.what for one in bureau.tasks.task_result(task.job, me, kind=FAILURE)]
    assert [(one.line, one.name, one.code) for one in failed] == [(5, "bad.png", "unreadable-image"), (11, "2.png", "bad-name")]
    assert bureau._context.store.jobs.items(task.job, INPUT) == []
    assert bureau.upkeep.check(me).ok


def test_so_are_those_that_a_list_names_in_a_folder(bureau, me, folder, done):
    task = done(bureau, bureau.tasks.enrol_list(folder / "batch" / "list.csv", me).job, me)
    assert task.counts == {"enrolled": 8, "skipped": 0, "failed": 2, "results": 2}
    failed = [one.what.code for one in bureau.tasks.task_result(task.job, me, kind=FAILURE)]
    assert failed == ["unreadable-image", "file-unreadable"]
    again = done(bureau, bureau.tasks.enrol_list(folder / "batch" / "list.csv", me).job, me)
    assert again.job != task.job
    assert again.counts == {"enrolled": 0, "skipped": 8, "failed": 2, "results": 2}
    assert persons(bureau) == ALL


@pytest.mark.parametrize("way", ["sent", "folder"])
def test_who_was_here_before_is_told(bureau, me, prints, folder, way, done):
    files, manifest = prints
    begun = (
        bureau.tasks.enrol_sent(manifest, files, me, fpir=1e-6)
        if way == "sent"
        else bureau.tasks.enrol_list(folder / "batch" / "list.csv", me, fpir=1e-6)
    )
    task = done(bureau, begun.job, me)
    (one,) = bureau.tasks.task_result(task.job, me, kind=DUPLICATE)
    assert {one.what.person, one.what.other} == {"person 1", "person 8"}
    acts = [leaf.said["act"] for leaf in bureau.upkeep.audit_leaves(me, first=1)]
    assert acts == ["begin-task", "enrol", "find-duplicates", "end-task"]


@pytest.mark.parametrize("way", ["sent", "folder"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_it_goes_on_where_it_stopped(open_bureau, me, prints, folder, monkeypatch, way, steps, done):
    """Each print is enrolled once, and each failure and each pair told once, wherever the process was stopped."""
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    bureau = open_bureau()
    files, manifest = prints
    begun = (
        bureau.tasks.enrol_sent(manifest, files, me, fpir=1e-6)
        if way == "sent"
        else bureau.tasks.enrol_list(folder / "batch" / "list.csv", me, fpir=1e-6)
    )
    job = bureau._context.store.jobs.claim()
    for _ in range(steps):
        bureau.tasks.steps["enrol-list"](bureau._context.store.jobs.get(job.job))
    bureau.close()
    again = open_bureau()
    task = done(again, begun.job, me)
    assert task.counts == {"enrolled": 8, "skipped": 0, "failed": 2, "results": 3}
    assert persons(again) == ALL
    assert len(again.tasks.task_result(task.job, me, kind=FAILURE)) == 2
    (one,) = again.tasks.task_result(task.job, me, kind=DUPLICATE)
    assert {one.what.person, one.what.other} == {"person 1", "person 8"}
    assert again.upkeep.check(me).ok


def test_who_was_taken_for_dead_enrols_nothing(bureau, me, prints):
    files, manifest = prints
    bureau.tasks.enrol_sent(manifest, files, me)
    stale = bureau._context.store.jobs.claim()
    bureau._context.store.jobs.let_go(stale)
    bureau._context.store.jobs.claim()
    with pytest.raises(JobLost):
        bureau.tasks.steps["enrol-list"](stale)
    assert persons(bureau) == []
    assert len(bureau._context.gallery) == 0


def test_what_is_cancelled_leaves_no_image_in_waiting(bureau, me, prints, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    files, manifest = prints
    task = bureau.tasks.enrol_sent(manifest, files, me).job
    bureau.tasks.steps["enrol-list"](bureau._context.store.jobs.claim())
    assert len(bureau._context.store.jobs.items(task, INPUT)) == 7
    bureau.tasks.cancel_task(task, me)
    assert bureau._context.store.jobs.items(task, INPUT) == []
    assert persons(bureau) == ALL[:3]


def test_who_is_erased_while_others_wait_does_not_come_back(bureau, me, prints, image, done):
    files, manifest = prints
    bureau.encounters.enrol("person 5", [image(5)], me)
    task = bureau.tasks.enrol_sent(manifest, files, me).job
    bureau.encounters.remove(me, person="person 5")
    assert done(bureau, task, me).counts["enrolled"] == 7
    assert "person 5" not in persons(bureau)


def test_images_in_waiting_are_not_in_the_clear(bureau, me, prints):
    files, manifest = prints
    bureau.tasks.enrol_sent(manifest, files, me)
    (name,) = (one for one in files if one == "1.png")
    for path in bureau.folder.rglob("*"):
        if path.is_file():
            assert files[name] not in path.read_bytes(), path
            assert b"person 7" not in path.read_bytes(), path


def test_a_list_that_changes_meanwhile_ends_its_task(bureau, me, folder, monkeypatch, done):
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    path = folder / "batch" / "list.csv"
    task = bureau.tasks.enrol_list(path, me).job
    job = bureau._context.store.jobs.claim()
    bureau.tasks.steps["enrol-list"](job)
    path.write_bytes(path.read_bytes() + b"1.png,eve\n")
    os.utime(path, ns=(1, 1))
    bureau._context.store.jobs.let_go(bureau._context.store.jobs.get(task))
    found = done(bureau, task, me)
    assert (found.state, found.fault["code"]) == ("failed", "bad-manifest")
    assert persons(bureau) == ALL[:3]


def test_a_list_is_read_nowhere_but_in_its_folder(bureau, me, folder, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text("path,person\nimport/batch/1.png,ann\n")
    (folder / "link.csv").symlink_to(outside)
    for path in (outside, folder / ".." / "outside.csv", folder / "link.csv"):
        with pytest.raises(ImportRefused):
            bureau.tasks.enrol_list(path, WRITER, inside=folder)
    with pytest.raises(NotAllowed):
        bureau.tasks.enrol_list(outside, WRITER)


def test_nor_are_its_prints(bureau, me, folder, tmp_path, image, done):
    (tmp_path / "secret.png").write_bytes(image(9).data)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    lines = ["path,person", "../secret.png,ann", f"{tmp_path}/secret.png,ann", "link.png,ann", "batch/1.png,ben"]
    (folder / "list.csv").write_text("\n".join(lines))
    task = done(bureau, bureau.tasks.enrol_list(folder / "list.csv", WRITER, inside=folder).job, me)
    assert persons(bureau) == ["ben"]
    assert [one.what.code for one in bureau.tasks.task_result(task.job, me, kind=FAILURE)] == ["import-refused"] * 3


def test_what_a_list_names_and_is_no_print_of_that_size_is_told(bureau, me, folder, monkeypatch, done):
    """Nobody waits for a pipe, or reads a disk's worth into memory."""
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    os.mkfifo(folder / "pipe.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    names = ["pipe.png", "batch", "loop.png", "no\x00where.png", "batch/1.png"]
    (folder / "list.csv").write_text("\n".join(["path,person", *(f"{name},ann" for name in names)]))
    task = done(bureau, bureau.tasks.enrol_list(folder / "list.csv", WRITER, inside=folder).job, me)
    codes = [one.what.code for one in bureau.tasks.task_result(task.job, me, kind=FAILURE)]
    assert codes == ["file-unreadable", "file-unreadable", "import-refused", "import-refused", "file-unreadable"]
    with pytest.raises(ImportRefused):
        bureau.tasks.enrol_list(folder / "no\x00where.csv", WRITER, inside=folder)


@pytest.mark.parametrize(
    ("manifest", "fault"),
    [
        (b"path,person\nabsent.png,ann\n", "line 2 names absent.png, which did not come"),
        (b"path,person\n", "no line below the column names"),
        (b"path,person\n1.png,\n", "line 2 has no value for person"),
    ],
)
def test_a_list_that_cannot_be_followed_begins_nothing(bureau, me, prints, manifest, fault):
    with pytest.raises(BadManifest, match=fault):
        bureau.tasks.enrol_sent(manifest, prints[0], me)
    with pytest.raises(BadName):
        bureau.tasks.enrol_sent(prints[1], prints[0], me, labels=frozenset({"ALL"}))
    assert bureau.tasks.tasks(me) == []


def test_looking_for_duplicates_is_searching(bureau, me, prints):
    files, manifest = prints
    with pytest.raises(NotAllowed):
        bureau.tasks.enrol_sent(manifest, files, WRITER, fpir=1e-3)
    bureau.access.require_purpose(me)
    with pytest.raises(PurposeMissing):
        bureau.tasks.enrol_sent(manifest, files, SEARCHER, fpir=1e-3)
    assert bureau.tasks.enrol_sent(manifest, files, SEARCHER.searching_for("a", "b"), fpir=1e-3).total == 10


def test_a_list_under_an_idempotency_key_is_enrolled_once(bureau, prints):
    files, manifest = prints
    tasks = {bureau.tasks.enrol_sent(manifest, files, WRITER.repeating("k")).job for _ in range(2)}
    assert len(tasks) == 1
    with pytest.raises(KeyReused):
        bureau.tasks.enrol_sent(manifest, files | {"1.png": b"other"}, WRITER.repeating("k"))
