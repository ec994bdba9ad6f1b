"""The model "calibration"."""

import numpy as np
import pytest

from biomatch.calibration import Calibration
from biomatch.calibration.classes import COUNT_CLASSES, count_class, impression_class
from biomatch.vocabulary import ImpressionType


@pytest.fixture(scope="module")
def calibration():
    return Calibration.of()


def test_scores_rise_with_the_raw_score_in_every_class(calibration):
    raw = np.linspace(-30, 30, 500)
    for stage in ("minutiae", "ridges"):
        for fewer in (8, 15, 25, 60):
            told = calibration(stage, raw, np.full(500, fewer), 0)
            assert (np.diff(told.score) >= 0).all()
            assert (np.diff(told.llr) >= 0).all()
            assert (np.diff(told.extrapolated.astype(int)) >= 0).all()


def test_arrays_bring_back_the_same_calibration(calibration, tmp_path):
    from biomatch.learned import Models, save

    save(tmp_path, "calibration", calibration.arrays(), {})
    again = Calibration.of(Models(tmp_path))
    raw, fewer = np.linspace(-20, 20, 50), np.arange(50)
    for name in ("score", "llr", "extrapolated"):
        np.testing.assert_array_equal(
            getattr(again("ridges", raw, fewer, 0), name), getattr(calibration("ridges", raw, fewer, 0), name)
        )
    assert again.fingers == calibration.fingers


def test_classes_go_by_the_smaller_count():
    assert count_class(np.array([0, 11, 12, 34, 35, 400])).tolist() == [0, 0, 1, 2, 3, 3]
    assert len(COUNT_CLASSES) == 4


def test_one_latent_makes_the_pair_a_latent_one():
    assert impression_class(ImpressionType.LATENT_LIFT, ImpressionType.LIVE_SCAN_PLAIN) == 1
    assert impression_class(ImpressionType.UNKNOWN, ImpressionType.LIVE_SCAN_ROLLED) == 0
