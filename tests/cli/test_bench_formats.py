"""biomatch bench formats and its neighbours: what they take, and that a reader that was hurt is exit code 1."""

import pytest

from biomatch.cli.console import Exit


@pytest.mark.parametrize(
    ("name", "figures", "words"),
    [
        ("fuzz", {"reasons": ["input 3"]}, "found: input 3"),
        ("fuzz", {"reasons": []}, None),
        ("transactions", {"violations": ["too fast"]}, "found: too fast"),
        ("transactions", {"violations": []}, None),
    ],
)
def test_a_reader_that_was_hurt_is_named_and_then_the_exit_code_is_1(biomatch, measured, tmp_path, name, figures, words):
    measured(f"formats.{name}", name, figures)
    ran = biomatch("bench", name, "--out", tmp_path)
    assert ran.code == (Exit.OK if words is None else Exit.NO)
    assert words is None or f"{words}\n" in ran.out
    again = biomatch("bench", name, "--out", tmp_path, "--replace", "--json")
    assert (again.code, again.json["figures"]) == (ran.code, figures)


def test_a_folder_without_files_of_others_is_refused(refused):
    assert "nosuch has no file in wsq, transactions, templates" in refused("formats", "--data", "nosuch")


def test_what_is_asked_for_is_what_is_measured(biomatch, measured, tmp_path):
    asked = measured("formats.fuzz", "fuzz", {"reasons": []})
    biomatch("bench", "fuzz", "--inputs", 7, "--seed", 5, "--out", tmp_path)
    asked += measured("formats.transactions", "transactions", {"violations": []})
    biomatch("bench", "transactions", "--largest-mb", 8, "--unlimited-mb", 2, "--out", tmp_path)
    assert (asked[0][0], asked[0][1]["seed"]) == ((7,), 5)


def test_folders_of_slaps_may_be_several_and_there_is_one_at_least(biomatch, measured, tmp_path):
    asked = measured("formats.slaps", "slaps", {})
    assert biomatch("bench", "slaps", "a", "b", "--out", tmp_path).code == Exit.OK
    assert [str(one) for one in asked[0][0][0]] == ["a", "b"]
    assert biomatch("bench", "slaps", "--out", tmp_path).code == Exit.BAD_INPUT
