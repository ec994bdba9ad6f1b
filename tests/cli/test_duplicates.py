"""biomatch duplicates: who is enrolled twice."""

import csv

from biomatch.cli.console import Exit


def test_who_is_enrolled_twice_is_told_and_listed(biomatch, twins, tmp_path):
    ran = biomatch("duplicates", "-g", twins, "-o", tmp_path / "pairs.csv")
    assert ran.code == Exit.NO
    assert "searched with 5 persons: 1 pair may" in ran.out
    with (tmp_path / "pairs.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert {row["person"], row["other"]} == {"P02", "twin"}
    assert float(row["score"]) > 30
    found = biomatch("duplicates", "-g", twins, "--json").json
    assert (found["state"], found["total"], len(found["duplicates"])) == ("done", 5, 1)


def test_nobody_twice_is_code_0(biomatch, twins):
    assert biomatch("duplicates", "-g", twins, "--llr", "1000000").code == Exit.OK
