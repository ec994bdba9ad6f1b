import numpy as np
import pytest

from biomatch.evaluation import protocol
from biomatch.learned import shipped
from biomatch.training import image_quality


def test_auc_is_that_of_the_definition():
    """0.9 is above both prints that are not recognised, 0.3 above one of the two."""
    assert image_quality._auc(np.array([0.9, 0.3, 0.5, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(0.75)


def test_shares_are_learned_as_chances():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4_000, 2))
    share = 1 / (1 + np.exp(-(1.5 * x[:, 0] + 0.5)))
    model = image_quality._logistic(x, share)
    predicted = 1 / (1 + np.exp(-((x - model["mean"]) / model["deviation"] @ model["weight"] + model["offset"])))
    assert np.abs(predicted - share).mean() < 0.02


def test_pictures_without_a_finger_lower_what_is_said_of_prints_that_measure_alike():
    x, y = np.array([[0.0, 0.0], [1.0, 1.0]] * 50), np.array([1.0, 1.0] * 50)
    prints = x + np.random.default_rng(3).normal(0, 0.1, x.shape)

    def chance(nothing):
        model = image_quality._among(nothing, prints, y)
        return 1 / (1 + np.exp(-((-model["mean"] / model["deviation"]) @ model["weight"] + model["offset"])))

    assert chance(prints[:50:2]) < chance(np.empty((0, 2))) - 0.1


def test_it_is_trained_on_a_few_prints_and_copies(real_data):
    samples = [s for s in protocol.read(real_data / "manifest.csv", ("fvc2000_db2",)) if s.impression <= 4][:12]
    arrays, figures = image_quality.fit(samples, shipped(), 1)
    assert figures["prints"] == 36
    assert figures["without_a_finger"] == 12
    assert set(arrays) == {"mean", "deviation", "weight", "offset"}
    assert figures["share"] < 1
