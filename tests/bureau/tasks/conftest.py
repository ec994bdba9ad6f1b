"""Tasks that are begun."""

import pytest


@pytest.fixture
def begin():
    """begin(bureau, actor): a task of that actor; its name."""

    def begun(bureau, actor):
        return bureau.tasks.find_duplicates(actor).job

    return begun
