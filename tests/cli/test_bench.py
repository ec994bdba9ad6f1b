import json
from dataclasses import replace

import pytest

from biomatch.bench import frame
from biomatch.bench.engine import accuracy, identification
from biomatch.bench.report import against, plots
from biomatch.bench.service import power
from biomatch.cli.console import Exit
from biomatch.descriptors.strangers import describer_among
from biomatch.evaluation.galleries import population
from biomatch.gallery import LocalGallery

SOUND = {"findings": []}
KEPT = {"lost": 0, "come back": 0}
WELL, LOST = {"violations": []}, {"violations": ["bert is gone"]}


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """Parts of the accuracy benchmark that were measured, each in no time; their data lies in tmp_path."""
    done = []

    def measure(bench, part):
        run = frame.Run(accuracy.name(part, bench.held_out), threads=1)
        run.note(
            "pooled", {"eer": 0.01 * (len(done) + 1), "fmr100": 0, "fmr1000": 0, "zerofmr": 0, "genuine": 1, "impostor": 1}
        )
        done.append(part)
        return run

    (tmp_path / "manifest.csv").write_text("path,set,finger,impression\none.png,made,1,1\n")
    monkeypatch.setattr(accuracy.Accuracy, "measure", measure)
    return done


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


def test_parts_of_accuracy_are_one_document_and_the_one_of_its_name_is_compared(biomatch, tmp_path, measured):
    parts = ("bench", "accuracy", "--data", tmp_path, "--part", "ours", "--part", "pairs")
    ran = biomatch(*parts, "--out", tmp_path / "a", "--json")
    assert {part: one["benchmark"] for part, one in ran.json.items()} == {"ours": "accuracy_ours", "pairs": "accuracy_pairs"}
    again = biomatch(*parts, "--out", tmp_path / "b", "--against", tmp_path / "a" / "accuracy_pairs.json")
    assert again.code == Exit.OK
    assert again.out.count("against ") == 1
    assert "pairs eer 4.00 %" in again.out
    assert "pooled, eer" in again.out
    assert measured == ["ours", "pairs"] * 2
    other = biomatch(*parts[:-2], "--out", tmp_path / "c", "--against", tmp_path / "a" / "accuracy_pairs.json")
    assert other.code == Exit.BAD_INPUT
    assert len(measured) == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("identification", "--sizes", "many"), "whole numbers above 0"),
        (("identification", "--sizes", "1", "--mated", "60"), "1 print must fit into it"),
        (("index-kinds", "--sizes", "900000", "--mated", "5"), "give 6 to 200,000"),
        (("concurrent", "--prints", "1"), "1 print must fit into it"),
        (("accuracy", "--data", ".", "--part", "speed"), "'speed' is no part of the accuracy benchmark"),
        (("identification", "--data", ".", "--minutiae", "eyes"), "'eyes' is no extractor"),
        (("rates", "--data", ".", "--large", ""), "whole numbers above 0"),
        (("rates", "--data", ".", "--large", "5000"), "name the folder that holds it with --work"),
        (("formats", "--data", "nosuch"), "nosuch has no file in wsq, transactions, templates"),
    ],
)
def test_impossible_wishes_are_refused(biomatch, tmp_path, arguments, words):
    ran = biomatch("bench", *arguments, "--out", tmp_path / "out")
    assert ran.code == Exit.BAD_INPUT
    assert words in " ".join(ran.err.split())
    assert not list((tmp_path / "out").glob("*"))


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


def test_extraction_is_measured_by_size_and_stage(biomatch, tmp_path):
    ran = biomatch("bench", "extraction", "--prints", "1", "--out", tmp_path, "--json")
    assert ran.code == Exit.OK
    figures = ran.json["figures"]
    assert figures["300 x 300 px, learned"]["unit"] == "ms"
    assert figures["300 x 300 px, classical"]["p50"] > 0
    assert figures["learned stage: heat"]["p50"] > 0
    assert figures["classical stage: orientation"]["p50"] > 0
    assert "300 x 300 px" not in figures
    assert {path.name for path in tmp_path.iterdir()} == {"extraction.json", "extraction.svg", "extraction_stages.svg"}
    assert against.read(tmp_path / "extraction.json", "extraction")["settings"]["prints"] == "synthetic"


WORN = {"failed": 0, "requests": 9, "slower": 1, "health_s": 2, "memory_mb": 9}


@pytest.mark.parametrize(
    ("name", "figures", "words"),
    [
        ("service", {"enrolment": {"asked_for": 9, "readable": 7}}, "acknowledged and cannot be read: 2"),
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
        ("attack", {"attacks": {"silence": WORN}}, "silence: /healthz took 2 s"),
        ("fuzz", {"reasons": ["input 3"]}, "input 3"),
        ("transactions", {"violations": ["too fast"]}, "too fast"),
        ("transactions", {"violations": []}, None),
        ("service", {"enrolment": {"asked_for": 9, "readable": 9}}, None),
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

    module = {"fuzz": "formats.fuzz", "transactions": "formats.transactions", "service": "service.load"}.get(
        name, f"service.{name}"
    )
    monkeypatch.setattr(f"biomatch.bench.{module}.measure", measure)
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


@pytest.mark.parametrize("option", ["--models", "--minutiae", "--raw"])
def test_what_folds_would_pass_over_is_refused(biomatch, tmp_path, option):
    ran = biomatch("bench", "identification", "--held-out", tmp_path, option, tmp_path, "--out", tmp_path)
    assert ran.code == Exit.BAD_INPUT
    assert "folds have models and minutiae of their own" in " ".join(ran.err.replace("\u2502", " ").split())
