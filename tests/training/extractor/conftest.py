"""One synthetic finger's labelled prints, made once. Training needs torch: without it these tests are skipped, unless
BIOMATCH_REQUIRE names train."""

import os

import pytest

if "train" not in os.environ.get("BIOMATCH_REQUIRE", "").split(","):
    pytest.importorskip("torch", reason="training needs torch; pip install 'biomatch[train]'")
    pytest.importorskip("onnx", reason="training needs onnx; pip install 'biomatch[train]'")


@pytest.fixture(scope="session")
def labelled():
    from biomatch.training.extractor import synthetic

    return list(synthetic.of_finger(5, 0, synthetic.SyntheticParams(plain=2, latent_every=1)))
