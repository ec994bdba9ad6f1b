"""biomatch bench: the groups of commands, and those of the engine."""

import pytest

from biomatch.bench import frame
from biomatch.bench.engine import accuracy
from biomatch.bench.report import against
from biomatch.cli.console import Exit


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


def test_a_part_that_there_is_not_is_refused(biomatch, tmp_path):
    ran = biomatch("bench", "accuracy", "--data", ".", "--part", "speed", "--out", tmp_path / "out")
    assert ran.code == Exit.BAD_INPUT
    assert "'speed' is no part of the accuracy benchmark" in " ".join(ran.err.split())
    assert not (tmp_path / "out").exists()


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


def test_bench_alone_shows_what_there_is(biomatch):
    ran = biomatch("bench")
    assert ran.code == Exit.OK
    assert "identification" in ran.out
