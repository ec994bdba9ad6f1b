import numpy as np
import pytest

from biomatch.comparison.orientation_check import flow_agreement


def stripes(turned, size=90, period=9.0):
    y, x = np.mgrid[:size, :size]
    return np.cos(2 * np.pi * (x * np.cos(turned) + y * np.sin(turned)) / period).astype(np.float32)


def test_it_agrees_with_its_plain_twin(plain, waves):
    a, b = waves(1, 90), waves(2, 90)
    np.testing.assert_allclose(flow_agreement(a, b, 6), plain.flow_agreement(a, b, 6), rtol=1e-3)
    assert flow_agreement(a, a, 6)[0] == pytest.approx(1)


@pytest.mark.parametrize("turned", [0.0, 0.2, np.pi / 4, np.pi / 2])
def test_stripes_agree_by_the_cosine_of_twice_their_angle(turned):
    agreement, close = flow_agreement(stripes(0.3 + turned), stripes(0.3), 6)
    assert agreement == pytest.approx(np.cos(2 * turned), abs=0.1)
    assert close == (1 if turned < np.radians(15) else 0)


def test_what_only_one_print_shows_does_not_count():
    a, b = stripes(0.3), stripes(0.3)
    b[:, 45:] = stripes(0.3 + np.pi / 2)[:, 45:]
    a[:, 44:] = 0
    assert flow_agreement(a, b, 6)[0] > 0.9
    assert flow_agreement(np.zeros_like(b), b, 6) == (0, 0)
