"""Step one: local similarities, then relaxation."""

import math

import numpy as np

from biomatch.comparison import Block, evidence
from biomatch.comparison.prepared import similarities, turns_of
from biomatch.comparison.relaxation import averages_table, pairs_to_average, seed


def test_seeds_agree_with_their_plain_twin(plain):
    similarity = np.random.default_rng(1).uniform(-1, 1, (17, 23)).astype(np.float32)
    probe_of, reference_of, strength = np.empty(17, np.int64), np.empty(17, np.int64), np.empty(17)
    count = seed(similarity, probe_of, reference_of, strength)
    assert list(zip(probe_of[:count], reference_of[:count], strict=True)) == plain.seed(similarity)
    np.testing.assert_array_equal(strength[:count], similarity[probe_of[:count], reference_of[:count]])


def test_relaxed_scores_agree_with_their_plain_twin(plain, fingers, mates):
    """The kernel reads its supports from tables, in steps of 1/8 px and 1/512: hence the tolerance."""
    probe, block = fingers[0], Block.of([mates[0], fingers[1]])
    fast = evidence.relaxed(probe, block)
    ours, _ = Block.of([probe]).strongest(evidence.MOST)
    theirs, _ = block.strongest(evidence.MOST)
    points = lambda b: list(zip(b.x, -b.y, turns_of(b.angle) * 2 * math.pi / 256, strict=True))  # noqa: E731
    for r in range(2):
        own = slice(theirs.starts[r], theirs.starts[r + 1])
        similarity = similarities(ours.vectors, theirs.vectors[own])
        wanted = pairs_to_average(min(similarity.shape))
        slow = plain.relaxed(points(ours), points(theirs)[own], similarity, wanted)
        np.testing.assert_allclose(fast[r], slow, rtol=0.06)


def test_mates_score_above_strangers(fingers, mates):
    scores = np.stack([evidence.relaxed(f, Block.of(mates)) for f in fingers])
    assert (scores.argmax(axis=1) == np.arange(len(fingers))).all()


def test_the_number_of_pairs_is_as_published():
    assert [pairs_to_average(n) for n in (8, 16, 20, 24, 30)] == [4, 5, 8, 11, 12]
    assert averages_table(30)[24] == 11


def test_an_empty_side_scores_zero(describer, fingers):
    from biomatch.comparison import prepare
    from biomatch.template import Minutiae, Template

    nobody = prepare(Template(Minutiae.none(), 300, 300), describer)
    assert evidence.relaxed(nobody, Block.of(fingers)).tolist() == [0] * len(fingers)
    assert evidence.relaxed(fingers[0], Block.of([nobody, fingers[0]]))[0] == 0
    assert len(evidence.relaxed(fingers[0], Block.of([]))) == 0
