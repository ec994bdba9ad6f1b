"""Jobs that are submitted, worked at and ended."""

import pytest

from biomatch.store import Act, JobItem, open_store


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


@pytest.fixture
def submit(store):
    def submitted(job, token="", inputs=()):
        actor = {"name": "me", "door": "test"}
        with store.transaction() as work:
            store.jobs.submit(work, job, "test", {"of": "Zebedee"}, actor=actor, token=token, inputs=inputs)
            work.tell(Act("start-task", {"name": "me"}, details={"task": job}))

    return submitted


def _write(store, job, step, *acts):
    with store.transaction() as work:
        work.step(job, step)
        for act in acts:
            work.tell(act)


def _fail(store, job, *words):
    with store.transaction() as work:
        store.jobs.fail(work, job, *words)
        work.tell(Act("end-task", {}))
    store.jobs.destroy_inputs(job.job)


def _cancel(store, job):
    with store.transaction() as work:
        store.jobs.cancel(work, job)
        work.tell(Act("cancel-task", {}))
    store.jobs.destroy_inputs(job)


def _note(words, *persons, name=None):
    return JobItem("note", words.encode(), persons, name)


def _notes(store, job):
    return [content.decode() for _, _, content in store.jobs.items(job)]


@pytest.fixture
def write():
    """write(store, job, step, *acts): a step of a job, with leaves."""
    return _write


@pytest.fixture
def fail():
    """fail(store, job, code, message)"""
    return _fail


@pytest.fixture
def cancel():
    """cancel(store, name)"""
    return _cancel


@pytest.fixture
def note():
    """note(words, *persons, name=None): an item of a job's result."""
    return _note


@pytest.fixture
def notes():
    """notes(store, name): the words of a job's result, in order."""
    return _notes
