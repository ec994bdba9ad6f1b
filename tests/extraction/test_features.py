import numpy as np

from biomatch.extraction import features, pipeline
from biomatch.extraction.params import Params
from biomatch.observe import NO_TRACE


def residues_at(rng, n, size=60):
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.stack((*rng.uniform(0, size, (2, n)), np.cos(angle), np.sin(angle)), 1).astype(np.float32)


def test_neighbourhoods_agree_with_the_twin(rng, plain):
    own, view = residues_at(rng, 40), residues_at(rng, 70)
    period = rng.uniform(7, 11, 40).astype(np.float32)
    fast = features.neighbourhood(own, view, period, 8.0, 2.5, 4.0)
    np.testing.assert_allclose(fast, plain.neighbourhood(own, view, period, 8.0, 2.5, 4.0), atol=1e-4)


def test_patches_agree_with_the_twin(rng, plain):
    picture = rng.normal(size=(50, 64)).astype(np.float32)
    own, period = residues_at(rng, 25), rng.uniform(7, 11, 25).astype(np.float32)
    fast = features.patch(picture, own, period, 12, 2 / 9)
    np.testing.assert_allclose(fast, plain.patch(picture, own, period, 12, 2 / 9), atol=1e-4)


def test_a_mirror_image_has_mirrored_features(patterns):
    """One minutia whose direction is to the right: upside down it is the same minutia, seen in a mirror."""
    from biomatch.imaging import GreyImage

    picture = patterns.minutia(at=(100, 99.5), turned=0.0)
    seen = [pipeline.look(GreyImage.of(np.ascontiguousarray(p)), Params(), NO_TRACE) for p in (picture, picture[::-1])]
    a, b = (s.features for s in seen)
    assert len(seen[0].found) == len(seen[1].found) == 1
    np.testing.assert_allclose(a.scalars, b.scalars * features.MIRRORED, atol=0.1)
    assert np.abs(a.patches - b.patches[:, :, ::-1]).mean() < 0.1


def test_columns_have_names_for_all_scalars(finger):
    seen = pipeline.look(finger, Params(), NO_TRACE)
    wanted = features.VIEWS * len(features.VIEW_COLUMNS) + len(features.PLACE_COLUMNS)
    assert seen.features.scalars.shape == (len(seen.found), wanted) == (len(seen.found), len(features.MIRRORED))
    assert np.isfinite(seen.features.scalars).all()
