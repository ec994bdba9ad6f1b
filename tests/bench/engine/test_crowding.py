from dataclasses import replace

import numpy as np
import pytest

from biomatch.bench.engine import crowding
from biomatch.errors import NothingToDo
from biomatch.evaluation.galleries import population
from biomatch.evaluation.galleries.population import Print
from biomatch.synthesis import synthesise_templates


@pytest.fixture(scope="module")
def prints():
    made = synthesise_templates(70, 3)
    return [Print(template, f"f{n}", "made", 1, "biomatch") for n, template in enumerate(made)]


def test_synthetic_strangers_crowd_like_synthetic_ones(prints):
    run = crowding.measure(prints, synthetic=600)
    assert run.facts["settings"] == {"probes": 200, "synthetic": 600}
    found = run.figures
    assert all(0.5 < one["times"] < 2 for share, one in found["entry"].items() if float(share) >= 0.02)
    assert found["nearest"]["0.5"]["real"] == pytest.approx(found["nearest"]["0.5"]["synthetic"], rel=0.05)
    assert min(distance for both in found["nearest"].values() for distance in both.values()) > 0.3
    assert all(0.5 < one["times"] < 2 for one in found["lists"].values())
    assert "0.02" in found["lists"]
    crowding.draw(found)


def test_prints_that_are_all_alike_enter_too_often(prints):
    """Ten fingers under many names."""
    alike = [replace(one, template=prints[n % 10].template) for n, one in enumerate(prints[:40])]
    found = crowding.measure(alike, synthetic=600).figures
    assert found["entry"]["0.02"]["times"] > 3
    assert found["lists"]["0.02"]["times"] > 3


def test_one_print_of_each_finger_takes_part():
    template = synthesise_templates(1, 1)[0]
    prints = [Print(template, f, s, n, "biomatch") for f in ("a", "b") for s in ("x", "y") for n in (1, 2)]
    chosen = crowding.one_each([*prints, Print(template, "c", "fvc2000_db4", 1, "biomatch")], 1)
    assert [one.finger for one in chosen] == ["a", "b"]


def test_fingers_of_one_person_are_no_strangers():
    template = synthesise_templates(1, 1)[0]
    names = [population.subject(Print(template, finger, "uareu", 1, "biomatch")) for finger in ("012_3", "012_4", "013_3")]
    assert names[0] == names[1] != names[2]


def test_ratios_are_one_where_both_are_drawn_alike():
    """Far out, too, where the score that is passed is that of one synthetic print of each probe."""
    rng, whose = np.random.default_rng(1), np.arange(400)
    found = crowding._ratios(rng.random((400, 400)), rng.random((400, 1_000)), whose, whose)
    assert list(found) == [str(share) for share in crowding.SHARES]
    assert [one["times"] for one in found.values()] == pytest.approx([1] * len(found), abs=0.25)
    assert all(one["interval"][0] < one["times"] < one["interval"][1] for one in found.values())


def test_too_few_fingers_are_refused(prints):
    with pytest.raises(NothingToDo, match=r"20 of 20 fingers are too few to ask: chance brings 7\.4 real non-mated prints"):
        crowding.measure(prints[:20], synthetic=600)
    with pytest.raises(NothingToDo, match="5 of 70 fingers are too few"):
        crowding.measure(prints, synthetic=600, probes=5)
    with pytest.raises(NothingToDo, match="0 of 0 fingers"):
        crowding.measure([], synthetic=600)
