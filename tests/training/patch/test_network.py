"""The network of patches, in torch and as a file."""

import cv2
import numpy as np

from biomatch.descriptors.patch import FEATURES, SIDE, planes


def test_opencv_finds_the_features_that_torch_does():
    import torch

    from biomatch.training.patch.network import PatchNetwork, to_onnx

    patches = np.random.default_rng(2).integers(0, 256, (60, SIDE, SIDE)).astype(np.uint8)
    torch.manual_seed(2)
    network = PatchNetwork((4, 8, 8), 0.5)
    with torch.no_grad():
        for _ in range(3):  # so that its normalisations know patches
            network(torch.from_numpy(planes(patches)))
    network.eval()
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


def test_something_is_dropped_while_it_learns_and_nothing_afterwards():
    import torch

    from biomatch.training.patch.network import PatchNetwork

    torch.manual_seed(2)
    network, patches = PatchNetwork((4, 8, 8), 0.5), torch.randn(8, 1, SIDE, SIDE)
    with torch.no_grad():
        assert not torch.equal(network(patches), network(patches))
        network.eval()
        assert torch.equal(network(patches), network(patches))
