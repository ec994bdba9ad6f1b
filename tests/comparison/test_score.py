import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from biomatch.comparison.score import CLIP, Logistic
from biomatch.errors import ModelDamaged

MODEL = Logistic(np.array([1.0, -2.0, 0.5]), np.array([2.0, 0.1, 1.0]), np.array([0.7, -1.5, 3.0]), -0.25)


def test_a_score_is_the_weighted_sum_of_what_lies_off_the_mean():
    assert MODEL(np.array([[1, -2, 0.5], [3, -2, 0.5], [1, -1.9, 1.5]])) == pytest.approx([-0.25, 0.45, 1.25])


def test_what_is_unusual_speaks_no_louder_than_four_deviations():
    far, farther = (np.array([[1 + times * 2.0, -2, 0.5]]) for times in (CLIP, 1e6))
    assert MODEL(far) == pytest.approx(-0.25 + CLIP * 0.7)
    assert MODEL(farther) == MODEL(far)
    assert MODEL(np.array([[-1e9, -2, 0.5]])) == pytest.approx(-0.25 - CLIP * 0.7)


@given(arrays(np.float64, (5, 3), elements=st.floats(-50, 50)))
def test_shares_add_up_to_the_score(features):
    np.testing.assert_allclose(MODEL.shares(features).sum(axis=1) + MODEL.bias, MODEL(features), atol=1e-12)


def test_what_is_written_to_a_model_is_read_back():
    features = np.random.default_rng(3).normal(size=(20, 3))
    back = Logistic.of(MODEL.arrays("ridges"), "ridges", 3)
    np.testing.assert_array_equal(back(features), MODEL(features))


def test_a_score_of_another_number_of_features_is_refused():
    with pytest.raises(ModelDamaged, match=r"'ridges' was fitted on 3 features, this version measures 4"):
        Logistic.of(MODEL.arrays("ridges"), "ridges", 4)
