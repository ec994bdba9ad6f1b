"""One synthetic finger's labelled prints, made once. Training needs torch: without it these tests are skipped, unless
BIOMATCH_REQUIRE names train."""

import os

import pytest

if "train" not in os.environ.get("BIOMATCH_REQUIRE", "").split(","):
    pytest.importorskip("torch", reason="training needs torch; pip install 'biomatch[train]'")
    pytest.importorskip("onnx", reason="training needs onnx; pip install 'biomatch[train]'")


@pytest.fixture
def network():
    """A narrow network that has learned nothing; its normalisations are as different as after a long run."""
    import torch

    from biomatch.training.extractor.network import Network

    torch.manual_seed(7)
    made = Network(quarter=8, eighth=12, sixteenth=16)
    for layer in made.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.running_mean, -0.5, 0.5)
            torch.nn.init.uniform_(layer.running_var, 0.5, 2)
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.uniform_(layer.bias, -0.5, 0.5)
    return made.eval()


@pytest.fixture(scope="session")
def labelled():
    from biomatch.training.extractor import synthetic

    return list(synthetic.of_finger(5, 0, synthetic.SyntheticParams(plain=2, latent_every=1)))
