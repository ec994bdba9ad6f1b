"""A job is open until it has ended, however it ended."""

from dataclasses import replace

import pytest

from biomatch.store.jobs.job import OPEN, StoredJob
from biomatch.store.rows.tables import CANCELLED, DONE, FAILED, RUNNING, WAITING

JOB = StoredJob("j1", "test", WAITING, {}, None, 0, None, {}, None, {}, "", 0, "2026-11-27", None)


@pytest.mark.parametrize("state", [WAITING, RUNNING, DONE, FAILED, CANCELLED])
def test_it_is_open_while_it_waits_and_runs(state):
    assert replace(JOB, state=state).is_open == (state in (WAITING, RUNNING)) == (state in OPEN)
