"""Labels come with the numbers of the rows that they are of."""

import numpy as np
import pytest

from biomatch.gallery.interface import Entry
from biomatch.store import open_store
from biomatch.store.database import reading
from biomatch.store.rows.labels import labels_between
from biomatch.template import Minutiae, Template


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "gallery")
    template = Template(Minutiae.of(*np.ones((4, 3))), 100, 100)
    marks = [frozenset(("a", "b")), frozenset(), frozenset("a"), frozenset("c")]
    opened.log.append([Entry("ada", "e", f"print{number}", template, each) for number, each in enumerate(marks, 1)])
    yield opened
    opened.close()


def test_those_between_come_and_prints_without_labels_are_left_out(store):
    with reading(store.engine, store.folder) as connection:
        assert labels_between(connection, 1, 3) == {1: {"a", "b"}, 3: {"a"}}
        assert labels_between(connection, 2, 2) == {}
