"""Vectors of made-up prints get what pictures would add to them on average."""

from dataclasses import replace

import numpy as np
import pytest

import biomatch
from biomatch.descriptors import GRID, Describer
from biomatch.descriptors.strangers import StrangerDescriber, by_kind, describer_among, nearest
from biomatch.extraction import open_extractor
from biomatch.template import Minutiae, Template


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


def test_what_is_told_goes_the_way_of_what_pictures_add(templates):
    without = unit([Describer().describe(bare(t)) for t in templates])
    seen = unit([Describer().describe(t) for t in templates]) - without
    told = unit([StrangerDescriber().describe(bare(t)) for t in templates]) - without
    alike = (seen * told).sum() / np.linalg.norm(seen) / np.linalg.norm(told)
    assert 0.25 < alike < 0.9


def test_they_have_unit_length_and_the_same_ones_are_described_the_same(templates):
    one = bare(templates[0])
    vectors = StrangerDescriber().describe(one)
    assert np.all(np.abs(np.linalg.norm(vectors.astype(float), axis=1) - GRID) < 0.12 * GRID)
    np.testing.assert_array_equal(StrangerDescriber().describe(one), vectors)


def test_the_best_alone_may_be_described_and_one_without_neighbours_is_not(templates):
    one = bare(templates[0])
    every, few = StrangerDescriber().describe(one), StrangerDescriber().describe(one, 10)
    best = np.argsort(-one.minutiae.quality, kind="stable")[:10]
    assert np.count_nonzero(few.any(axis=1)) == 10
    np.testing.assert_array_equal(few[best], every[best])
    lonely = Template(Minutiae.of([50], [60], [1]), 300, 400, extractor="synthetic/5")
    assert not StrangerDescriber().describe(lonely).any()


def test_prints_and_strangers_may_be_described_together(templates):
    mixed = [bare(templates[0]), templates[1], Template(Minutiae.none(), 300, 400, extractor="synthetic/5"), bare(templates[2])]
    most = [None, 30, None, 10]
    alone = [StrangerDescriber().describe(t, own) for t, own in zip(mixed, most, strict=True)]
    for together, one in zip(StrangerDescriber().describe_each(mixed, most), alone, strict=True):
        np.testing.assert_array_equal(together, one)
    assert any(v.any() for v in alone)
    assert StrangerDescriber().describe_each([], []) == []


def test_nearest_is_the_nearest():
    rng = np.random.default_rng(5)
    vectors, centres = (rng.normal(size=shape).astype(np.float32) for shape in ((50, 8), (20, 8)))
    apart = np.linalg.norm(vectors[:, None] - centres, axis=2)
    np.testing.assert_array_equal(nearest(vectors, *by_kind(centres)), apart.argmin(axis=1))


def test_its_version_names_the_model(templates):
    assert StrangerDescriber().version.startswith(Describer().version)
    assert StrangerDescriber().version != Describer().version


def test_it_is_used_among_prints_with_pictures(templates):
    assert isinstance(describer_among([bare(templates[0]), templates[1]]), StrangerDescriber)
    assert not isinstance(describer_among([bare(templates[0])]), StrangerDescriber)
