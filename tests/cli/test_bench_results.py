"""Where a benchmark's result goes, and with which earlier one it is compared."""

import json
import re

import pytest
import typer

from biomatch.bench import frame
from biomatch.cli.bench_results import Result, several, sizes_of
from biomatch.cli.console import Exit
from biomatch.errors import BadBaseline, BadSize


def test_a_result_is_written_once_and_compared_with_an_earlier_one(biomatch, tmp_path):
    ran = biomatch("bench", "import", "--repeats", "1", "--out", tmp_path)
    assert ran.code == Exit.OK
    assert json.loads((tmp_path / "import.json").read_text())["figures"]["import biomatch"]["repeats"] == 1
    again = biomatch("bench", "import", "--repeats", "1", "--out", tmp_path)
    assert again.code == Exit.CONFLICT
    assert "--replace" in again.err
    beside = biomatch("bench", "import", "--repeats", "1", "--out", tmp_path / "b", "--against", tmp_path / "import.json")
    assert beside.code == Exit.OK
    assert "of 9 figures changed" in beside.out


def test_a_missing_baseline_is_said_before_anything_is_measured(biomatch, tmp_path):
    ran = biomatch("bench", "extraction", "--out", tmp_path, "--against", tmp_path / "none.json")
    assert ran.code == Exit.BAD_INPUT
    assert "none.json cannot be compared with: No such file" in ran.err
    assert not list(tmp_path.iterdir())


def test_another_benchmarks_result_is_refused_before_anything_is_measured(biomatch, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps({"benchmark": "comparison", "figures": {}}))
    ran = biomatch("bench", "extraction", "--out", tmp_path / "out", "--against", tmp_path / "old.json")
    assert ran.code == Exit.BAD_INPUT
    assert "it is of 'comparison', not of 'extraction'" in " ".join(ran.err.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("1000", [1_000]), ("1000,10k,1M", [1_000, 10_000, 1_000_000]), (" 5 , 1_000 ", [5, 1_000]), ("2K,2k", [2_000, 2_000])],
)
def test_sizes_are_numbers_with_k_and_m(text, sizes):
    assert sizes_of(text) == sizes


@pytest.mark.parametrize("text", ["", ",", "1,", "0", "k", "-1", "1.5", "1e3", "10kk", "\u00b2"])
def test_what_is_no_size_is_shown(text):
    with pytest.raises(BadSize, match=re.escape(f"'{text}'")):
        sizes_of(text)


@pytest.fixture
def run():
    """A result of a benchmark that there is not."""
    made = frame.Run("speed", threads=1)
    made.figures |= {"step": {"p50": 1_234.5, "p95": 2, "p99": 3, "unit": "ms", "repeats": 40}, "prints": 9_000, "words": "x"}
    return made


def test_times_are_a_table_and_numbers_are_lines(run, tmp_path, capsys):
    Result("speed", tmp_path, None, False, False).finish(run)
    said = capsys.readouterr().out
    assert "1,234.5" in said
    assert "prints: 9,000" in said
    assert "words" not in said
    assert f"wrote {tmp_path / 'speed.json'}" in said


def test_what_was_found_is_told_in_full_and_then_the_exit_code_is_1(run, tmp_path, capsys):
    with pytest.raises(typer.Exit) as left:
        Result("speed", tmp_path, None, False, False).finish(run, ["[red]a brackets", "b" * 300], quiet=True)
    assert left.value.exit_code == Exit.NO
    said = capsys.readouterr().out
    assert "found: [red]a brackets\n" in said
    assert "b" * 300 in said
    assert "1,234.5" not in said


def test_only_figures_that_changed_by_a_tenth_are_printed(run, tmp_path, capsys):
    Result("speed", tmp_path, None, False, True).finish(run)
    capsys.readouterr()
    run.figures |= {"step": run.figures["step"] | {"p50": 2_469.0}, "prints": 9_001}
    Result("speed", tmp_path / "b", tmp_path / "speed.json", False, False).finish(run, quiet=True)
    said = capsys.readouterr().out
    assert "2.00" in said
    assert "9,001" not in said


def test_of_several_results_the_one_of_its_name_is_compared(run, tmp_path):
    Result("speed", tmp_path, None, False, True).write(run)
    found = several(["size", "speed"], tmp_path / "b", tmp_path / "speed.json", False, True)
    assert [one._old is not None for one in found] == [False, True]
    with pytest.raises(BadBaseline):
        several(["size", "weight"], tmp_path / "c", tmp_path / "speed.json", False, True)
