"""Evidence of the minutiae."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.comparison import Block, evidence, features, prepare
from biomatch.comparison.prepared import crowd, strongest


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


def test_pairs_are_one_to_one_and_strongest_first(fingers, mates):
    found = evidence.gather(fingers[0], Block.of([mates[0]]))
    probe_of, reference_of, weight = found.pairs(0)
    assert len(set(probe_of)) == len(probe_of) == len(set(reference_of))
    assert (np.diff(weight) <= 0).all()


def test_a_block_gives_what_single_references_give(fingers, mates):
    together = evidence.gather(fingers[0], Block.of(mates))
    for r, mate in enumerate(mates):
        alone = evidence.gather(fingers[0], Block.of([mate]))
        np.testing.assert_array_equal(together.features[r], alone.features[0])
        np.testing.assert_array_equal(together.pairs(r)[1], alone.pairs(0)[1])


def test_the_strongest_minutiae_are_kept_in_their_order():
    quality = np.array([0.2, 0.9, 0.5, 0.9, 0.5, 0.1], np.float32)
    assert strongest(quality, np.array([0, 6]), 3).tolist() == [1, 2, 3]
    assert strongest(quality, np.array([0, 2, 6]), 2).tolist() == [0, 1, 2, 3]
    assert strongest(quality, np.array([0, 6]), 9).tolist() == [0, 1, 2, 3, 4, 5]


def test_a_crowd_counts_others_of_the_same_print_only(fingers):
    block = Block.of(fingers[:2] * 2)
    of_print = np.repeat(np.arange(len(block)), np.diff(block.starts))
    distance = np.hypot(block.x[:, None] - block.x, block.y[:, None] - block.y)
    near = (distance < 16) & (of_print[:, None] == of_print) & ~np.eye(len(distance), dtype=bool)
    counted = crowd(block, 16)
    np.testing.assert_array_equal(counted, near.sum(axis=1))
    assert counted.any()


def test_a_heap_of_false_minutiae_counts_for_little_where_minutiae_are_foreign(fingers, describer):
    """As MINDTCT finds them in a smudge: twenty within a few px, all sure."""
    template = fingers[0].template
    m, rng = template.minutiae, np.random.default_rng(3)
    x, y = (np.append(v, v.mean() + rng.uniform(-12, 12, 20)) for v in (m.x, m.y))
    angle, quality = np.append(m.angle, rng.uniform(0, 6, 20)), np.append(m.quality, np.full(20, 0.9))
    heaped = prepare(replace(template, minutiae=type(m).of(x, y, angle, quality=quality)), describer)
    at = features.NAMES.index("quality unpaired")
    ours, foreign = (
        evidence.gather(fingers[0], Block.of([heaped]), foreign=foreign).features[0, at] for foreign in (False, True)
    )
    assert foreign < 0.5 * ours
