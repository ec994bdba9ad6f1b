"""Synthetic prints: which a finger gives, and their labels."""

from dataclasses import astuple

import numpy as np

from biomatch.template import Minutiae
from biomatch.training.extractor import synthetic
from biomatch.training.extractor.synthetic import SyntheticParams, of_finger


def test_a_synthetic_print_is_labelled_with_its_truth(labelled):
    plain = labelled[0]
    assert len(plain.minutiae) > 15
    assert set(plain.minutiae[:, 4]) == {1}
    assert isinstance(Minutiae.of(*plain.minutiae[:, :4].T), Minutiae)
    assert plain.foreground.shape == plain.angle.shape == plain.period.shape


def test_some_fingers_are_rolled_too_and_some_left_a_latent():
    """Of ten fingers the last is rolled; every second, from the first on, left a latent."""
    params = SyntheticParams(plain=1, difficulty=(0.7, 0.7))
    first, second, last = (list(of_finger(3, number, params)) for number in (0, 1, 9))
    assert [len(prints) for prints in (first, second, last)] == [2, 1, 2]
    rolled, plain = last
    covered = [int((one.foreground > 127).any(axis=0).sum()) for one in (rolled, plain)]
    assert covered[0] > 1.3 * covered[1]  # from nail to nail


def test_a_finger_has_the_same_prints_every_time_and_each_seed_others():
    params = SyntheticParams(plain=1)
    one, same, other = (next(of_finger(seed, 1, params)) for seed in (3, 3, 4))
    for a, b in zip(astuple(one), astuple(same), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.pixels, other.pixels)


def test_fingers_that_lie_in_the_folder_are_not_made_again(labelled, tmp_path, monkeypatch):
    made = []

    def of_finger(seed, number):
        made.append((seed, number))
        return iter(labelled[:1])

    monkeypatch.setattr(synthetic, "of_finger", of_finger)
    assert len(synthetic.prints(tmp_path, 2, 8)) == 2
    assert len(synthetic.prints(tmp_path, 3, 8)) == 3
    assert made == [(8, 0), (8, 1), (8, 2)]
    synthetic.prints(tmp_path, 1, 9)
    assert made[3:] == [(9, 0)]
