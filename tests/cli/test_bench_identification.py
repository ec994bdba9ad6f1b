"""biomatch bench identification and index-kinds: what is refused before anything is measured."""

import pytest

from biomatch.cli.bench_identification import _Given


@pytest.mark.parametrize("option", ["--models", "--minutiae", "--raw"])
def test_what_folds_would_pass_over_is_refused(refused, tmp_path, option):
    said = refused("identification", "--held-out", tmp_path, option, tmp_path)
    assert "folds have models and minutiae of their own" in " ".join(said.replace("\u2502", " ").split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("identification", "--sizes", "many"), "whole numbers above 0"),
        (("identification", "--sizes", "1", "--mated", "60"), "1 print must fit into it"),
        (("identification", "--effort", "hard"), "'hard' is no effort"),
        (("identification", "--data", ".", "--minutiae", "eyes"), "'eyes' is no extractor"),
        (("index-kinds", "--sizes", "900000", "--mated", "5"), "give 6 to 200,000"),
    ],
)
def test_a_search_that_cannot_be_is_refused(refused, arguments, words):
    assert words in refused(*arguments)


@pytest.fixture
def plans(monkeypatch, tmp_path):
    """What `bench identification` was asked to search; nothing is measured."""
    from biomatch.bench.engine import identification as benchmark

    asked = []

    def population(given, *_):
        asked.append(given._non_mated)
        return None, {}

    class Nothing:
        def finish(self, run):
            pass

    monkeypatch.setattr(_Given, "population", population)
    monkeypatch.setattr(benchmark, "measure", lambda *given, **named: None)
    monkeypatch.setattr("biomatch.cli.bench_identification.Result", lambda *given: Nothing())
    return asked


def test_the_old_name_of_the_option_goes_on_working_with_a_notice(biomatch, plans):
    ran = biomatch("bench", "identification", "--strangers", "7")
    assert (ran.code, plans) == (0, [7])
    assert "biomatch: --strangers is --non-mated now" in ran.err


def test_the_option_by_its_name_says_nothing(biomatch, plans):
    ran = biomatch("bench", "identification", "--non-mated", "7")
    assert (ran.code, plans) == (0, [7])
    assert "now" not in ran.err


def test_at_most_half_of_the_smallest_gallery_is_fingers_that_are_searched_for(tmp_path):
    for mated, smallest, fingers in ((4, 100, 4), (60, 10, 5), (3, 1, 1)):
        given = _Given([], [], ["biomatch"], 1, mated, 2, smallest)
        people, facts = given.population(tmp_path, 5, None, 1, None)
        assert facts == {"prints": "synthetic", "mated": mated, "fingers": fingers, "strangers": 2}
        assert len(people.probes) == mated
