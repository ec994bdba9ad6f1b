"""biomatch bench rates and its neighbours: what is refused before anything is measured."""

from dataclasses import replace

import pytest

from biomatch.bench.engine import fusion, identification
from biomatch.cli.console import Exit
from biomatch.descriptors.strangers import describer_among
from biomatch.evaluation.galleries import population
from biomatch.gallery import LocalGallery


def test_large_galleries_that_are_not_there_as_a_whole_are_refused(biomatch, monkeypatch, tmp_path):
    people = population.synthetic(4, 2, 5)
    monkeypatch.setattr("biomatch.bench.engine.gather.real", lambda *_, **__: people)
    opening = identification.opening(people, identification.Plan((60,)), 60, tmp_path)
    arguments = ("bench", "rates", "--data", tmp_path, "--sizes", "20", "--large", "60", "--work", tmp_path)
    opening.folder.mkdir()
    for there in (0, 24):
        if there:
            LocalGallery(
                replace(opening.enrolment, synthetic=20).log, opening.folder, describer=describer_among(people.templates)
            ).close()
        ran = biomatch(*arguments, "--out", tmp_path / f"out{there}")
        assert ran.code == Exit.BAD_INPUT
        said = f"{there} of them are in {opening.folder}; first run bench identification --sizes 60"
        assert said in " ".join(ran.err.split())
    assert not list(tmp_path.glob("out*/*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--large", ""), "whole numbers above 0"), (("--large", "5000"), "name the folder that holds it with --work")],
)
def test_a_larger_gallery_is_one_that_is_named(refused, arguments, words):
    assert words in refused("rates", "--data", ".", *arguments)


def test_ten_non_mated_persons_are_searched_for_each_mated_one(biomatch, measured, tmp_path):
    asked = measured("engine.fusion", "fusion", {})
    assert biomatch("bench", "fusion", "--persons", 30, "--gallery", 0, "--fingers", 25, "--out", tmp_path).code == Exit.OK
    ((data, plan), named) = asked[0]
    assert (data, named["processes"]) == ((), 1)
    assert plan == fusion.Plan(30, 300, 25, gallery=0, seed=97)


def test_what_is_written_already_is_not_measured_again(biomatch, measured, tmp_path):
    asked = measured("engine.likeness", "likeness", {})
    (tmp_path / "likeness.json").write_text("{}")
    ran = biomatch("bench", "likeness", "--data", tmp_path, "--out", tmp_path)
    assert (ran.code, asked) == (Exit.CONFLICT, [])
