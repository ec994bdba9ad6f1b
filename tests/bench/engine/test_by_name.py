"""Extractors by name: ours where their models are, foreign ones where their packages are."""

import pytest

from biomatch.bench.engine import by_name
from biomatch.errors import PeerMissing, UnknownName
from biomatch.evaluation import peers
from biomatch.extraction import NAMES
from biomatch.learned import Models, shipped


@pytest.fixture
def bare(monkeypatch):
    """A machine without foreign extractors."""
    monkeypatch.setattr(by_name, "find_spec", lambda _: None)
    monkeypatch.setattr(peers, "find_spec", lambda _: None)


def test_all_of_ours_can_be_run_with_the_models_that_ship(bare):
    assert by_name.available(shipped()) == list(NAMES)


def test_those_whose_models_are_not_there_are_left_out(bare, tmp_path):
    for name in ("extractor_synthetic", "minutia_quality", "image_quality"):
        shipped().copy(name, tmp_path)
    assert "learned" not in by_name.available(Models(tmp_path))


def test_foreign_ones_are_named_where_they_are_installed(monkeypatch):
    monkeypatch.setattr(by_name, "find_spec", lambda package: package == peers.PACKAGES["mindtct"])
    assert by_name.available(shipped()) == [*NAMES, "mindtct"]


def test_an_unknown_name_is_told_with_those_that_there_are():
    with pytest.raises(UnknownName, match="'nothing'") as raised:
        by_name.check("nothing", ["templates"])
    assert all(name in str(raised.value) for name in ("templates", *NAMES))
    by_name.check("templates", ["templates"])


@pytest.mark.parametrize("make", [by_name.setup, by_name.extraction])
def test_one_that_is_not_installed_is_told_before_the_work(bare, make):
    arguments = (None,) if make is by_name.setup else (shipped(), 500.0)
    with pytest.raises(PeerMissing):
        make("mindtct", *arguments)


def test_ours_makes_of_bytes_what_it_makes_of_the_image(root):
    data = (root / "sample_data" / "enrol" / "P01-left-thumb_1.png").read_bytes()
    template = by_name.extraction("classical", shipped(), 500.0)(data)
    assert template.extractor.startswith("classical")
    assert by_name.setup("classical", None).extractor == "classical"
