"""Synthetic prints that are kept are those that would be made anew."""

import pytest

from biomatch.evaluation.galleries import made
from biomatch.evaluation.galleries.made import Made
from biomatch.evaluation.galleries.population import Enrolment
from biomatch.gallery.interface import Entry
from biomatch.synthesis import synthesise_templates


@pytest.fixture
def small(monkeypatch):
    """Files of 256 prints."""
    monkeypatch.setattr(made, "CHUNK", 256)


def test_prints_of_two_files_are_those_of_the_seed(small, tmp_path):
    kept = Made(tmp_path, 7)
    kept.make(300, processes=1)
    want = synthesise_templates(12, 7, first=250)
    assert [one.to_bytes() for one in kept.templates(250, 12)] == [one.to_bytes() for one in want]
    enrolled = Enrolment(262, (), 7, kept).make(250, 99)
    assert [(one.print_id, one.template.to_bytes()) for one in enrolled] == [
        (f"s{n}", one.to_bytes()) for n, one in enumerate(want, 250)
    ]


def test_planted_prints_lie_behind_the_last_file(small, tmp_path):
    kept = Made(tmp_path, 7)
    kept.make(256, processes=1)
    planted = [Entry(f"p{n}", "e", f"p{n}", t) for n, t in enumerate(synthesise_templates(6, 1))]
    enrolment = Enrolment(256, planted, 7, kept)
    assert [one.print_id for one in enrolment.make(254, 5)] == ["s254", "s255", "p0", "p1", "p2"]
    assert enrolment.make(259, 2) == planted[3:5]


def test_what_is_there_is_not_made_again(small, tmp_path, monkeypatch):
    kept = Made(tmp_path, 7)
    kept.make(200, processes=1)
    before = kept.templates(0, 3)

    def again(*_, **__):
        raise AssertionError("made again")

    monkeypatch.setattr(made, "Pool", again)
    kept.make(256, processes=1)
    assert [one.to_bytes() for one in Made(tmp_path, 7).templates(0, 3)] == [one.to_bytes() for one in before]
    with pytest.raises(AssertionError, match="made again"):
        kept.make(257, processes=1)
    assert Made(tmp_path, 8).folder != kept.folder
