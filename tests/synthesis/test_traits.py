import numpy as np

from biomatch.synthesis.traits import draw_traits, finger_size
from biomatch.vocabulary import FingerPosition


def test_persons_differ_in_size_and_in_the_period_of_their_ridges():
    people = [draw_traits(np.random.default_rng(seed)) for seed in range(300)]
    for name, low, high in (("size", 0.05, 0.14), ("period", 0.04, 0.10)):
        values = np.array([getattr(one, name) for one in people])
        assert abs(values.mean() - 1) < 0.03
        assert low < values.std() < high
    assert 0 < np.mean([one.between > 0 for one in people]) < 0.3


def test_thumbs_are_largest_and_little_fingers_smallest():
    sizes = {position: finger_size(position) for position in FingerPosition}
    assert max(sizes, key=sizes.get) in (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB)
    assert min(sizes, key=sizes.get) in (FingerPosition.RIGHT_LITTLE, FingerPosition.LEFT_LITTLE)
    assert all(sizes[FingerPosition(code)] == sizes[FingerPosition(code + 5)] for code in range(1, 6))
