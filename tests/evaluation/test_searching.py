import numpy as np
import pytest

from biomatch.evaluation import protocol, runner, searching
from biomatch.evaluation.engine import OurSetup
from tests.evaluation.test_origins import train


def test_mates_stand_first_and_the_unreadable_probe_is_not_found(done):
    found = done.report["identification"]
    assert (found["probes"], found["gallery"]) == (20, 10)
    assert found["rank1"] == pytest.approx(0.95, abs=0.051)
    assert found["shortlist_miss"] == pytest.approx(0.05, abs=0.051)


def test_without_distractors_no_shortlist_is_judged(folder):
    setup = OurSetup()
    samples = protocol.read(folder)
    prints = runner.extract_all(setup, samples, searching.wanted(setup, samples), processes=1)
    assert np.isnan(searching.search_all(setup, prints, distractors=0).missed).all()


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
