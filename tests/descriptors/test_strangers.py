"""Vectors of prints without pictures, drawn, vary as those of prints with pictures do."""

from dataclasses import replace

import numpy as np
import pytest

import biomatch
from biomatch.descriptors import Describer
from biomatch.descriptors.strangers import StrangerDescriber, describer_among
from biomatch.extraction import open_extractor


@pytest.fixture(scope="module")
def templates(root):
    """Twelve, of six fingers, with pictures."""
    extractor = open_extractor("learned")
    images = sorted((root / "sample_data" / "enrol").glob("*_[12].png"))[:12]
    return [extractor.extract(biomatch.decode(path.read_bytes())) for path in images]


def bare(template):
    """As if it had been made up as minutiae alone."""
    return replace(template, ridges=b"", extractor="synthetic/5")


def unit(vectors):
    return np.concatenate(vectors).astype(np.float64) / 256


def test_prints_of_people_are_described_as_they_are_with_a_picture_or_without(templates):
    of_others = [replace(t, ridges=b"", extractor="foreign") for t in templates[:2]]
    for template in (*templates[:2], *of_others):
        np.testing.assert_array_equal(StrangerDescriber().describe(template), Describer().describe(template))


def test_pictures_change_vectors_and_so_does_drawing(templates):
    """The mean similarity of a minutia's vector with and without a picture, and with a drawn one."""
    true = unit([Describer().describe(t) for t in templates])
    without = unit([Describer().describe(bare(t)) for t in templates])
    drawn = unit([StrangerDescriber().describe(bare(t)) for t in templates])
    seen, made = (true * without).sum(axis=1).mean(), (drawn * without).sum(axis=1).mean()
    assert seen < 0.95
    assert made == pytest.approx(seen, abs=0.05)


def test_the_same_print_is_drawn_the_same(templates):
    one, other = bare(templates[0]), bare(templates[1])
    np.testing.assert_array_equal(StrangerDescriber().describe(one), StrangerDescriber().describe(one))
    few = StrangerDescriber().describe(one, 10)
    assert np.count_nonzero(few.any(axis=1)) == 10
    first, second = StrangerDescriber().describe(one), StrangerDescriber().describe(other)
    assert not np.array_equal(first[:5], second[:5])


def test_its_version_names_the_model(templates):
    assert StrangerDescriber().version.startswith(Describer().version)
    assert StrangerDescriber().version != Describer().version


def test_it_is_used_among_prints_with_pictures(templates):
    assert isinstance(describer_among([bare(templates[0]), templates[1]]), StrangerDescriber)
    assert not isinstance(describer_among([bare(templates[0])]), StrangerDescriber)
