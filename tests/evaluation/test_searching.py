import numpy as np
import pytest

from biomatch.evaluation import evaluation, protocol, runner, searching
from biomatch.evaluation.engine import OurSetup
from biomatch.synthesis import press_again, synthesise_templates
from tests.evaluation.test_origins import train

FINGERS, IMPRESSIONS = 10, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Ten synthetic fingers, three impressions each, as templates; one file is no print."""
    place = tmp_path_factory.mktemp("prints") / "set"
    place.mkdir()
    rng = np.random.default_rng(5)
    for number, finger in enumerate(synthesise_templates(FINGERS, 11)):
        for n in range(1, IMPRESSIONS + 1):
            template = finger if n == 1 else press_again(finger, rng, 0.5)
            (place / f"{number:02d}_{n}.bmt").write_bytes(template.to_bytes())
    (place / "00_3.bmt").write_bytes(b"no template")
    return place


@pytest.fixture(scope="module")
def done(folder):
    return evaluation.run(OurSetup(), folder, distractors=300, processes=1)


def test_synthetic_mates_are_told_from_strangers(done):
    pooled = done.report["pooled"]
    assert (pooled["genuine"], pooled["impostor"]) == (30, 405)
    assert pooled["fmr100"] <= 2 / 30 + 0.04  # the two pairs of the file that is no print, and one more


def test_mates_stand_first_and_the_unreadable_probe_is_not_found(done):
    found = done.report["identification"]
    assert (found["probes"], found["gallery"]) == (20, 10)
    assert found["rank1"] == pytest.approx(0.95, abs=0.051)
    assert found["shortlist_miss"] == pytest.approx(0.05, abs=0.051)


def test_the_unreadable_file_is_listed(done):
    (failure,) = done.report["failures"]
    assert failure["path"].endswith("00_3.bmt")


def test_times_are_given(done):
    assert done.report["time"]["extract_ms_median"] > 0
    assert 0 < done.report["time"]["compare_us_median"] < done.report["time"]["compare_pair_us_median"]


def test_without_distractors_no_shortlist_is_judged(folder):
    setup = OurSetup()
    samples = protocol.read(folder)
    prints = runner.extract_all(setup, samples, searching.wanted(setup, samples), processes=1)
    assert np.isnan(searching.search_all(setup, prints, distractors=0).missed).all()


def test_processes_change_nothing(folder, done):
    setup = OurSetup()
    samples = protocol.read(folder)
    prints = runner.extract_all(setup, samples, searching.wanted(setup, samples), processes=2)
    scores = runner.compare_all(setup, prints, processes=2)
    np.testing.assert_array_equal(scores["set"].pairs.score, done.scores["set"].pairs.score)


def test_each_gallery_is_extracted_by_the_engine_of_its_probes(tmp_path):
    lines = ["path,set,finger,impression", "a,uareu,f,1", "b,uareu,f,2", "c,fvc2000_db3,g,1", "d,fvc2000_db3,g,2"]
    (tmp_path / "m.csv").write_text("\n".join(lines))
    for group in ("cmu", "g3"):
        train(tmp_path / group, "index", [])
    samples = protocol.read(tmp_path / "m.csv")
    wanted = searching.wanted(OurSetup(held_out=tmp_path), samples)
    assert {(samples[at].path.name, key) for at, key in wanted} == {
        ("a", "cmu"), ("b", "cmu"), ("c", "cmu"), ("a", "g3"), ("c", "g3"), ("d", "g3")
    }  # fmt: skip
