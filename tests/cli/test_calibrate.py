"""biomatch calibrate: before and after, kept or not; back to what was shipped; and what is refused."""

import shutil

import numpy as np
import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.cli.console import Exit
from biomatch.synthesis import press_again, synthesise_templates


@pytest.fixture(scope="session")
def prints(tmp_path_factory):
    place = tmp_path_factory.mktemp("sensor")
    rng = np.random.default_rng(3)
    for n, one in enumerate(synthesise_templates(25, seed=902)):
        for k in (1, 2):
            (place / f"{n:02}_{k}.bmt").write_bytes(press_again(one, rng).to_bytes())
    return place


@pytest.fixture
def calibrate(biomatch, gallery, prints):
    """calibrate(...): with a small trial gallery."""

    def run(*options):
        return biomatch("calibrate", "-g", gallery, *options, "--size", "1000", "--processes", "1")

    return run


def acts(biomatch, gallery):
    with open_gallery(gallery, workers=1, calibrated=False) as bureau:
        return [leaf.said["act"] for leaf in bureau.upkeep.audit_leaves(Actor("tester", "test"), first=1)]


def test_it_is_shown_kept_named_and_taken_back(calibrate, biomatch, gallery, prints, sample):
    tried = calibrate(prints, "--dry-run")
    assert tried.code == Exit.OK, tried.err
    assert "non-mated pairs at a stated FMR" in tried.out
    assert "nothing was kept" in tried.out
    assert biomatch("info", "-g", gallery, "--json").json["calibration"] == "shipped"
    found = calibrate(prints, "--json")
    assert found.code == Exit.OK, found.err
    name = found.json["calibration"]
    assert len(name) == 64
    assert (found.json["prints"], found.json["fingers"], found.json["failures"]) == (50, 25, [])
    assert {"before", "after", "stated", "words", "name"} == found.json["figures"][0].keys()
    assert biomatch("info", "-g", gallery, "--json").json["calibration"] == name
    probe = sample / "enrol" / "P03-right-index_2.png"
    assert biomatch("identify", "-g", gallery, probe, "--json").json["made_by"]["calibration"] == name
    (gallery / "calibrations" / name / "calibration" / "arrays.npz").write_bytes(b"another")
    ran = biomatch("info", "-g", gallery, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (Exit.CONFLICT, "calibration-damaged")
    back = biomatch("calibrate", "-g", gallery, "--shipped", "--json")
    assert back.json == {"calibration": "shipped", "before": name}
    assert biomatch("info", "-g", gallery, "--json").json["calibration"] == "shipped"
    assert [one for one in acts(biomatch, gallery) if one.startswith("calibrate")] == [
        *("calibrate-check", "calibrate-check", "calibrate", "calibrate")
    ]


def test_prints_of_enrolled_fingers_are_refused(calibrate, biomatch, gallery, prints, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(prints, own)
    biomatch("enrol", "-g", gallery, "--person", "ada", own / "07_1.bmt")
    found = calibrate(own, "--json")
    assert (found.code, found.json["error"]["code"]) == (Exit.CONFLICT, "prints-enrolled")
    assert found.json["error"]["values"]["count"] == 2
    assert {path.rsplit("/", 1)[-1] for path in found.json["error"]["values"]["paths"]} == {"07_1.bmt", "07_2.bmt"}
    assert not (gallery / "calibrations").exists()


def test_too_few_prints_are_refused(calibrate, prints, tmp_path):
    (tmp_path / "few").mkdir()
    for path in sorted(prints.glob("*"))[:30]:
        shutil.copy(path, tmp_path / "few")
    found = calibrate(tmp_path / "few", "--json")
    assert (found.code, found.json["error"]["code"]) == (Exit.BAD_INPUT, "too-few-prints")
    assert (found.json["error"]["values"]["prints"], found.json["error"]["values"]["fingers"]) == (30, 15)


@pytest.mark.parametrize("how", [[], ["--shipped", "prints"]])
def test_prints_or_shipped_is_to_be_said(biomatch, gallery, prints, how):
    ran = biomatch("calibrate", "-g", gallery, *(prints if one == "prints" else one for one in how))
    assert ran.code == Exit.BAD_INPUT


def test_a_gallery_that_is_being_served_is_refused(calibrate, biomatch, gallery, prints):
    with open_gallery(gallery, workers=1, answer=True):
        for ran in (calibrate(prints, "--json"), biomatch("calibrate", "-g", gallery, "--shipped", "--json")):
            assert (ran.code, ran.json["error"]["code"]) == (Exit.UNAVAILABLE, "folder-in-use")
