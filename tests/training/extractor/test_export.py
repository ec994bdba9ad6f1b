"""The file answers as the network does, and is the same for the same weights."""

import cv2
import numpy as np
import pytest


@pytest.mark.parametrize("size", [(96, 96), (208, 176)])
def test_the_file_answers_as_the_network_does(network, size):
    import torch

    from biomatch.training.extractor.export import to_onnx

    planes = np.random.default_rng(1).normal(0, 1, (1, 2, *size)).astype(np.float32)
    with torch.no_grad():
        wanted = [answer.numpy() for answer in network(torch.from_numpy(planes))]
    net = cv2.dnn.readNetFromONNX(np.frombuffer(to_onnx(network), np.uint8))
    net.setInput(planes)
    for one, two in zip(wanted, net.forward(["minutiae", "ridges"]), strict=True):
        assert one.shape == two.shape
        assert np.abs(one - two).max() < 1e-3


def test_the_same_weights_make_the_same_file(network):
    import torch

    from biomatch.training.extractor.export import to_onnx

    before = to_onnx(network)
    assert to_onnx(network) == before
    with torch.no_grad():
        network.minutiae.bias[3] += 1
    assert to_onnx(network) != before
