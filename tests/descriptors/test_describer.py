"""Minutiae to vectors."""

import numpy as np

from biomatch.descriptors import DIMENSIONS, Describer
from biomatch.synthesis import synthesise_templates
from biomatch.template import MOST_READ, Minutiae, Template


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


def test_of_very_many_minutiae_the_best_take_part_and_no_others():
    """Each looks at all others: 65,535 took 20 s, where they lie close together 47."""
    rng = np.random.default_rng(3)
    count = MOST_READ + 200
    xy, quality = rng.uniform(0, 1_000, (2, count)), rng.integers(0, 101, count) / 100
    whole = Template(Minutiae.of(*xy, rng.uniform(0, 6.28, count), None, quality), 1_000, 1_000)
    kept = np.sort(np.argsort(-whole.minutiae.quality, kind="stable")[:MOST_READ])
    alone = Template(whole.minutiae[kept], 1_000, 1_000)
    for most in (None, 300, count):
        vectors = Describer().describe(whole, most)
        np.testing.assert_array_equal(vectors[kept], Describer().describe(alone, most))
        assert not np.delete(vectors, kept, axis=0).any()
