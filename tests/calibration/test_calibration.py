"""The model "calibration"."""

import numpy as np
import pytest

from biomatch.calibration import Calibration, FingerFusion
from biomatch.calibration.calibration import STAGES
from biomatch.calibration.classes import COUNT_CLASSES, IMPRESSIONS
from biomatch.calibration.llr import LlrLine
from biomatch.calibration.score_to_fmr import FmrCurve


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


def test_no_minutia_tells_more_than_eight_units():
    """A raw score of 5 says 50, and 5 powers of ten. Three minutiae can carry 24 of it, six 48, and seven all."""
    keys = [(s, i, c) for s in STAGES for i in range(len(IMPRESSIONS)) for c in range(len(COUNT_CLASSES))]
    curve = FmrCurve(np.array([0.0, 1.0]), np.array([0.0, 10.0]), slope=10.0, seen=100.0)
    plain = Calibration(dict.fromkeys(keys, curve), dict.fromkeys(keys, LlrLine(1.0, 0.0, -9.0, 9.0)), FingerFusion())
    told = plain("minutiae", np.full(5, 5.0), [0, 3, 6, 7, 40], 0)
    assert told.score.tolist() == [0, 24, 48, 50, 50]
    assert told.llr.tolist() == pytest.approx([0, 2.4, 4.8, 5, 5])
    assert told.extrapolated.tolist() == [True, True, True, False, False]
