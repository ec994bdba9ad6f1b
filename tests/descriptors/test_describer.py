"""Minutiae to vectors."""

import numpy as np

from biomatch.descriptors import DIMENSIONS, Describer
from biomatch.synthesis import synthesise_templates
from biomatch.template import Minutiae, Template


def of_minutiae(*places):
    return Template(Minutiae.of(*places) if places else Minutiae.none(), 300, 400)


def test_every_minutia_gets_a_vector():
    template = synthesise_templates(1, 5)[0]
    vectors = Describer().describe(template)
    assert vectors.shape == (len(template.minutiae), DIMENSIONS)
    assert vectors.dtype == np.int8
    assert (vectors != 0).any(axis=1).all()


def test_the_same_minutiae_give_the_same_vectors_bit_for_bit():
    template = synthesise_templates(1, 5)[0]
    np.testing.assert_array_equal(Describer().describe(template), Describer().describe(template))


def test_none_and_one_minutia_are_described():
    describer = Describer()
    assert describer.describe(of_minutiae()).shape == (0, DIMENSIONS)
    assert not describer.describe(of_minutiae([50], [60], [1])).any()


def test_the_version_names_the_model():
    assert len(Describer().version.split("-")[-1]) == 8


def test_only_the_best_minutiae_may_be_described():
    template = synthesise_templates(1, 5)[0]
    every, some = Describer().describe(template), Describer().describe(template, 20)
    best = np.argsort(-template.minutiae.quality, kind="stable")[:20]
    np.testing.assert_array_equal(some[best], every[best])
    assert np.count_nonzero(some.any(axis=1)) == 20


def test_many_at_once_are_described_as_one_by_one():
    few = of_minutiae([50, 70], [60, 65], [1, 2])
    templates = [*synthesise_templates(3, 5), of_minutiae(), few, *synthesise_templates(2, 6)]
    most = [None, 20, 0, None, 1, 300, 7]
    one_by_one = [Describer().describe(t, own) for t, own in zip(templates, most, strict=True)]
    for together, alone in zip(Describer().describe_each(templates, most), one_by_one, strict=True):
        np.testing.assert_array_equal(together, alone)
    assert Describer().describe_each([], []) == []
