"""Prints of two synthetic fingers with pictures of their ridges, made once. Training needs torch: without it these tests are
skipped, unless BIOMATCH_REQUIRE names train."""

import os

import pytest

from biomatch.imaging import GreyImage

if "train" not in os.environ.get("BIOMATCH_REQUIRE", "").split(","):
    pytest.importorskip("torch", reason="training needs torch; pip install 'biomatch[train]'")
    pytest.importorskip("onnx", reason="training needs onnx; pip install 'biomatch[train]'")


@pytest.fixture(scope="session")
def prints():
    """Four plain prints of each finger, as the classical extractor sees them."""
    from biomatch.extraction import open_extractor
    from biomatch.training.data import Print
    from biomatch.training.extractor.synthetic import SyntheticParams, of_finger

    extractor = open_extractor("classical")
    params = SyntheticParams(plain=4, difficulty=(0.5, 1.0), latent_every=99, rolled_every=99)
    return [
        Print(f"{finger}_{k}", "made", f"finger{finger}", k, "made", extractor.measure(GreyImage.of(one.pixels))[0])
        for finger in (1, 2)
        for k, one in enumerate(of_finger(6, finger, params))
    ]


@pytest.fixture(scope="session")
def pairs(prints):
    import numpy as np

    from biomatch.training.patch.pairs import Pairs

    return Pairs.of(prints, np.random.default_rng(1), 6, (10, 20))
