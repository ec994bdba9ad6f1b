"""biomatch verify: a score, in words and as JSON; with a rate also a verdict, which is the exit code."""

import pytest

from biomatch.cli.console import Exit


def test_mates_match_and_strangers_do_not(biomatch, pair, sample):
    mates = biomatch("verify", *pair, "--fmr", "0.001", "--json")
    assert (mates.code, mates.json["match"]) == (Exit.OK, True)
    assert len(mates.json["pairs"]) > 8
    strangers = biomatch("verify", pair[0], sample / "enrol" / "P02-left-thumb_1.png", "--fmr", "0.001", "--json")
    assert (strangers.code, strangers.json["match"]) == (Exit.NO, False)


def test_verify_without_a_rate_decides_nothing(biomatch, pair, sample):
    ran = biomatch("verify", pair[0], sample / "enrol" / "P02-left-thumb_1.png")
    assert ran.code == Exit.OK
    assert "score" in ran.out


def test_a_template_is_a_probe_as_an_image_is(biomatch, pair, tmp_path):
    biomatch("extract", pair[1], "--format", "iso2005", "-o", tmp_path / "b.ist")
    found = biomatch("verify", pair[0], tmp_path / "b.ist", "--fmr", "0.001", "--json")
    assert found.json["match"]


def test_a_verdict_is_told_with_the_rate_that_made_it(biomatch, pair, sample):
    said = biomatch("verify", *pair, "--fmr", "0.001").out
    assert "match at a false match rate of 0.001 (score 30.0)" in said
    assert "no match" not in said
    stranger = biomatch("verify", pair[0], sample / "enrol" / "P02-left-thumb_1.png", "--fmr", "0.001")
    assert "no match at a false match rate of 0.001" in stranger.out


@pytest.mark.parametrize("rate", ["0", "-0.1", "1.1", "nan"])
def test_a_rate_that_is_none_is_refused(biomatch, pair, rate):
    ran = biomatch("verify", *pair, "--fmr", rate)
    assert (ran.code, ran.out) == (Exit.BAD_INPUT, "")


def test_pairs_are_numbers_of_minutiae_that_there_are(biomatch, pair):
    found = biomatch("verify", *pair, "--json").json
    first, second = found["minutiae"]
    assert (found["match"], found["threshold"]) == (None, None)
    assert all(one["a"] < first and one["b"] < second and 0 <= one["weight"] <= 1 for one in found["pairs"])
