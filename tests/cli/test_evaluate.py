import json

import numpy as np
import pytest

from biomatch.cli.console import Exit
from biomatch.learned import shipped
from biomatch.synthesis import press_again, synthesise_templates


@pytest.fixture(scope="module")
def prints(tmp_path_factory):
    place = tmp_path_factory.mktemp("evaluated") / "toy"
    place.mkdir()
    rng = np.random.default_rng(6)
    for number, finger in enumerate(synthesise_templates(4, 12)):
        (place / f"{number}_1.bmt").write_bytes(finger.to_bytes())
        (place / f"{number}_2.bmt").write_bytes(press_again(finger, rng, 0.5).to_bytes())
    return place


def test_evaluate_writes_report_and_pictures(biomatch, prints, tmp_path):
    ran = biomatch("evaluate", prints, "--json", tmp_path / "e.json", "--plots", tmp_path / "plots", "--distractors", "50",
                   "--processes", "1")  # fmt: skip
    assert ran.code == Exit.OK
    report = json.loads((tmp_path / "e.json").read_text())
    assert set(report) >= {"pooled", "sets", "identification", "time", "calibration", "failures"}
    assert report["sets"]["toy"]["genuine"] == 4
    assert report["models"] == {name: shipped().sha256(name) for name in shipped().names()}
    assert "pooled" in ran.out
    assert sorted(path.stem for path in (tmp_path / "plots").iterdir()) == ["calibration", "cmc", "det", "scores"]


def test_a_set_that_is_not_there_is_bad_input(biomatch, prints):
    ran = biomatch("evaluate", prints, "--only", "other")
    assert ran.code == Exit.BAD_INPUT
    assert "its sets are toy" in ran.err
