"""Step one: local similarities, then relaxation."""

import math

import numpy as np

from biomatch.comparison import Block, evidence
from biomatch.comparison.prepared import similarities, turns_of
from biomatch.comparison.relaxation import PARAMS, averages_table, mean_of_efficient, pairs_to_average, relax, seed


def test_seeds_agree_with_their_plain_twin(plain):
    similarity = np.random.default_rng(1).uniform(-1, 1, (17, 23)).astype(np.float32)
    probe_of, reference_of, strength = np.empty(17, np.int64), np.empty(17, np.int64), np.empty(17)
    count = seed(similarity, probe_of, reference_of, strength)
    assert list(zip(probe_of[:count], reference_of[:count], strict=True)) == plain.seed(similarity)
    np.testing.assert_array_equal(strength[:count], similarity[probe_of[:count], reference_of[:count]])


def test_relaxed_strengths_agree_with_their_plain_twin(plain, fingers, mates):
    """The kernel reads its supports from tables, in steps of 1/8 px and 1/512: hence the tolerance."""
    for probe, reference in ((fingers[0], mates[0]), (fingers[0], fingers[1])):
        ours, theirs = (Block.of([p]).strongest(evidence.MOST)[0] for p in (probe, reference))
        points = [list(zip(b.x, -b.y, turns_of(b.angle) * 2 * math.pi / 256, strict=True)) for b in (ours, theirs)]
        pairs, strength, slow = plain.relax(*points, similarities(ours.vectors, theirs.vectors))
        probe_of, reference_of = np.array(pairs).T
        fast, _ = relax(
            ours.x, ours.y, turns_of(ours.angle), theirs.x, theirs.y, turns_of(theirs.angle), probe_of.copy(),
            reference_of.copy(), strength.astype(np.float64), len(pairs), evidence._ROTATION, *evidence._TABLES,
            PARAMS.rounds, PARAMS.keep,
        )  # fmt: skip
        np.testing.assert_allclose(fast, slow, atol=0.03)


def test_the_score_is_the_mean_of_the_most_efficient():
    strength, relaxed = np.array([0.5, 0.8, 0.4, 1.0]), np.array([0.4, 0.4, 0.3, 0.1])
    mean, order = mean_of_efficient.py_func(strength, relaxed, 2)
    assert order.tolist() == [0, 2, 1, 3]
    assert mean == (0.4 + 0.3) / 2
    assert mean_of_efficient.py_func(strength, relaxed, 8)[0] == relaxed.sum() / 8


def test_mates_score_above_strangers(fingers, mates):
    scores = np.stack([evidence.relaxed(f, Block.of(mates)) for f in fingers])
    assert (scores.argmax(axis=1) == np.arange(len(fingers))).all()


def test_the_number_of_pairs_is_as_published():
    assert [pairs_to_average(n) for n in (8, 16, 20, 24, 30)] == [4, 5, 8, 11, 12]
    assert averages_table(30)[24] == 11
