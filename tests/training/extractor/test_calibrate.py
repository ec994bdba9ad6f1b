"""The heat becomes a chance: the line that does it, and what it is put into."""

import numpy as np
import pytest


def test_calibration_changes_the_heat_only(network):
    import torch

    from biomatch.training.extractor.calibrate import put_in

    planes = torch.randn(1, 2, 96, 96)
    with torch.no_grad():
        before = network(planes)[0].clone()
        put_in(network, 0.5, -1.0)
        after = network(planes)[0]
    assert torch.allclose(after[:, 0], 0.5 * before[:, 0] - 1, atol=1e-4)
    assert torch.equal(after[:, 1:], before[:, 1:])


def test_where_nothing_can_be_held_against_the_truth_the_heat_stays():
    from biomatch.training.extractor.calibrate import _line

    assert _line(np.zeros(0), np.zeros(0, bool)) == (1.0, 0.0, {"candidates": 0})
    assert _line(np.array([0.2, 0.9]), np.array([True, True])) == (1.0, 0.0, {"candidates": 2})


def test_the_line_makes_chances_of_scores_that_are_too_sure():
    """Real are as many as a chance of half the logit says: the slope is a half."""
    from biomatch.training.extractor.calibrate import _line

    rng = np.random.default_rng(3)
    logit = rng.normal(0, 3, 20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-0.5 * logit - 0.3))
    slope, offset, figures = _line(1 / (1 + np.exp(-logit)), truth)
    assert slope == pytest.approx(0.5, abs=0.03)
    assert offset == pytest.approx(0.3, abs=0.05)
    assert figures["calibration_error"] < 0.02


def test_minutiae_of_synthetic_prints_are_held_against_their_truth(labelled, monkeypatch, tmp_path):
    """The heat is 0.8 on true minutiae, 0.3 beside them and on those turned round, 0.1 where no finger is."""
    from biomatch.template import Minutiae
    from biomatch.training.extractor import calibrate

    print_ = labelled[0]
    true = print_.minutiae[:10, :3]
    row, column = np.argwhere(print_.foreground < 10)[0]
    aside = true + np.float32([0, 0, np.pi / 2])  # at the place of a true one, in another direction
    off = np.tile(np.float32([4 * column + 1, 4 * row + 1, 0]), (5, 1))
    x, y, angle = np.concatenate([true, aside, off]).T
    found = Minutiae.of(x, y, angle, np.ones(25), np.repeat([0.8, 0.3, 0.1], [10, 10, 5]))
    monkeypatch.setattr(calibrate, "_uncalibrated", lambda models, name, params: name)
    monkeypatch.setattr(calibrate, "_look", lambda extractor, image: (found, None))
    slope, _, figures = calibrate.on_synthetic([print_], tmp_path)
    assert (figures["candidates"], figures["real"], figures["auc"]) == (20, 0.5, 1.0)
    assert slope > 0
