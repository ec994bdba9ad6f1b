"""Prints of synthetic fingers, seen by an extractor, are kept for the next time."""

import pytest

import biomatch.training.patch.prints as module
from biomatch.training.data import SYNTHETIC


@pytest.fixture(scope="module")
def folder(root):
    return root / "models"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def made(folder, cache):
    return module.seen(2, 4, folder, cache, "classical")


def test_each_finger_has_prints_with_pictures_of_their_ridges(made):
    assert {p.finger for p in made} == {f"{SYNTHETIC}/0", f"{SYNTHETIC}/1"}
    assert {p.group for p in made} == {SYNTHETIC}
    assert len(made) >= 6
    assert sum(bool(p.template.ridges) and len(p.template.minutiae) > 5 for p in made) >= 5


def test_what_was_made_is_read_the_next_time(made, folder, cache, monkeypatch):
    monkeypatch.setattr(module, "of_finger", lambda *_: pytest.fail("made again"))
    again = module.seen(2, 4, folder, cache, "classical")
    assert [p.template.to_bytes() for p in again] == [p.template.to_bytes() for p in made]
    assert [p.path for p in again] == [p.path for p in made]


def test_another_seed_makes_others(made, folder, cache):
    other = module.seen(1, 5, folder, cache, "classical")
    assert other[0].template.to_bytes() != made[0].template.to_bytes()
