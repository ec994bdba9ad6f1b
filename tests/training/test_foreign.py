"""Minutiae of another extractor: found once, kept by hardness, and what cannot be read is left out."""

from __future__ import annotations

import pytest

from biomatch.errors import PeerMissing, UnreadableImage
from biomatch.evaluation import peers
from biomatch.evaluation.protocol import Sample
from biomatch.template import Minutiae, Template
from biomatch.training import foreign


@pytest.fixture
def samples(tmp_path, sample_print):
    """Two prints of a finger, one of a set that only fills galleries, and one that is no image."""
    rows = (("db1", 1, True), ("db1", 2, True), ("db1_a", 3, True), ("db1", 4, False))
    made = []
    for name, number, readable in rows:
        path = tmp_path / f"{number}.png"
        path.write_bytes(sample_print("P01-right-index_1") if readable else b"no image")
        made.append(Sample(name, "f1", number, path, 500.0))
    return made


@pytest.fixture
def asked(monkeypatch):
    """Images that a made extractor was given, in place of MINDTCT; it finds one minutia in each."""
    seen = []

    def look(data, ppi):
        if data == b"no image":
            raise UnreadableImage("made")
        seen.append((data, ppi))
        return Template(Minutiae.of([10], [20], [0.5], [1], [0.5]), 100, 100)

    monkeypatch.setattr(foreign, "need", lambda name: None)
    monkeypatch.setattr(foreign, "mindtct_template", look)
    return seen


def test_fillers_and_what_is_no_image_are_left_out(samples, asked):
    found = foreign.templates(samples, None)
    assert [(one.set, one.finger, one.impression, one.group) for one in found] == [("db1", "f1", n, "db1") for n in (1, 2)]
    assert [len(one.template.minutiae) for one in found] == [1, 1]


def test_what_was_found_once_is_kept_by_hardness(samples, asked, tmp_path):
    first = foreign.templates(samples[:2], tmp_path / "cache")
    assert [one.template for one in foreign.templates(samples[:2], tmp_path / "cache")] == [one.template for one in first]
    assert len(asked) == 2
    foreign.templates(samples[:2], tmp_path / "cache", hardness=1)
    assert len(asked) == 4
    kept = sorted(str(path.relative_to(tmp_path / "cache")) for path in (tmp_path / "cache").rglob("*.bmt"))
    assert kept == [f"mindtct-{hardness}/db1/{n}.bmt" for hardness in (0, 1) for n in (1, 2)]


def test_a_degraded_copy_is_the_same_every_time_and_each_print_has_its_own(samples, asked):
    for _ in range(2):
        foreign.templates(samples[:2], None, hardness=1)
    (one, ppi), (two, _), (again, _), _ = asked
    assert one == again != two
    assert ppi == 500
    assert one != samples[0].path.read_bytes()


def test_without_its_package_nothing_is_extracted(samples, monkeypatch):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    with pytest.raises(PeerMissing, match="nbis-python"):
        foreign.templates(samples, None)
