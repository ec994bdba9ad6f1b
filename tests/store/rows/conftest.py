"""Entries of a log, and a store for them."""

import numpy as np
import pytest

from biomatch.gallery.interface import Entry
from biomatch.store import open_store
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition


def _template(seed, count=20):
    rng = np.random.default_rng(seed)
    minutiae = Minutiae.of(rng.uniform(0, 300, count), rng.uniform(0, 300, count), rng.uniform(0, 6, count))
    return Template(minutiae, 300, 300, position=FingerPosition.RIGHT_INDEX, extractor="made/1")


def _entry(name, person="ada", **more):
    return Entry(person, "e1", name, _template(sum(name.encode())), **more)


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


@pytest.fixture
def entry():
    """entry(print_id, person="ada", **more): an entry whose template follows from its name."""
    return _entry
