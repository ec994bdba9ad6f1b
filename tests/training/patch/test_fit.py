"""A tiny network learns, is written out as it is, and a run that was stopped goes on as if it had not been."""

import cv2
import numpy as np
import pytest

from biomatch.descriptors.patch import FEATURES, planes
from biomatch.observe import NO_PROGRESS


def fitted(pairs, steps, state=None, progress=NO_PROGRESS):
    from biomatch.training.patch.fit import FitParams, fit

    params = FitParams(channels=(4, 8, 8), batch=48, warm_steps=2, save_every=4)
    return fit(pairs, steps, state, progress=progress, params=params)


def test_it_learns(pairs):
    assert fitted(pairs, 30)[1] < 0.7 * fitted(pairs, 1)[1]


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(pairs, tmp_path, stop_after):
    import torch

    with pytest.raises(stop_after.Stopped):
        fitted(pairs, 10, tmp_path / "run", stop_after(6))
    again, loss = fitted(pairs, 10, tmp_path / "run")
    whole, expected = fitted(pairs, 10)
    assert loss == expected
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert fitted(pairs, 10, tmp_path / "run")[1] == expected  # one that was done says what it reached


def test_opencv_finds_the_features_that_torch_does(pairs):
    import torch

    from biomatch.training.patch.network import to_onnx

    network, _ = fitted(pairs, 4)
    patches = pairs.patches
    data = to_onnx(network, patches)
    assert data == to_onnx(network, patches)
    net = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    net.setInput(planes(patches[:50]))
    found = net.forward()
    with torch.no_grad():
        expected = network(torch.from_numpy(planes(patches))).numpy()
    size = np.sqrt((expected.astype(np.float64) ** 2).mean())
    assert found.shape == (50, FEATURES)
    np.testing.assert_allclose(found, expected[:50] / size, atol=1e-4)
