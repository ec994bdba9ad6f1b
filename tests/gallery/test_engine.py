"""One set of models makes one engine, and names what took part."""

from __future__ import annotations

from pathlib import Path

import pytest

from biomatch import learned
from biomatch.descriptors import Describer
from biomatch.errors import ModelMissing
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches import kept_models
from biomatch.gallery.caches.snapshot import FILE
from biomatch.gallery.engine import Engine, former
from biomatch.learned import Models, shipped
from biomatch.sealing import CLEAR
from biomatch.store import KeyPlace
from biomatch.store.keys.master_key import open_keyring

ENGINE = Engine.of(shipped())


@pytest.fixture
def other(tmp_path: Path) -> Models:
    for name in ("calibration", "comparison", "index", "patch", "projection"):
        shipped().copy(name, tmp_path / "other")
    scaled = {name: array * 2 for name, array in shipped().arrays("comparison").items()}
    learned.save(tmp_path / "other", "comparison", scaled, {"data": "made up"})
    return Models(tmp_path / "other")


def test_it_names_each_model_that_took_part(other: Models) -> None:
    made_by = ENGINE.made_by
    assert made_by["index"] == f"index-{shipped().version('index')}"
    assert shipped().version("projection") in made_by["describer"]
    assert shipped().version("comparison") in made_by["comparer"]
    assert made_by["calibration"] == "shipped"
    changed = {name for name, version in Engine.of(other).made_by.items() if version != made_by[name]}
    assert changed == {"comparer", "search_rates"}  # that folder has no rates: rough ones stand in


def test_what_judges_by_other_models_has_the_same_index(other: Models) -> None:
    judging = ENGINE.judging_by(other)
    assert judging.indexing is ENGINE.indexing
    assert judging.made_by == Engine.of(other).made_by


def test_parts_that_are_given_stand_for_those_of_the_models() -> None:
    describer = Describer()
    assert Engine.of(shipped(), describer).indexing.describer is describer


def test_a_folder_without_models_makes_none(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        Engine.of(Models(tmp_path))


@pytest.fixture
def caches(tmp_path: Path) -> Path:
    """That the shipped models made."""
    LocalGallery(MemoryLog(), tmp_path / "caches").close()
    return tmp_path / "caches"


def test_who_made_the_caches_is_found_where_it_is_not_the_present_one(caches: Path, tmp_path: Path) -> None:
    lists = {name: array[::-1] for name, array in shipped().arrays("index").items() if array.ndim}
    for name in ("calibration", "comparison", "patch", "projection"):
        shipped().copy(name, tmp_path / "new")
    learned.save(tmp_path / "new", "index", dict(shipped().arrays("index")) | lists, {"data": "made up"})
    new = Engine.of(Models(tmp_path / "new"))
    assert former(caches, ENGINE.indexing, CLEAR) is None
    found = former(caches, new.indexing, CLEAR)
    assert found is not None
    assert found.engine.made_by == ENGINE.made_by
    assert found.versions == ENGINE.indexing.versions(CLEAR)
    assert former(caches, new.indexing, open_keyring(tmp_path, KeyPlace(), None)) is None  # it cannot read what is clear
    kept_models.tidy(caches, "none")
    assert former(caches, new.indexing, CLEAR) is None
    (caches / FILE).write_text("no snapshot")
    assert former(caches, new.indexing, CLEAR) is None
