import numpy as np
import pytest

from biomatch.extraction import minutia_quality
from biomatch.extraction.features import MIRRORED, PLACE_COLUMNS, Features
from biomatch.extraction.minutia_quality import JudgementParams
from biomatch.extraction.minutiae import Candidates
from biomatch.learned import shipped
from biomatch.observe import NO_TRACE
from biomatch.template import BIFURCATION, ENDING

RIDGE = len(MIRRORED) - len(PLACE_COLUMNS) + PLACE_COLUMNS.index("ridge")


def features(n, seed=1):
    rng = np.random.default_rng(seed)
    model = shipped().arrays(minutia_quality.MODEL)
    side = int((len(model["from_patches"]) // 2) ** 0.5)
    return Features(
        rng.normal(size=(n, len(MIRRORED))).astype(np.float32), rng.normal(size=(n, 2, side, side)).astype(np.float32)
    )


@pytest.fixture
def plain_model():
    """A model that reads nothing but how much of a ridge ends: its logit is that, times ten."""
    scalars = np.zeros((len(MIRRORED), 1), np.float32)
    scalars[RIDGE] = 1
    side = features(1).patches.shape[-1]
    return {
        "mean": np.zeros(len(MIRRORED), np.float32), "deviation": np.ones(len(MIRRORED), np.float32),
        "from_scalars": scalars, "from_patches": np.zeros((2 * side * side, 1), np.float16),
        "hidden_bias": np.full(1, 4, np.float32), "output": np.full(1, 10, np.float32), "output_bias": np.float32(-40),
        "slope": np.float32(1), "offset": np.float32(0),
    }  # fmt: skip


def with_ridge(*values):
    known = features(len(values))
    known.scalars[:, RIDGE] = values
    return known


def candidates(n):
    places = np.arange(n, dtype=np.float32)
    return Candidates(10 * places, 5 * places, np.ones(n, np.float32), np.zeros(n, np.float32), places, ())


def test_a_chance_is_that_of_the_model_calibrated(plain_model):
    found = minutia_quality.probability(with_ridge(-0.3, 0, 0.2), plain_model)
    assert found == pytest.approx(1 / (1 + np.exp([3, 0, -2])), abs=1e-5)
    turned = minutia_quality.probability(with_ridge(0.2), plain_model | {"slope": np.float32(-1), "offset": np.float32(1)})
    assert turned == pytest.approx(1 / (1 + np.exp(1)), abs=1e-5)


def test_an_unusual_value_counts_as_four_deviations(plain_model):
    model = plain_model | {"deviation": np.full(len(MIRRORED), 0.01, np.float32), "output": np.full(1, 1, np.float32)}
    model |= {"output_bias": np.float32(-8)}
    assert minutia_quality.probability(with_ridge(0.04, 1, 9), model) == pytest.approx(0.5, abs=1e-5)


def test_a_print_and_its_mirror_image_are_judged_alike():
    model, known = shipped().arrays(minutia_quality.MODEL), features(20)
    mirrored = Features(known.scalars * MIRRORED, np.ascontiguousarray(known.patches[:, :, ::-1, :]))
    one, two = minutia_quality.probability(known, model), minutia_quality.probability(mirrored, model)
    np.testing.assert_allclose(one, two, atol=1e-6)
    assert one.std() > 0


def test_the_best_come_first_and_the_most_doubtful_not_at_all(plain_model):
    known = with_ridge(-0.5, 0.1, 0.3, -0.1)
    seen = {}

    def trace(name, value):
        seen[name] = value

    judged = minutia_quality.judge(candidates(4), known, plain_model, JudgementParams(least=0.05), trace)
    assert judged.x.tolist() == [20, 10, 30]
    assert judged.kind.tolist() == [ENDING, ENDING, BIFURCATION]
    assert judged.quality.tolist() == pytest.approx([0.95, 0.73, 0.27], abs=0.01)
    assert seen == {"minutiae": judged}


def test_no_more_are_kept_than_are_allowed(plain_model):
    known = with_ridge(0, 0.1, 0.3, 0.2)
    judged = minutia_quality.judge(candidates(4), known, plain_model, JudgementParams(most=2), NO_TRACE)
    assert judged.x.tolist() == [20, 30]


def test_directions_are_counter_clockwise_as_seen_and_places_within_the_picture(plain_model):
    down = Candidates(*(np.array([v], np.float32) for v in (-0.4, 3, 0, 1)), np.zeros(1), ())
    judged = minutia_quality.judge(down, with_ridge(0.5), plain_model, JudgementParams(), NO_TRACE)
    assert judged.x[0] == 0
    assert judged.angle[0] % (2 * np.pi) == pytest.approx(1.5 * np.pi, abs=0.02)
