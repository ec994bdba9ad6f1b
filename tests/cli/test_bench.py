import json

import pytest

from biomatch.cli.console import Exit
from biomatch.evaluation.bench import against, frame, plots, power

SOUND = {"findings": []}
KEPT = {"lost": 0, "come back": 0}
WELL, LOST = {"violations": []}, {"violations": ["bert is gone"]}


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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("identification", "--sizes", "many"), "whole numbers above 0"),
        (("identification", "--sizes", "50", "--mated", "60"), "60 prints are planted in it"),
        (("index-kinds", "--sizes", "900000", "--mated", "5"), "give 6 to 200,000"),
        (("concurrent", "--prints", "1"), "1 prints are planted"),
        (("accuracy", "--data", ".", "--part", "speed"), "'speed' is no part of the accuracy benchmark"),
        (("identification", "--data", ".", "--minutiae", "eyes"), "'eyes' is no extractor"),
        (("formats", "--data", "nosuch"), "nosuch has no file in wsq, transactions, templates"),
    ],
)
def test_impossible_wishes_are_refused(biomatch, tmp_path, arguments, words):
    ran = biomatch("bench", *arguments, "--out", tmp_path / "out")
    assert ran.code == Exit.BAD_INPUT
    assert words in " ".join(ran.err.split())
    assert not list((tmp_path / "out").glob("*"))


def test_extraction_is_measured_by_size_and_stage(biomatch, tmp_path):
    ran = biomatch("bench", "extraction", "--prints", "1", "--out", tmp_path, "--json")
    assert ran.code == Exit.OK
    figures = ran.json["figures"]
    assert figures["300 x 300 px"]["unit"] == "ms"
    assert figures["stage: orientation"]["p50"] > 0
    assert {path.name for path in tmp_path.iterdir()} == {"extraction.json", "extraction.svg", "extraction_stages.svg"}
    assert against.read(tmp_path / "extraction.json")["settings"]["prints"] == "synthetic"


@pytest.mark.parametrize(
    ("name", "figures", "words"),
    [
        ("soak", {"ledger": {"lost": 2, "come back": 0}, "check": SOUND}, "persons who had to be there and are not: 2"),
        ("soak", {"ledger": {"lost": 0, "come back": 1}, "check": SOUND}, "persons who were deleted and came back: 1"),
        ("soak", {"ledger": KEPT, "check": {"findings": ["a print"]}}, "check: a print"),
        ("kills", {"violations": ["[anna] is gone"], "audit_findings": [], "check": SOUND}, "[anna] is gone"),
        ("kills", {"violations": [], "audit_findings": ["leaf 7"], "check": SOUND}, "leaf 7"),
        ("kills", {"violations": [], "audit_findings": [], "check": {"findings": ["a print"]}}, "check: a print"),
        ("power", {"cuts": dict.fromkeys(power.WAYS, LOST), "failures": {}}, "what was not synced: bert is gone"),
        ("power", {"cuts": dict.fromkeys(power.WAYS, WELL), "failures": {"fsync": LOST}}, "fsync: bert is gone"),
        ("replays", {"violations": ["another score"], "audit_findings": []}, "another score"),
        ("replays", {"violations": [], "audit_findings": ["leaf 7"]}, "leaf 7"),
        ("tamperings", {"missed": ["a label"]}, "a label"),
        ("fuzz", {"reasons": ["input 3"]}, "input 3"),
        ("soak", {"ledger": KEPT, "check": SOUND}, None),
        ("kills", {"violations": [], "audit_findings": [], "check": SOUND}, None),
        ("power", {"cuts": dict.fromkeys(power.WAYS, WELL), "failures": {"fsync": WELL}}, None),
        ("replays", {"violations": [], "audit_findings": []}, None),
    ],
)
def test_what_must_not_be_is_printed_and_written_and_then_the_exit_code_is_1(
    biomatch, monkeypatch, tmp_path, name, figures, words
):
    def measure(*_, **__):
        run = frame.Run(name, threads=1)
        run.figures |= figures
        return run

    monkeypatch.setattr(f"biomatch.evaluation.bench.{name}.measure", measure)
    monkeypatch.setattr(plots, "draw", lambda *_: [])
    ran = biomatch("bench", name, "--out", tmp_path)
    assert ran.code == (Exit.OK if words is None else Exit.NO)
    assert words is None or f"{words}\n" in ran.out
    assert json.loads((tmp_path / f"{name}.json").read_text())["figures"] == figures
    again = biomatch("bench", name, "--out", tmp_path, "--replace", "--json")
    assert (again.code, again.json["figures"]) == (ran.code, figures)


def test_bench_alone_shows_what_there_is(biomatch):
    ran = biomatch("bench")
    assert ran.code == Exit.OK
    assert "identification" in ran.out
