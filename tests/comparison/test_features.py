"""Evidence of the minutiae."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.comparison import Block, evidence, features, prepare


def told(probe, reference):
    found = evidence.gather(probe, Block.of([reference]))
    return dict(zip(features.NAMES, found.features[0], strict=True))


def test_there_is_a_name_for_every_feature(fingers):
    assert evidence.gather(fingers[0], Block.of(fingers)).features.shape == (len(fingers), features.COUNT)


def test_a_print_pairs_with_itself_whole(fingers):
    same = told(fingers[0], fingers[0])
    pairs, doubt = same["pairs"] ** 2, features.PAIRING.doubt
    strangers = doubt / (pairs + doubt)
    assert same["residual px"] == pytest.approx(strangers * features.PAIRING.strange_px, abs=0.01)
    assert same["similarity"] == pytest.approx(1 - strangers * (1 - features.PAIRING.strange_similarity), abs=0.02)
    assert same["quality unpaired"] < 0.01
    assert same["turn"] < 1e-3


@pytest.mark.parametrize("turn", [20, 64, 128])
def test_a_turned_and_shifted_print_gives_the_same_evidence(fingers, moved, turn):
    other = moved(fingers[0], turn, 200, 180)
    found = evidence.gather(fingers[0], Block.of([other]))
    probe_of, reference_of, _ = found.pairs(0)
    np.testing.assert_array_equal(probe_of, reference_of)
    assert len(probe_of) >= 0.9 * min(evidence.MOST, len(fingers[0].vectors))
    assert np.cos(found.motions[0, 2] - turn * 2 * np.pi / 256) == pytest.approx(1, abs=1e-3)


def test_a_stretched_print_keeps_its_pairs(fingers, describer):
    """Eight hundredths wider: its rim lies 15 px off after the best rigid motion, farther than a pair may be."""
    template = fingers[0].template
    wide = replace(template, minutiae=replace(template.minutiae, x=template.minutiae.x * 1.08), width=template.width + 40)
    found = evidence.gather(fingers[0], Block.of([prepare(wide, describer)]))
    probe_of, reference_of, _ = found.pairs(0)
    right = int((probe_of == reference_of).sum())
    assert right >= 0.9 * min(evidence.MOST, len(template.minutiae))


def test_both_ways_round_tell_nearly_the_same(fingers, mates):
    there, back = told(fingers[0], mates[0]), told(mates[0], fingers[0])
    assert there["relaxed"] == pytest.approx(back["relaxed"], rel=0.05)
    assert there["pairs"] == pytest.approx(back["pairs"], rel=0.1)
    assert there["turn"] == pytest.approx(back["turn"], abs=0.03)
