"""What pictures add to vectors is learned as a map of what neighbours say, and as means of like neighbourhoods."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.descriptors.describer import PATCHES, cylinder_sums
from biomatch.descriptors.patch import FEATURES
from biomatch.descriptors.strangers import by_kind, nearest
from biomatch.extraction import ridge_picture
from biomatch.extraction.ridge_picture import PictureParams
from biomatch.training import projection, strangers

QUICK = replace(projection.PARAMS, sample=2_000, steps=20, batch=256)


class Features:
    """In the place of the network: features that directions explain, in part."""

    def features(self, minutiae, ridges, rows):
        rng = np.random.default_rng(len(minutiae))
        steady = np.outer(np.cos(minutiae.angle), np.linspace(-1, 1, FEATURES))
        return (steady + 0.3 * rng.standard_normal((len(minutiae), FEATURES))).astype(np.float32)[rows]


@pytest.fixture(scope="module")
def prints(pressed):
    stripes = np.cos(np.arange(300) * 0.7)[None].repeat(300, 0).astype(np.float32)
    picture = ridge_picture.encode(stripes, np.ones((300, 300), bool), PictureParams())
    return [replace(p, template=replace(p.template, ridges=picture)) for p in pressed(16, 3)]


@pytest.fixture(scope="module")
def arrays(prints):
    return projection.fit([prints], 1, Features(), QUICK)[0]


def parts(prints, arrays):
    """What neighbours say, and what the stand-in of the network adds, spread as the model spreads it."""
    said = [np.sqrt(cylinder_sums(p.template.minutiae)) @ arrays["matrix"].astype(np.float32) for p in prints]
    seen = [Features().features(p.template.minutiae, None, np.arange(len(p.template.minutiae))) for p in prints]
    added = np.concatenate(seen) @ arrays[PATCHES]
    middle = added.mean(axis=0)
    return np.concatenate(said) - arrays["mean"], middle + strangers.SPREAD * (added - middle)


def test_map_and_means_explain_what_the_card_says(prints, arrays):
    made, figures = strangers.fit(prints, arrays, Features(), 1, cells=32)
    said = np.concatenate([np.sqrt(cylinder_sums(p.template.minutiae)) for p in prints])
    vectors = said @ made["matrix"].astype(np.float32) - made["mean"]
    whole = vectors + made["means"][nearest(vectors, *by_kind(made["centres"]))]
    before, added = parts(prints, arrays)
    left, by_map = (added - (v - before) for v in (whole, vectors))
    explained = 1 - left.var(axis=0).sum() / added.var(axis=0).sum()
    assert explained == pytest.approx(figures["explained"], abs=0.02)
    assert left.var(axis=0).sum() < by_map.var(axis=0).sum() < added.var(axis=0).sum()
    assert figures["minutiae"] == len(said)


def test_what_is_added_everywhere_is_told_whole(prints, arrays):
    class Steady:
        def features(self, minutiae, ridges, rows):
            noise = 1e-3 * np.random.default_rng(1).standard_normal((len(rows), FEATURES))
            return (np.linspace(-1, 1, FEATURES) + noise).astype(np.float32)

    made, _ = strangers.fit(prints, arrays, Steady(), 1, cells=8)
    said = np.sqrt(cylinder_sums(prints[0].template.minutiae))
    before = said @ arrays["matrix"].astype(np.float32) - arrays["mean"]
    after = said @ made["matrix"].astype(np.float32) - made["mean"]
    expected = np.linspace(-1, 1, FEATURES) @ arrays[PATCHES]
    np.testing.assert_allclose(after - before, np.tile(expected, (len(said), 1)), atol=0.02 * np.abs(expected).max())
    np.testing.assert_allclose(made["means"], 0, atol=1e-3)


def test_prints_without_pictures_are_passed_over(prints, arrays):
    bare = [replace(p, template=replace(p.template, ridges=b"")) for p in prints]
    _, figures = strangers.fit(prints, arrays, Features(), 1, cells=8)
    _, with_bare = strangers.fit([*prints, *bare], arrays, Features(), 1, cells=8)
    assert with_bare == figures
