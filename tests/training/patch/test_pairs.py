"""Pairs are of mates, and what a minutia sees is its own."""

import numpy as np

from biomatch.descriptors.patch import EMPTY, cut
from biomatch.extraction import ridge_picture


def test_pairs_are_within_fingers_and_lie_on_each_other(pairs, prints):
    counts = [len(p.template.minutiae) for p in prints]
    owner = np.repeat(np.arange(len(prints)), counts)
    whole = (pairs.first < len(owner)) & (pairs.second < len(owner))
    a, b = owner[pairs.first[whole]], owner[pairs.second[whole]]
    assert (a != b).all()
    fingers = np.array([p.finger for p in prints])
    assert (fingers[a] == fingers[b]).all()
    assert len(np.unique(pairs.finger)) == 2


def test_each_pair_comes_with_a_part_too(pairs, prints):
    """The part shows fewer minutiae, and its ridges end."""
    whole = sum(len(p.template.minutiae) for p in prints)
    of_parts = pairs.first >= whole
    assert 0.1 < of_parts.mean() < 0.5
    seen = lambda numbers: (pairs.patches[numbers] != EMPTY).mean()  # noqa: E731
    assert seen(pairs.first[of_parts]) < 0.9 * seen(pairs.second[of_parts])


def test_patches_are_those_that_the_descriptor_reads(pairs, prints):
    template = prints[0].template
    every = np.arange(len(template.minutiae))
    cut_anew = cut(template.minutiae, ridge_picture.decode(template.ridges), every)
    np.testing.assert_array_equal(pairs.patches[every], cut_anew)
