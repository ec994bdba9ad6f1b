"""What pictures add to vectors is learned as a map of what neighbours say, and deviations from it."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.descriptors.describer import PATCHES, cylinder_sums
from biomatch.descriptors.patch import FEATURES
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


def test_map_and_deviations_together_vary_as_what_pictures_add(prints, arrays):
    made, figures = strangers.fit(prints, arrays, Features())
    said = np.concatenate([np.sqrt(cylinder_sums(p.template.minutiae)) for p in prints])
    before = said @ arrays["matrix"].astype(np.float32) - arrays["mean"]
    after = said @ made["matrix"].astype(np.float32) - made["mean"]
    added = np.concatenate(
        [Features().features(p.template.minutiae, None, np.arange(len(p.template.minutiae))) @ arrays[PATCHES] for p in prints]
    )
    explained = (after - before).var(axis=0).sum()
    deviating = sum((made[name] ** 2).sum() for name in ("print", "minutia"))
    assert explained + deviating == pytest.approx(added.var(axis=0).sum(), rel=0.1)
    np.testing.assert_allclose((after - before).mean(axis=0), added.mean(axis=0), atol=0.02 * added.std())
    assert 0 < figures["explained"] < 1
    assert figures["minutiae"] == len(said)


def test_prints_without_pictures_are_passed_over(prints, arrays):
    bare = [replace(p, template=replace(p.template, ridges=b"")) for p in prints]
    _, figures = strangers.fit(prints, arrays, Features())
    _, with_bare = strangers.fit([*prints, *bare], arrays, Features())
    assert with_bare == figures


def test_deviations_are_told_apart_into_those_of_prints_and_of_minutiae():
    rng = np.random.default_rng(2)
    between, within = np.diag([3.0, 0.5, 1.0]), np.diag([1.0, 2.0, 0.2])
    whose = np.repeat(np.arange(3_000), 10)
    off = (rng.standard_normal((3_000, 3)) @ between)[whose] + rng.standard_normal((30_000, 3)) @ within
    of_print, of_minutia = strangers._roots(off, whose)
    np.testing.assert_allclose(of_print.T @ of_print, between**2, atol=0.4)
    np.testing.assert_allclose(of_minutia.T @ of_minutia, within**2, atol=0.1)
