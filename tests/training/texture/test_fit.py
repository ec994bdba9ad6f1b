"""A tiny painter learns, is written out as it is, and a run that was stopped goes on as if it had not been."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from biomatch.observe import NO_PROGRESS
from biomatch.synthesis.texture import greys, noises


def params(**changes):
    from biomatch.training.texture.fit import FitParams

    return replace(FitParams(painter=(4, 8, 8), judge=(4, 4, 8, 8), side=48, batch=1, save_every=2, averaged=0.9), **changes)


def fitted(sheets, steps, state=None, progress=NO_PROGRESS, **changes):
    from biomatch.training.texture.fit import fit

    return fit(sheets(20), sheets(0), steps, state, progress=progress, params=params(**changes))[0]


def painted(painter, sheet):
    import torch

    noise = noises(np.random.default_rng(1), 80, 80)
    with torch.no_grad():
        planes = np.concatenate([sheet.planes(0, 0, 80), noise])
        return greys(painter(torch.from_numpy(planes)[None])[0, 0].numpy()).astype(float)


def test_it_learns_to_be_dark_on_crests(sheets):
    one = sheets(0)[1]
    before, after = (painted(fitted(sheets, steps, rate=2e-3), one) for steps in (1, 60))
    along = [np.corrcoef(picture.ravel(), one.ridges[:80, :80].ravel())[0, 1] for picture in (before, after)]
    assert along[1] < -0.5 < along[0]
    assert abs(after.mean() - 150) < abs(before.mean() - 150)


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(sheets, tmp_path, stop_after):
    import torch

    with pytest.raises(stop_after.Stopped):
        fitted(sheets, 6, tmp_path / "run", stop_after(3))
    again, whole = fitted(sheets, 6, tmp_path / "run"), fitted(sheets, 6)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_opencv_paints_what_torch_does(sheets):
    import torch

    from biomatch.training.texture.network import GIVEN, to_onnx

    painter = fitted(sheets, 2)
    data = to_onnx(painter)
    assert data == to_onnx(painter)
    net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    for height, width in ((64, 48), (40, 80)):
        planes = np.random.default_rng(2).normal(size=(1, GIVEN, height, width)).astype(np.float32)
        net.setInput(planes)
        with torch.no_grad():
            expected = painter(torch.from_numpy(planes)).numpy()
        np.testing.assert_allclose(net.forward(), expected, atol=1e-4)


def test_a_run_may_begin_with_the_weights_of_another(sheets):
    from biomatch.training.texture.fit import fit

    painter, weights = fit(sheets(20), sheets(0), 40, params=params(rate=2e-3))
    again, _ = fit(sheets(20), sheets(0), 1, begin=weights, params=params())
    one = sheets(0)[2]
    assert np.abs(painted(again, one) - painted(painter, one)).mean() < 4
