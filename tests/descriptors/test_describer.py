"""Minutiae to vectors."""

import numpy as np

from biomatch.descriptors import DIMENSIONS, Describer
from biomatch.synthesis import synthesise_templates
from biomatch.template import Minutiae


def test_every_minutia_gets_a_vector():
    m = synthesise_templates(1, 5)[0].minutiae
    vectors = Describer().describe(m)
    assert vectors.shape == (len(m), DIMENSIONS)
    assert vectors.dtype == np.int8
    assert (vectors != 0).any(axis=1).all()


def test_the_same_minutiae_give_the_same_vectors_bit_for_bit():
    m = synthesise_templates(1, 5)[0].minutiae
    np.testing.assert_array_equal(Describer().describe(m), Describer().describe(m))


def test_none_and_one_minutia_are_described():
    describer = Describer()
    assert describer.describe(Minutiae.none()).shape == (0, DIMENSIONS)
    assert not describer.describe(Minutiae.of([50], [60], [1])).any()


def test_the_version_names_the_model():
    assert len(Describer().version.split("-")[-1]) == 8


def test_only_the_best_minutiae_may_be_described():
    m = synthesise_templates(1, 5)[0].minutiae
    every, some = Describer().describe(m), Describer().describe(m, 20)
    best = np.argsort(-m.quality, kind="stable")[:20]
    np.testing.assert_array_equal(some[best], every[best])
    assert np.count_nonzero(some.any(axis=1)) == 20
