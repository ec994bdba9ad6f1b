import numpy as np
import pytest

import biomatch
from biomatch.bench.engine import likeness
from biomatch.errors import FileUnreadable, NothingToDo
from biomatch.extraction import ClassicalExtractor
from biomatch.template import BIFURCATION, ENDING, Minutiae


def test_distances_and_directions_are_those_of_the_nearest():
    """Two that point up, 10 px apart, and one that points left, 30 px from the second."""
    found = likeness.of_minutiae(
        Minutiae.of([10, 20, 50], [10, 10, 10], [np.pi / 2, np.pi / 2, np.pi], [ENDING, BIFURCATION, ENDING], [1, 1, 1])
    )
    assert found["minutiae"] == 3
    assert found["endings"] == pytest.approx(2 / 3)
    assert found["nearest"] == pytest.approx(10)
    assert found["alike"] == pytest.approx(2 / 3)
    assert found["upright"] == pytest.approx(2 / 3)


def test_too_few_minutiae_say_nothing():
    assert np.isnan(likeness.of_minutiae(Minutiae.none())["nearest"])


def test_the_difference_of_two_distributions():
    assert likeness.apart(np.arange(10.0), np.arange(10.0)) == 0
    assert likeness.apart(np.arange(10.0), np.arange(10.0) + 20) == 1
    assert likeness.apart(np.array([0.0, 1, 2, 3]), np.array([2.0, 3, 4, 5])) == pytest.approx(0.5)


def test_the_period_of_a_print_is_that_of_its_ridges(root):
    image = biomatch.decode((root / "sample_data" / "enrol" / "P01-right-index_1.png").read_bytes())
    found = likeness.seen(ClassicalExtractor(), image)
    assert set(found) == set(likeness.MEASURES)
    assert 7 < found["period"] < 11
    assert 15 < found["minutiae"] < 100


def test_every_measure_of_both_is_told_and_drawn():
    values = [dict.fromkeys(likeness.MEASURES, float(n)) for n in range(10)]
    silent = [one | {"endings": np.nan} for one in values]
    found = likeness.compared(values, silent)
    assert found["period"] == {"real": [0.9, 4.5, 8.1], "synthetic": [0.9, 4.5, 8.1], "apart": 0}
    assert found["endings"]["apart"] is None
    assert len(likeness.draw({"a": {"sensor": "glass", "measures": found}}).axes[0].patches) == len(likeness.MEASURES)


def test_prints_of_other_sets_are_no_use(root):
    with pytest.raises(NothingToDo, match="crossmatch"):
        likeness.measure(root / "sample_data")


def test_a_file_that_is_not_there_is_said_before_any_print_is_seen(tmp_path):
    (tmp_path / "manifest.csv").write_text("path,set,finger,impression\ngone.png,crossmatch,1,1\n")
    with pytest.raises(FileUnreadable, match=r"gone\.png"):
        likeness.measure(tmp_path)
